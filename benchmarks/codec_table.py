"""One table of all codecs over all files of a folder: ratio, and MB/s both ways.

    python -m benchmarks.codec_table FOLDER [--codecs NAME,…] [--out ROWS.csv] [--doc docs/CODECS_TABLE.md]

Everything runs in one thread of one process, in blocks of 4 MiB as `compress --codec` cuts them; speeds are
of CPU time, so that other work on the machine disturbs them little. Every stream is decoded and compared.
Names are pipelines, `cm@LEVEL`, `auto@BUDGET`, or references: zlib-9, bz2-9, lzma-6, `zlib-huffman`, which
looks for no repeats, and `compress` where the package ncompress is installed. `entropy-0` and `entropy-1` are
bounds, not codecs: the entropies of each block by its own counts.

Rows that ROWS.csv holds already are kept and not measured again, so that a run that was stopped goes on.
"""

import argparse
import csv
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np

from benchmarks.arguments import names
from benchmarks.child import BenchmarkError
from benchmarks.classic_worker import REFERENCES
from benchmarks.codec_report import BOUNDS, DOCUMENT, TableRow, read_rows, write_document
from benchmarks.entropy import entropy_bytes
from benchmarks.inputs import ALL_FILES, files_of
from benchmarks.run_facts import RunFacts, run_facts
from kompakt.batch import PIPELINE_BLOCK_BYTES
from kompakt.classic.choice import Best, One
from kompakt.classic.pipeline import parse_pipeline, with_level

CODECS = (
    "entropy-0,entropy-1,shannon,shannon-fano,huffman,rans,order0,order1,order2,lzw,"
    "lz77,lz77+huffman,lz77+rans,lz77+order1,"
    "bwt+mtf+huffman,bwt+mtf+rans,bwt+mtf+order1,dict16,dict16+huffman,dict16+rans,dict16+order1,"
    "auto@40,auto@100,auto@300,cm@1,dict16+cm@1,cm@3,compress,zlib-huffman,zlib-9,bz2-9,lzma-6"
)
Coder = tuple[Callable, Callable]
WARM_UP_BYTES = 1 << 15


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


def measure(name: str, path: Path, file: str, facts: RunFacts) -> TableRow:
    """Return what a codec does to a file. Raises BenchmarkError when other bytes come back."""
    data = np.fromfile(path, np.uint8)
    where = facts.date[:10], facts.commit, facts.cpu
    blocks = [data[at : at + PIPELINE_BLOCK_BYTES] for at in range(0, data.size, PIPELINE_BLOCK_BYTES)]
    if name in BOUNDS:
        bytes_out = sum(entropy_bytes(block, BOUNDS[name]) for block in blocks)
        return TableRow(file, name, data.size, bytes_out, 0.0, 0.0, *where)
    encode, decode = coder(name)
    coded_bytes, encode_s, decode_s = 0, 0.0, 0.0
    for block in blocks:
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
    return TableRow(file, name, data.size, coded_bytes, encode_s, decode_s, *where)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write rows and the table, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.codec_table", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codecs", type=names, default=CODECS, help="default: %(default)s")
    parser.add_argument("--include", default=ALL_FILES, metavar="GLOB", help="only files whose name matches")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/codecs/DATE-MACHINE.csv")
    parser.add_argument("--doc", type=Path, default=DOCUMENT)
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or facts.results_path.parent / "codecs" / facts.results_path.name
    try:
        files = files_of(options.folder, options.include)
        rows = list(_measured(options.folder, files, list(options.codecs), out, facts))
    except BenchmarkError as error:
        parser.error(str(error))
    write_document(rows, options.doc)
    print(f"rows are in {out}, the table in {options.doc}")
    return 0


def _measured(
    folder: Path, files: Sequence[str], codecs: Sequence[str], out: Path, facts: RunFacts
) -> Iterable[TableRow]:
    out.parent.mkdir(parents=True, exist_ok=True)
    known = {(row.file, row.codec): row for row in (read_rows(out) if out.exists() else [])}
    with open(out, "a", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        if not known:
            writer.writerow(column.name for column in fields(TableRow))
        for codec in codecs:
            if codec == "compress" and importlib.util.find_spec("ncompress") is None:
                continue
            missing = [file for file in files if (file, codec) not in known]
            if missing and codec not in BOUNDS:
                encode, decode = coder(codec)
                warm = np.fromfile(folder / missing[0], np.uint8, WARM_UP_BYTES)
                decode(*encode(warm), warm.size)
            for file in missing:
                row = known[file, codec] = measure(codec, folder / file, file, facts)
                writer.writerow(astuple(row))
                target.flush()
            yield from (known[file, codec] for file in files)
            print(codec, flush=True)


if __name__ == "__main__":
    sys.exit(main())
