"""What it costs that content lies in several files: a file whole, and cut at line ends into parts.

    python -m benchmarks.alike FILE... [--parts 2] [--level 3] [--out FILE]

Parts are packed as a folder by one process, on one thread; every archive is restored and compared. Rows are
added to the results file as they come.
"""

import argparse
import filecmp
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arguments import count
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts
from kompakt.model.spec import DEFAULT_LEVEL


@dataclass(frozen=True, slots=True)
class Row:
    """One file, in `parts` files."""

    date: str
    commit: str
    cpu: str
    level: int
    file: str
    parts: int
    bytes_in: int
    bytes_out: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a line for each file, and return the exit code: 1 if one came back wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alike", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--parts", type=count, default=2)
    parser.add_argument("--level", type=count, default=DEFAULT_LEVEL)
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/alike/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or facts.results_path.parent / "alike" / facts.results_path.name
    failed = False
    for file in options.files:
        rows = []
        for parts in (1, options.parts):
            with tempfile.TemporaryDirectory() as work:
                bytes_out, seconds, is_right = _pack(file, parts, options.level, Path(work))
            failed |= not is_right
            measured = options.level, file.name, parts, file.stat().st_size, bytes_out, seconds
            rows.append(Row(facts.date, facts.commit, facts.cpu, *measured))
        append_rows(out, rows)
        whole, apart = (row.bytes_out for row in rows)
        print(f"{file.name:32} whole {whole:>10,}  in {options.parts} {apart:>10,}  {apart / whole - 1:+.2%}")
    return int(failed)


def cut(data: bytes, parts: int) -> list[bytes]:
    """Return `data` in about equal parts, cut behind a line end where there is one."""
    ends = [data.find(b"\n", len(data) * number // parts) + 1 for number in range(1, parts)]
    places = [end or len(data) * number // parts for number, end in enumerate(ends, 1)]
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def _pack(file: Path, parts: int, level: int, work: Path) -> tuple[int, float, bool]:
    """Return bytes of the archive, seconds, and whether all came back."""
    folder, archive, restored = work / "data", work / "data.kmp", work / "restored"
    folder.mkdir()
    names = [f"part{number:03}{file.suffix}" for number in range(parts)]
    for name, part in zip(names, cut(file.read_bytes(), parts), strict=True):
        (folder / name).write_bytes(part)
    told = _run("compress", folder, "-o", archive, "--level", level, "--threads", 1, "--json", "-q")
    _run("decompress", archive, "-o", restored, "--threads", 1, "--json", "-q")
    same, _, _ = filecmp.cmpfiles(folder, restored / "data", names, shallow=False)
    return told["bytes_out"], told["seconds"], sorted(same) == names


def _run(*words: object) -> dict:
    command = [sys.executable, "-m", "kompakt", *map(str, words)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
