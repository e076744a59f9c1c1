"""The codes of single bytes against what there is to reach: the entropy, and a Huffman code without limit.

    python -m benchmarks.order0 FOLDER [--include GLOB] [--out ROWS.csv]

Blocks are of 4 MiB, each with tables of its own. `zlib_huffman` is zlib at level 9 which looks for no
repeats; it makes new tables as often as it likes, and so gains where a file changes.
"""

import argparse
import csv
import math
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from benchmarks.child import BenchmarkError
from benchmarks.classic_worker import REFERENCES
from benchmarks.entropy import entropy_bytes, huffman_tree_bits
from benchmarks.inputs import ALL_FILES, files_of
from benchmarks.run_facts import RunFacts, run_facts
from kompakt.batch import PIPELINE_BLOCK_BYTES
from kompakt.classic import huffman, rans
from kompakt.classic.frequencies import histogram, normalised


@dataclass(frozen=True, slots=True)
class OrderRow:
    """Bytes of one file. `most_frequent`: the share of its most frequent byte.

    tree:             a Huffman code of each block without limit or header
    rans_frequencies: the part of `rans` that is tables
    """

    date: str
    commit: str
    file: str
    raw_bytes: int
    most_frequent: float
    entropy: int
    tree: int
    huffman: int
    rans: int
    rans_frequencies: int
    zlib_huffman: int


def measured(data: np.ndarray, file: str, facts: RunFacts) -> OrderRow:
    """Return the row of a file."""
    sums = np.zeros(6, np.int64)
    for at in range(0, data.size, PIPELINE_BLOCK_BYTES):
        block = data[at : at + PIPELINE_BLOCK_BYTES]
        counts = histogram(block)
        stream = rans.encode(block)
        bits = int(stream[0])
        sums += (
            entropy_bytes(block, 0),
            math.ceil(huffman_tree_bits(counts) / 8),
            huffman.encode(block).size,
            stream.size,
            len(rans.packed_frequencies(bits, normalised(counts, bits))),
            len(REFERENCES["zlib-huffman"][0](memoryview(block))),
        )
    share = round(float(histogram(data).max()) / data.size, 4)
    return OrderRow(facts.date[:10], facts.commit, file, data.size, share, *map(int, sums))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a row for each file, print how far it is from the bounds, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.order0", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--include", default=ALL_FILES, metavar="GLOB", help="only files whose name matches")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/order0/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or facts.results_path.parent / "order0" / facts.results_path.name
    try:
        files = files_of(options.folder, options.include)
    except BenchmarkError as error:
        parser.error(str(error))
    rows = [measured(np.fromfile(options.folder / file, np.uint8), file, facts) for file in files]
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, "w", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(column.name for column in fields(OrderRow))
        writer.writerows(map(astuple, rows))
    print("huffman over its tree, rans without tables over the entropy; most frequent byte")
    for row in rows:
        of_tree = 100 * (row.huffman / row.tree - 1) if row.tree else 0
        of_entropy = 100 * ((row.rans - row.rans_frequencies) / row.entropy - 1) if row.entropy else 0
        print(f"{row.file}: {of_tree:+.3f} %, {of_entropy:+.3f} %; {row.most_frequent:.3f}")
    print(f"rows are in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
