"""Write the tables of docs/CODECS.md from rows of benchmarks/classic.py.

    python -m benchmarks.classic_report RESULTS.csv FOLDER [--doc docs/CODECS.md]

FOLDER is the one that was measured: the entropy of its files is the bound to compare with.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.child import BenchmarkError
from benchmarks.codecs import ROOT
from benchmarks.entropy import entropy_bytes
from benchmarks.report import replace_results
from benchmarks.rows import Row, read_rows
from benchmarks.tables import speed, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.classic_report", description=__doc__.split("\n")[0]
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--doc", type=Path, default=ROOT / "docs" / "CODECS.md")
    options = parser.parse_args(arguments)
    try:
        text = tables(read_rows(options.results), options.folder)
        options.doc.write_text(replace_results(options.doc.read_text(), text))
    except BenchmarkError as error:
        parser.error(str(error))
    return 0


def tables(rows: Sequence[Row], folder: Path) -> str:
    """Return where the rows come from, and a table: the entropies, then a line for each codec."""
    files = {row.file: row.bytes_in for row in rows}
    by_codec: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_codec.setdefault(row.codec, {})[row.file] = row
    bytes_in = sum(files.values())
    lines = []
    for order in (0, 1):
        contents = (np.fromfile(folder / file, np.uint8, size) for file, size in files.items())
        bounds = [entropy_bytes(data, order) for data in contents]
        lines.append(_line(f"*entropy of order {order}*", bounds, bytes_in))
    for codec, measured in by_codec.items():
        if measured.keys() != files.keys():
            continue
        own = [measured[file] for file in files]
        speeds = [
            speed(bytes_in / sum(row.compress_median_s for row in own) / 1e6),
            speed(bytes_in / sum(row.decompress_median_s for row in own) / 1e6),
            f"{max(row.peak_bytes for row in own) / 2**20:.0f}",
        ]
        lines.append(_line(codec, [row.bytes_out for row in own], bytes_in)[:-3] + speeds)
    first = rows[0]
    header = ["codec", *files, "ratio", "encode MB/s", "decode MB/s", "peak MiB"]
    about = (
        f"{len(files)} {first.scope}, {bytes_in:,} bytes; {first.cpu}, one thread; {first.date[:10]}; "
        f"commit {first.commit}; {first.versions}. Bytes of each stream; over all files ratio, "
        "speeds (the second of two calls in one process, files apart) and the most memory of the process, "
        "of which Python, numpy and numba take about 140 MiB."
    )
    return f"{about}\n\n{table(header, lines)}"


def _line(name: str, sizes: Sequence[int], bytes_in: int) -> list[str]:
    return [name, *(f"{size:,}" for size in sizes), f"{bytes_in / sum(sizes):.3f}", "", "", ""]


if __name__ == "__main__":
    sys.exit(main())
