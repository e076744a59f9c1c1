"""Coders of arrays over the files of folders: one row for each coder and file, with its best settings.

    python -m benchmarks.numeric FOLDER … [--codecs bsc,xz-delta,blosc2,pcodec] [--out FILE]

Folders of benchmarks/numeric_set.py have the types of values in the names of files; for other files blosc2
tries several sizes and pcodec has no row. Every result is decoded and compared.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from benchmarks.arguments import names
from benchmarks.child import BenchmarkError
from benchmarks.inputs import files_of
from benchmarks.numeric_codecs import CODECS, Trial
from benchmarks.numeric_report import table
from benchmarks.numeric_set import type_of
from benchmarks.run_facts import run_facts


@dataclass(frozen=True, slots=True)
class NumericRow:
    """The smallest result of a coder for a file; seconds are those of the settings that gave it."""

    date: str
    commit: str
    cpu: str
    folder: str
    file: str
    kind: str  # of the values; empty where it is not known
    codec: str
    settings: str
    bytes_in: int
    bytes_out: int
    compress_s: float
    decompress_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, add rows to the results file as they come, print it as a table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.numeric", description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--codecs", type=names, default=",".join(CODECS), help="default: %(default)s")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/numeric/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.codecs if name not in CODECS]:
        parser.error(f"{unknown[0]}: is none of {', '.join(CODECS)}")
    facts = run_facts()
    path = options.out or facts.results_path.parent / "numeric" / facts.results_path.name
    try:
        for row in _measure(options.folders, options.codecs, (facts.date, facts.commit, facts.cpu)):
            append_row(path, row)
            print(f"{row.file:40} {row.codec:10} {row.bytes_out:11,} bytes  {row.settings}", flush=True)
    except BenchmarkError as error:
        parser.error(str(error))
    print(table(path))
    return 0


def _measure(
    folders: Sequence[Path], codecs: Sequence[str], facts: tuple[str, str, str]
) -> Iterator[NumericRow]:
    for folder in folders:
        for file in files_of(folder):
            data, kind = (folder / file).read_bytes(), type_of(file)
            for codec in codecs:
                results = [(*_round_trip(trial, data), trial.settings) for trial in CODECS[codec](kind)]
                if results:
                    bytes_out, compress_s, decompress_s, settings = min(results)
                    yield NumericRow(
                        *facts,
                        folder=folder.resolve().name,
                        file=file,
                        kind=kind.name if kind is not None else "",
                        codec=codec,
                        settings=settings,
                        bytes_in=len(data),
                        bytes_out=bytes_out,
                        compress_s=round(compress_s, 4),
                        decompress_s=round(decompress_s, 4),
                    )


def _round_trip(trial: Trial, data: bytes) -> tuple[int, float, float]:
    """Return the bytes of the result and the seconds both ways. Raises BenchmarkError for wrong bytes."""
    packed, compress_s = _timed(trial.compress, data)
    restored, decompress_s = _timed(trial.decompress, packed)
    if restored != data:
        raise BenchmarkError(f"{trial.settings}: gave back other bytes than it got")
    return len(packed), compress_s, decompress_s


def _timed(function: Callable[[bytes], bytes], data: bytes) -> tuple[bytes, float]:
    start = time.perf_counter()
    result = function(data)
    return result, time.perf_counter() - start


def append_row(path: Path, row: NumericRow) -> None:
    """Add a row to the CSV file at `path`, with a header when it is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not file.tell():
            writer.writerow(column.name for column in fields(NumericRow))
        writer.writerow(astuple(row))


if __name__ == "__main__":
    sys.exit(main())
