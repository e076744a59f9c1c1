"""Coders of arrays over the files of folders: one row for each coder and file, with its best settings.

    python -m benchmarks.numeric FOLDER … [--codecs bsc,xz-delta,blosc2,pcodec] [--out FILE]

Folders of benchmarks/numeric_set.py have the types of values in the names of files; for other files blosc2
tries several sizes and pcodec has no row. Every result is decoded and compared; the exit code is 1 when one
was wrong.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arguments import names
from benchmarks.child import BenchmarkError
from benchmarks.inputs import files_of
from benchmarks.numeric_codecs import CODECS, Trial
from benchmarks.numeric_report import table
from benchmarks.numeric_set import type_of
from benchmarks.rows import append_rows
from benchmarks.run_facts import RunFacts, run_facts

Result = tuple[int, float, float, str]  # bytes, seconds to compress and to decompress, settings


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
    try:
        return _measure(options)
    except BenchmarkError as error:
        parser.error(str(error))


def _measure(options: argparse.Namespace) -> int:
    facts = run_facts()
    path = options.out or facts.results_path.parent / "numeric" / facts.results_path.name
    failed = False
    for folder, file in [(each, file) for each in options.folders for file in files_of(each)]:
        for codec in options.codecs:
            results, failures = try_all(CODECS[codec](type_of(file)), (folder / file).read_bytes())
            for failure in failures:
                failed = True
                print(f"failed: {file}: {codec}: {failure}", file=sys.stderr, flush=True)
            if results:
                row = _row(facts, folder, file, codec, min(results))
                append_rows(path, [row])
                print(f"{file:40} {codec:10} {row.bytes_out:11,} bytes  {row.settings}", flush=True)
    print(table(path))
    return int(failed)


def try_all(trials: Iterable[Trial], data: bytes) -> tuple[list[Result], list[str]]:
    """Return the result of each trial and a line for each that failed or gave back other bytes."""
    results, failures = [], []
    for trial in trials:
        try:
            packed, compress_s = _timed(trial.compress, data)
            restored, decompress_s = _timed(trial.decompress, packed)
        except (BenchmarkError, RuntimeError, ValueError) as error:
            failures.append(f"{trial.settings}: {error}")
            continue
        if restored == data:
            results.append((len(packed), compress_s, decompress_s, trial.settings))
        else:
            failures.append(f"{trial.settings}: gave back other bytes than it got")
    return results, failures


def _row(facts: RunFacts, folder: Path, file: str, codec: str, result: Result) -> NumericRow:
    bytes_out, compress_s, decompress_s, settings = result
    kind = type_of(file)
    return NumericRow(
        date=facts.date,
        commit=facts.commit,
        cpu=facts.cpu,
        folder=folder.resolve().name,
        file=file,
        kind=kind.name if kind is not None else "",
        codec=codec,
        settings=settings,
        bytes_in=(folder / file).stat().st_size,
        bytes_out=bytes_out,
        compress_s=round(compress_s, 4),
        decompress_s=round(decompress_s, 4),
    )


def _timed(function: Callable[[bytes], bytes], data: bytes) -> tuple[bytes, float]:
    start = time.perf_counter()
    result = function(data)
    return result, time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
