"""Two codecs by turns on the start of one file, for a fair ratio of speeds on a machine that is not quiet.

python -m benchmarks.speed FILE [--first 4MiB] [--codec kompakt-5] [--against zpaq-m5] [--alternations 5]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.arguments import count, size
from benchmarks.child import BenchmarkError
from benchmarks.codecs import codec_named
from benchmarks.compare import summary
from benchmarks.measure import measure
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts
from kompakt.sizes import format_size


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print medians and ratios, and return the exit code: 1 when a codec failed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        codecs = [codec_named(options.codec), codec_named(options.against)]
    except BenchmarkError as error:
        parser.error(str(error))
    facts = run_facts()
    results, failures = measure(
        codecs,
        options.file,
        first_bytes=options.first,
        threads=options.threads,
        repeats=options.alternations,
    )
    if failures:
        print(*failures, sep="\n", file=sys.stderr)
        return 1
    rows = [
        facts.row(
            result,
            folder=options.file.resolve().parent.name,
            scope=f"files, first {format_size(options.first)}",
            file=options.file.name,
            threads=options.threads,
        )
        for result in results
    ]
    if options.out:
        append_rows(options.out, rows)
    for row in rows:
        print(summary(row))
    print(speed_line("compress", rows[0].compress_s, rows[1].compress_s))
    print(speed_line("decompress", rows[0].decompress_s, rows[1].decompress_s))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=size, default="4MiB", metavar="SIZE", help="default: %(default)s")
    parser.add_argument("--codec", default="kompakt-5", help="default: %(default)s")
    parser.add_argument("--against", default="zpaq-m5", help="default: %(default)s")
    parser.add_argument("--alternations", type=count, default=5, help="default: %(default)s")
    parser.add_argument("--threads", type=count, default=1, help="default: %(default)s")
    parser.add_argument("--out", type=Path, help="results file to add the two rows to")
    return parser


def speed_line(what: str, own_s: Sequence[float], other_s: Sequence[float]) -> str:
    """Return how many times as fast the first codec is: by the medians, and turn by turn."""
    turns = [other / own for own, other in zip(own_s, other_s, strict=True)]
    return (
        f"{what}: {median(own_s):.3f} s against {median(other_s):.3f} s, medians of {len(turns)}; "
        f"{median(other_s) / median(own_s):.3f} times as fast; "
        f"turn by turn {min(turns):.3f} … {median(turns):.3f} … {max(turns):.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
