"""One table of all codecs over all files of a folder: ratio, and MB/s both ways.

    python -m benchmarks.codec_table FOLDER [--codecs NAME,…] [--out ROWS.csv] [--doc docs/CODECS_TABLE.md]

Everything runs in one thread of one process, in blocks of 4 MiB as `compress --codec` cuts them; speeds are
of CPU time, so that other work on the machine disturbs them little. Every stream is decoded and compared.
Names are pipelines, `cm@LEVEL`, `auto@BUDGET`, or references: zlib-9, bz2-9, lzma-6, and `compress` where
the package ncompress is installed.
"""

import argparse
import csv
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from benchmarks.arguments import names
from benchmarks.child import BenchmarkError
from benchmarks.classic_worker import REFERENCES
from benchmarks.codecs import ROOT
from benchmarks.inputs import ALL_FILES, files_of
from benchmarks.report import replace_results
from benchmarks.run_facts import run_facts
from benchmarks.tables import speed, table
from kompakt.batch import PIPELINE_BLOCK_BYTES
from kompakt.classic.choice import Best, One
from kompakt.classic.pipeline import parse_pipeline, with_level

CODECS = (
    "shannon,shannon-fano,huffman,rans,order0,order1,order2,lzw,lz77,lz77+huffman,lz77+rans,lz77+order1,"
    "bwt+mtf+huffman,bwt+mtf+rans,bwt+mtf+order1,dict16,dict16+huffman,dict16+rans,dict16+order1,"
    "auto@40,auto@100,auto@300,cm@1,compress,zlib-9,bz2-9,lzma-6"
)
Coder = tuple[Callable, Callable]
WARM_UP_BYTES = 1 << 15


@dataclass(frozen=True, slots=True)
class TableRow:
    """One codec on one file; seconds are CPU time of all its blocks."""

    file: str
    codec: str
    raw_bytes: int
    coded_bytes: int
    encode_s: float
    decode_s: float


def coder(name: str) -> Coder:
    """Return encode(data) -> (stream, what else decode needs), and decode(stream, that, raw_bytes)."""
    if name in REFERENCES:
        pack, unpack = REFERENCES[name]
        return lambda data: (pack(memoryview(data)), None), lambda stream, _, raw_bytes: unpack(stream)
    if name == "compress":
        from ncompress import compress, decompress

        return lambda data: (compress(data.tobytes()), None), lambda stream, _, raw_bytes: decompress(stream)
    kind, _, value = name.partition("@")
    try:
        number = int(value or 5)
        codec = Best(number) if kind == "auto" else One(with_level(parse_pipeline(kind), number))
    except ValueError as error:
        raise BenchmarkError(f"{name}: {error}") from None

    def encode(data: np.ndarray) -> tuple:
        pipeline, stream = codec.encode(data)
        return (stream, pipeline) if stream.size < data.size else (data, None)

    def decode(stream: np.ndarray, pipeline, raw_bytes: int) -> np.ndarray:
        return stream if pipeline is None else pipeline.decode(stream, raw_bytes)

    return encode, decode


def measure(name: str, path: Path, file: str) -> TableRow:
    """Return what a codec does to a file. Raises BenchmarkError when other bytes come back."""
    encode, decode = coder(name)
    data = np.fromfile(path, np.uint8)
    coded_bytes, encode_s, decode_s = 0, 0.0, 0.0
    for start in range(0, data.size, PIPELINE_BLOCK_BYTES):
        block = data[start : start + PIPELINE_BLOCK_BYTES]
        began = time.thread_time()
        stream, extra = encode(block)
        coded = time.thread_time()
        restored = decode(stream, extra, block.size)
        ended = time.thread_time()
        if bytes(memoryview(restored)) != block.tobytes():
            raise BenchmarkError(f"{name}: {file}: other bytes come back")
        coded_bytes += len(stream)
        encode_s += coded - began
        decode_s += ended - coded
    return TableRow(file, name, data.size, coded_bytes, encode_s, decode_s)


def read_rows(path: Path) -> list[TableRow]:
    """Return the rows of a file that this program has written."""
    with open(path, newline="") as file:
        return [
            TableRow(*(column.type(row[column.name]) for column in fields(TableRow)))
            for row in csv.DictReader(file)
        ]


def tables(rows: Sequence[TableRow], about: str) -> str:
    """Return the table of all files together, and one with the ratio of each file."""
    codecs = list(dict.fromkeys(row.codec for row in rows))
    files = list(dict.fromkeys(row.file for row in rows))
    found = {(row.file, row.codec): row for row in rows}
    totals = []
    for codec in codecs:
        own = [found[file, codec] for file in files]
        raw_bytes, coded_bytes = sum(row.raw_bytes for row in own), sum(row.coded_bytes for row in own)
        rates = [raw_bytes / 1e6 / sum(getattr(row, way) for row in own) for way in ("encode_s", "decode_s")]
        totals.append([codec, f"{coded_bytes:,}", f"{raw_bytes / coded_bytes:.3f}", *map(speed, rates)])
    lines = [
        [file, f"{found[file, codecs[0]].raw_bytes:,}", *(_ratio(found[file, codec]) for codec in codecs)]
        for file in files
    ]
    parts = [
        about,
        table(["codec", "bytes", "ratio", "encode MB/s", "decode MB/s"], totals),
        "The ratio of each file:",
        table(["file", "bytes", *codecs], lines),
        _losses(found, files, codecs),
    ]
    return "\n\n".join(part for part in parts if part)


def _ratio(row: TableRow) -> str:
    return f"{row.raw_bytes / row.coded_bytes:.2f}"


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
        best = min(own, key=lambda name: sum(found[file, name].coded_bytes for file in files))
        whole = _loss(
            sum(found[f, codec].coded_bytes for f in files), sum(found[f, best].coded_bytes for f in files)
        )
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write rows and the table, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.codec_table", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codecs", type=names, default=CODECS, help="default: %(default)s")
    parser.add_argument("--include", default=ALL_FILES, metavar="GLOB", help="only files whose name matches")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/codecs/DATE-MACHINE.csv")
    parser.add_argument("--doc", type=Path, default=ROOT / "docs" / "CODECS_TABLE.md")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or facts.results_path.parent / "codecs" / facts.results_path.name
    try:
        files = files_of(options.folder, options.include)
        rows = list(_measured(options.folder, files, list(options.codecs), out))
    except BenchmarkError as error:
        parser.error(str(error))
    raw_bytes = sum((options.folder / file).stat().st_size for file in files)
    about = (
        f"{len(files)} files, {raw_bytes:,} bytes, blocks of 4 MiB; {facts.cpu}, one thread, CPU time; "
        f"{facts.date[:10]}; commit {facts.commit}."
    )
    options.doc.write_text(replace_results(options.doc.read_text(), tables(rows, about)))
    print(f"rows are in {out}, the table in {options.doc}")
    return 0


def _measured(folder: Path, files: Sequence[str], codecs: Sequence[str], out: Path) -> Iterable[TableRow]:
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, "w", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(column.name for column in fields(TableRow))
        for codec in codecs:
            if codec == "compress" and importlib.util.find_spec("ncompress") is None:
                continue
            encode, decode = coder(codec)
            warm = np.fromfile(folder / files[0], np.uint8, WARM_UP_BYTES)
            decode(*encode(warm), warm.size)
            for file in files:
                row = measure(codec, folder / file, file)
                writer.writerow(astuple(row))
                yield row
            print(codec, flush=True)


if __name__ == "__main__":
    sys.exit(main())
