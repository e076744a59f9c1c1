"""Classical codes and pipelines over the files of a folder: one row for each codec and file.

    python -m benchmarks.classic FOLDER [--codecs huffman,lz77+rans,zlib-9] [--first 4MiB] [--repeats N]

Each file is one block. Coders of Python's own library run beside them as a reference. Rows are added to a
file of benchmarks/results/classic as they come; benchmarks/classic_report.py makes the tables of
docs/CODECS.md from them.
"""

import argparse
import platform
import sys
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from benchmarks.arguments import count, names, size
from benchmarks.child import BenchmarkError, run
from benchmarks.classic_worker import REFERENCES
from benchmarks.codecs import INPUT, RESTORED, ROOT, Timing
from benchmarks.compare import summary
from benchmarks.inputs import ALL_FILES, files_of
from benchmarks.measure import measure
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts
from kompakt import __version__
from kompakt.classic.pipeline import parse_pipeline
from kompakt.sizes import format_size

DEFAULT_CODECS = (
    "shannon,shannon-fano,huffman,rans,order0,order1,order2,lzw,lz77,lz77+huffman,lz77+rans,lz77+order1,"
    "bwt+mtf+huffman,bwt+mtf+rans,bwt+mtf+order1,dict16,dict16+huffman,dict16+rans,dict16+order1,"
    + ",".join(REFERENCES)
)


class Classic:
    """A classical code, a pipeline, or a reference, in a process of its own."""

    packed = "packed"
    level = ""
    block_bytes = 0

    def __init__(self, name: str):
        """Take a name of benchmarks/classic_worker.py. Raises BenchmarkError for another."""
        if name not in REFERENCES:
            try:
                parse_pipeline(name)
            except ValueError as error:
                raise BenchmarkError(str(error)) from None
        self.name = name
        self.command = f"benchmarks.classic_worker {name}"

    @cached_property
    def versions(self) -> str:
        own = f"kompakt {__version__}, numba {version('numba')}, numpy {version('numpy')}, "
        return ("" if self.name in REFERENCES else own) + f"Python {platform.python_version()}"

    def compress(self, folder: Path, threads: int) -> Timing:
        return self._run("compress", folder / INPUT, folder / self.packed)

    def decompress(self, folder: Path, threads: int) -> Timing:
        return self._run("decompress", folder / self.packed, folder / RESTORED)

    def _run(self, action: str, source: Path, target: Path) -> Timing:
        raw_bytes = (target.parent / INPUT).stat().st_size
        command = [
            sys.executable,
            "-m",
            "benchmarks.classic_worker",
            action,
            str(source),
            str(target),
            self.name,
        ]
        finished = run([*command, str(raw_bytes)], ROOT)
        seconds = float(finished.output.splitlines()[-1])
        return Timing(seconds, finished.seconds - seconds, finished.peak_bytes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a line for each row, and return the exit code: 1 when a codec failed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return _measure(options, [Classic(name) for name in options.codecs])
    except BenchmarkError as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classic", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/classic/DATE-MACHINE.csv")
    parser.add_argument("--codecs", type=names, default=DEFAULT_CODECS, help="default: %(default)s")
    parser.add_argument("--repeats", type=count, default=1, help="of every input (default: %(default)s)")
    parser.add_argument("--include", default=ALL_FILES, metavar="GLOB", help="only files whose name matches")
    parser.add_argument("--first", type=size, metavar="SIZE", help="only the start of each file")
    return parser


def _measure(options: argparse.Namespace, codecs: Sequence[Classic]) -> int:
    facts = run_facts()
    results_path = options.out or facts.results_path.parent / "classic" / facts.results_path.name
    scope = "files" + (f", first {format_size(options.first)}" if options.first else "")
    failed = False
    for file in files_of(options.folder, options.include):
        results, failures = measure(
            codecs, options.folder / file, first_bytes=options.first, threads=1, repeats=options.repeats
        )
        folder = options.folder.resolve().name
        rows = [facts.row(result, folder=folder, scope=scope, file=file, threads=1) for result in results]
        append_rows(results_path, rows)
        for row in rows:
            print(summary(row), flush=True)
        for failure in failures:
            failed = True
            print(f"failed: {file}: {failure}", file=sys.stderr, flush=True)
    print(f"rows are in {results_path}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
