"""Kompakt's levels and other programs over a folder, in one run: one row for each codec and input.

    python -m benchmarks.compare FOLDER [--per-file] [--levels 1,5,9] [--peers zstd-19,xz-9e] [--repeats N]

Without --per-file the input is one tar of the files. Rows are added to the results file as they come.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.arguments import count, names, size
from benchmarks.child import BenchmarkError
from benchmarks.codecs import PEERS, Codec, Peer, codec_named
from benchmarks.inputs import ALL_FILES, files_of, write_tar
from benchmarks.measure import measure
from benchmarks.rows import Row, append_rows
from benchmarks.run_facts import run_facts
from kompakt.sizes import format_size

DEFAULT_PEERS = "zstd-19,xz-9e,bzip3,7zz-ppmd,zpaq-m5"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a line for each row, and return the exit code: 1 when a codec failed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        codecs = chosen_codecs(options.levels, options.block_size, options.peers)
        return _compare(options, codecs)
    except BenchmarkError as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/DATE-MACHINE.csv")
    parser.add_argument("--levels", type=names, default="1,5,9", help="of kompakt (default: %(default)s)")
    parser.add_argument(
        "--block-size", default="", help="for kompakt, such as 1MiB (default: the level's own)"
    )
    parser.add_argument(
        "--peers",
        type=names,
        default=DEFAULT_PEERS,
        help=f"default: %(default)s; known: {', '.join(PEERS)}; '' for none",
    )
    parser.add_argument("--threads", type=count, default=1, help="of every program (default: %(default)s)")
    parser.add_argument("--repeats", type=count, default=1, help="of every input (default: %(default)s)")
    parser.add_argument("--per-file", action="store_true", help="each file by itself instead of one tar")
    parser.add_argument(
        "--include", default=ALL_FILES, metavar="GLOB", help="only files whose name in the folder matches"
    )
    parser.add_argument("--first", type=size, metavar="SIZE", help="only the start of each input")
    return parser


def chosen_codecs(levels: Sequence[str], block_size: str, peers: Sequence[str]) -> list[Codec]:
    """Return the codecs to measure; peers that are not installed are named on standard error and left out."""
    suffix = f"-{block_size}" if block_size else ""
    codecs = [codec_named(f"kompakt-{level}{suffix}") for level in levels]
    for name in peers:
        codec = codec_named(name)
        if isinstance(codec, Peer) and not codec.is_installed:
            print(f"left out: {name}, because {codec.program} is not installed", file=sys.stderr)
        else:
            codecs.append(codec)
    return codecs


def _compare(options: argparse.Namespace, codecs: Sequence[Codec]) -> int:
    facts = run_facts()
    results_path = options.out or facts.results_path
    scope = _scope(options)
    failed = False
    with _inputs(options.folder, options.include, options.per_file) as inputs:
        for file, path in inputs:
            results, failures = measure(
                codecs, path, first_bytes=options.first, threads=options.threads, repeats=options.repeats
            )
            rows = [
                facts.row(
                    result,
                    folder=options.folder.resolve().name,
                    scope=scope,
                    file=file,
                    threads=options.threads,
                )
                for result in results
            ]
            append_rows(results_path, rows)
            for row in rows:
                print(summary(row), flush=True)
            for failure in failures:
                failed = True
                print(f"failed: {file}: {failure}", file=sys.stderr, flush=True)
    print(f"rows are in {results_path}")
    return int(failed)


def _scope(options: argparse.Namespace) -> str:
    """Return what the rows are about, so that different kinds of runs do not meet in one table."""
    scope = "files" if options.per_file else "tar"
    if not options.per_file and options.include != ALL_FILES:
        scope += f" of {options.include}"
    return scope + (f", first {format_size(options.first)}" if options.first else "")


@contextmanager
def _inputs(folder: Path, include: str, per_file: bool) -> Iterator[list[tuple[str, Path]]]:
    """Give the names and paths of what is compressed; a tar lives as long as the context."""
    files = files_of(folder, include)
    if per_file:
        yield [(name, folder / name) for name in files]
        return
    with tempfile.TemporaryDirectory(prefix="kompakt-bench-") as name:
        tar_name = f"{folder.resolve().name}.tar"
        write_tar(folder, files, Path(name) / tar_name)
        yield [(tar_name, Path(name) / tar_name)]


def summary(row: Row) -> str:
    """Return a row as a line to watch a run by."""
    return (
        f"{row.file:32} {row.codec:14} {row.bytes_out:12,} bytes  ratio {row.bytes_in / row.bytes_out:7.3f}  "
        f"{row.bytes_in / row.compress_median_s / 1e6:8.3f} MB/s in  "
        f"{row.bytes_in / row.decompress_median_s / 1e6:8.3f} MB/s out  {row.peak_bytes >> 20:5} MiB"
    )


if __name__ == "__main__":
    sys.exit(main())
