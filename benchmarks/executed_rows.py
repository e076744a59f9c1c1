"""The newest counts of executed kernels, from the rows of benchmarks/executed.py."""

import csv
from pathlib import Path

from benchmarks.codecs import ROOT

FOLDER = ROOT / "benchmarks" / "results" / "executed"


def newest(spec_id: int, kernel: str, with_start: bool, folder: Path = FOLDER) -> dict[str, str] | None:
    """Return the newest row of a kernel, `encode` or `decode`; None if there is none."""
    found = None
    for path in sorted(folder.glob("*.csv")):
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                if (row["spec"], row["kernel"], row["with_start"]) == (str(spec_id), kernel, str(with_start)):
                    found = row
    return found
