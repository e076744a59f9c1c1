"""The tables of docs/CODECS_TABLE.md, from the rows of benchmarks/codec_table.py, which calls this.

python -m benchmarks.codec_report ROWS.csv [--doc docs/CODECS_TABLE.md]
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from benchmarks.codecs import ROOT
from benchmarks.report import replace_results
from benchmarks.tables import speed, table
from kompakt.classic.choice import Best

BOUNDS = {"entropy-0": 0, "entropy-1": 1}
"""Names of bounds, which are no codecs, and their orders."""

WITHOUT_CONTEXT = ("shannon", "shannon-fano", "huffman", "zlib-huffman", "rans", "order0")
LARGE_BYTES = 1 << 16  # of smaller files, headers are what is measured
DOCUMENT = ROOT / "docs" / "CODECS_TABLE.md"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One codec on one file; seconds are CPU time of all its blocks."""

    file: str
    codec: str
    raw_bytes: int
    coded_bytes: int
    encode_s: float
    decode_s: float
    date: str
    commit: str
    cpu: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.codec_report", description=__doc__.split("\n")[0]
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument("--doc", type=Path, default=DOCUMENT)
    options = parser.parse_args(arguments)
    write_document(read_rows(options.rows), options.doc)
    return 0


def write_document(rows: Sequence[TableRow], document: Path) -> None:
    """Replace the tables of a document."""
    document.write_text(replace_results(document.read_text(), tables(rows)))


def read_rows(path: Path) -> list[TableRow]:
    """Return the rows of a file that this program has written."""
    with open(path, newline="") as file:
        return [
            TableRow(*(column.type(row[column.name]) for column in fields(TableRow)))
            for row in csv.DictReader(file)
        ]


def tables(rows: Sequence[TableRow]) -> str:
    """Return where the rows come from, a table of all files together, comparisons, and each file's ratios."""
    codecs = list(dict.fromkeys(row.codec for row in rows))
    files = list(dict.fromkeys(row.file for row in rows))
    found = {(row.file, row.codec): row for row in rows}
    totals = []
    for codec in codecs:
        own = [found[file, codec] for file in files]
        raw_bytes, coded_bytes = sum(row.raw_bytes for row in own), _total(found, files, codec)
        spent_s = [sum(getattr(row, way) for row in own) for way in ("encode_s", "decode_s")]
        rates = ["" if codec in BOUNDS else speed(raw_bytes / 1e6 / seconds) for seconds in spent_s]
        totals.append([codec, f"{coded_bytes:,}", f"{raw_bytes / coded_bytes:.3f}", *rates])
    lines = [
        [file, f"{found[file, codecs[0]].raw_bytes:,}", *(_ratio(found[file, codec]) for codec in codecs)]
        for file in files
    ]
    raw_bytes = sum(found[file, codecs[0]].raw_bytes for file in files)
    about = (
        f"{len(files)} files, {raw_bytes:,} bytes, blocks of 4 MiB; {rows[0].cpu}, one thread, CPU time; "
        f"{rows[0].date}; commit {', '.join(dict.fromkeys(row.commit for row in rows))}."
    )
    parts = [
        about,
        table(["codec", "bytes", "ratio", "encode MB/s", "decode MB/s"], totals),
        _above_bound(found, files, codecs),
        _mixtures(found, files, codecs),
        _losses(found, files, codecs),
        "The ratio of each file:",
        table(["file", "bytes", *codecs], lines),
    ]
    return "\n\n".join(part for part in parts if part)


def _ratio(row: TableRow) -> str:
    return f"{row.raw_bytes / row.coded_bytes:.2f}"


def _above_bound(found: dict, files: Sequence[str], codecs: Sequence[str]) -> str:
    """Return how far the codes without contexts are from the entropy of order 0."""
    bound = "entropy-0"
    own = [name for name in WITHOUT_CONTEXT if name in codecs]
    if bound not in codecs or not own:
        return ""
    large = [file for file in files if found[file, bound].raw_bytes >= LARGE_BYTES] or files
    lines = []
    for codec in own:
        coded_bytes, bound_bytes = _total(found, files, codec), _total(found, files, bound)
        bits = {
            file: 8
            * (found[file, codec].coded_bytes - found[file, bound].coded_bytes)
            / found[file, bound].raw_bytes
            for file in large
        }
        worst = max(bits, key=bits.get)
        raw_bytes = sum(found[file, bound].raw_bytes for file in files)
        lines.append(
            [
                codec,
                f"{_loss(coded_bytes, bound_bytes):+.3f} %",
                f"{8 * (coded_bytes - bound_bytes) / raw_bytes:+.4f}",
                f"{bits[worst]:+.4f} ({worst})",
            ]
        )
    header = ["codec", "all files", "bits a byte", "bits a byte, worst file of 64 KiB or more"]
    return (
        "Sizes less the entropy of order 0 of the same blocks, with headers. 1/12 bit is 0.0833.\n\n"
        + table(header, lines)
    )


def _mixtures(found: dict, files: Sequence[str], codecs: Sequence[str]) -> str:
    """Return each pipeline against the best of its own stages by itself."""
    lines = []
    for codec in codecs:
        parts = [stage for stage in codec.split("+") if stage in codecs and stage != codec]
        if not parts:
            continue
        best = min(parts, key=lambda name: _total(found, files, name))
        smaller = sum(
            found[file, codec].coded_bytes < min(found[file, part].coded_bytes for part in parts)
            for file in files
        )
        loss = _loss(_total(found, files, codec), _total(found, files, best))
        lines.append([codec, best, f"{loss:+.1f} %", f"{smaller} of {len(files)}"])
    if not lines:
        return ""
    header = ["mixture", "its best part", "size of the mixture against it", "files smaller than by any part"]
    return (
        "What a mixture wins over its parts, each by itself (bwt and mtf alone make nothing smaller):\n\n"
        + table(header, lines)
    )


def _total(found: dict, files: Sequence[str], codec: str) -> int:
    return sum(found[file, codec].coded_bytes for file in files)


def _losses(found: dict, files: Sequence[str], codecs: Sequence[str]) -> str:
    """Return what each `auto` loses against the best single codec of its budget."""
    lines = []
    for codec in codecs:
        if not codec.startswith("auto@"):
            continue
        budget = int(codec.partition("@")[2])
        own = [name for name in Best(budget).candidates if name in codecs]
        if not own:
            continue
        best = min(own, key=lambda name: _total(found, files, name))
        whole = _loss(_total(found, files, codec), _total(found, files, best))
        losses = {
            file: _loss(found[file, codec].coded_bytes, min(found[file, name].coded_bytes for name in own))
            for file in files
        }
        worst = max(losses, key=losses.get)
        cost_s = sum(found[file, codec].encode_s for file in files)
        raw_bytes = sum(found[file, codec].raw_bytes for file in files)
        lines.append(
            [
                str(budget),
                best,
                f"{whole:+.2f} %",
                f"{losses[worst]:+.2f} % ({worst})",
                f"{cost_s / raw_bytes * 1e9:.0f}",
            ]
        )
    if not lines:
        return ""
    header = [
        "budget s/GB",
        "best single codec",
        "size of auto against it, all files",
        "worst file",
        "auto took s/GB",
    ]
    return (
        "What `auto` loses. Of each file, the best single codec of that file is what it is compared with.\n\n"
        + table(header, lines)
    )


def _loss(size: int, best: int) -> float:
    return 100 * (size / best - 1)


if __name__ == "__main__":
    sys.exit(main())
