"""What a snapshot costs: edits in a copy of a folder, each appended to its archive and restored again.

    python -m benchmarks.snapshots FOLDER [--levels 5,9] [--edits 0,1,5,25] [--threads N] [--out FILE]

An edit puts two lines into the middle of a file; the files are spread over all texts of the folder. Every
snapshot is restored and compared; the exit code is 1 when one was wrong. Seconds are of the whole process.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import append_rows
from benchmarks.run_facts import RunFacts, run_facts

SETTLING_S = 3
"""After so long, files count as settled, so that the next append does not read them."""

_LINES = b"a line that was added by an edit\nand another one, number %d\n"


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One append; `edited` is None in the row of the first snapshot, whose archive is made anew."""

    date: str
    commit: str
    cpu: str
    folder: str
    level: int
    threads: int
    files: int
    bytes_in: int
    edited: int | None
    added_bytes: int
    seconds: float
    list_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, add rows to the results file as they come, print them as a table, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.snapshots", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--levels", type=_numbers, default=[5, 9], help="default: 5,9")
    parser.add_argument("--edits", type=_numbers, default=[0, 1, 5, 25], help="default: 0,1,5,25")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/snapshots/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    path = options.out or facts.results_path.parent / "snapshots" / facts.results_path.name
    rows = []
    failed = False
    for level in options.levels:
        with tempfile.TemporaryDirectory() as work:
            for row, is_right in _measure(options, level, facts, Path(work)):
                failed |= not is_right
                rows.append(row)
                append_rows(path, [row])
    print(table(rows))
    return int(failed)


def table(rows: Sequence[SnapshotRow]) -> str:
    """Return rows as Markdown."""
    lines = ["| level | edited files | bytes | seconds | list, seconds |", "|---:|---:|---:|---:|---:|"]
    for row in rows:
        edited = "new archive" if row.edited is None else row.edited
        lines.append(
            f"| {row.level} | {edited} | {row.added_bytes:,} | {row.seconds:.1f} | {row.list_s:.1f} |"
        )
    return "\n".join(lines)


def _measure(options: argparse.Namespace, level: int, facts: RunFacts, work: Path):
    """Yield the row of each snapshot and whether it came back as it was."""
    folder, archive = work / "data", work / "data.kmp"
    shutil.copytree(options.folder, folder, symlinks=True)
    threads = ("--threads", str(options.threads), "--device", "cpu", "-q")
    for number, edited in enumerate([None, *options.edits]):
        _edit(folder, edited or 0, number)
        time.sleep(SETTLING_S if edited is None else 0)
        target = ("-o", archive, "--level", str(level)) if edited is None else ("--append", archive)
        told, seconds = _run("compress", folder, *target, *threads, "--json")
        _, list_s = _run("list", archive, "--json")
        _run("decompress", archive, "-o", work / "out", *threads[:4], "--json")
        restored = work / "out" / "data"
        different = subprocess.run(["diff", "-r", folder, restored], check=False).returncode
        shutil.rmtree(work / "out")
        row = SnapshotRow(
            facts.date,
            facts.commit,
            facts.cpu,
            options.folder.resolve().name,
            level,
            options.threads,
            told["files"],
            told["bytes_in"],
            edited,
            told.get("added_bytes", told["bytes_out"]),
            round(seconds, 2),
            round(list_s, 2),
        )
        yield row, not different


def _edit(folder: Path, count: int, number: int) -> None:
    """Put two lines into the middle of `count` texts, for each `number` into others if there are enough."""
    texts = []
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        if len(content) > 1000 and b"\0" not in content and b"\n" in content:
            texts.append((path, content))
    for place in range(min(count, len(texts))):
        path, content = texts[(place * len(texts) // count + number) % len(texts)]
        middle = content.index(b"\n", len(content) // 2 - 200) + 1
        path.write_bytes(content[:middle] + _LINES % (number * 1000 + place) + content[middle:])


def _run(*words: object) -> tuple[dict, float]:
    started = time.perf_counter()
    command = [sys.executable, "-m", "kompakt", *map(str, words)]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(result.stdout), time.perf_counter() - started


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
