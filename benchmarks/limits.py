"""What no archiver can do: counts short streams, counts what shares a hash, measures entropies.

python -m benchmarks.limits [FILE…] [--rows ROWS.csv]

Every number that is printed is counted or measured. With rows of benchmarks.compare, a file's entropies stand
next to what kompakt-gpu made of it. docs/RATIO.md shows the output.
"""

import argparse
import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from blake3 import blake3

CODEC = "kompakt-9"
ORDERS = (0, 1, 2)
HASHED = ((1, 1), (2, 1), (3, 1), (3, 2))
"""Bytes of all inputs that are hashed, and bytes of their hash."""


def log2_share(raw_bytes: int, ratio: int) -> float:
    """Return log2 of the largest share of all inputs of `raw_bytes` that any program can shrink so far.

    There are 2**(b + 1) - 1 streams of at most b bits, and each restores to one input.
    """
    return 8 * raw_bytes // ratio + 1 - 8 * raw_bytes


def inputs_by_hash(input_bytes: int, hash_bytes: int) -> np.ndarray:
    """Return how many of all inputs of so many bytes have each BLAKE3, cut to `hash_bytes`: int64 (n,)."""
    found = np.zeros(256**hash_bytes, np.int64)
    for number in range(256**input_bytes):
        digest = blake3(number.to_bytes(input_bytes, "little")).digest(hash_bytes)
        found[int.from_bytes(digest, "little")] += 1
    return found


def entropies(data: np.ndarray) -> list[float]:
    """Return the empirical entropy of `data`, uint8 (n,), by each of ORDERS, in bits a byte."""
    return [_entropy(data, order) for order in ORDERS]


def entropy_shuffled(data: np.ndarray) -> float:
    """Return the empirical entropy by the last of ORDERS of the bytes in random order.

    Nothing can be foretold there: what it lies below order 0 is what counts of few bytes pretend.
    """
    return _entropy(np.random.default_rng(0).permutation(data), ORDERS[-1])


def _entropy(data: np.ndarray, order: int) -> float:
    if data.size <= order:
        return 0.0
    grams = np.zeros(data.size - order, np.uint32)
    for place in range(order + 1):
        grams = grams << np.uint32(8) | data[place : data.size - order + place]
    counts = np.unique(grams, return_counts=True)[1]
    contexts = np.unique(grams >> np.uint32(8), return_counts=True)[1]
    return float((contexts @ np.log2(contexts) - counts @ np.log2(counts)) / grams.size)


def reached(rows: Path) -> dict[str, int]:
    """Return the bytes that CODEC made of each file measured in `rows`; the last row counts."""
    with open(rows, newline="") as file:
        return {
            row["file"]: int(row["bytes_out"])
            for row in csv.DictReader(file)
            if row["scope"] == "files" and row["codec"] == CODEC
        }


def share_lines() -> Iterator[str]:
    """Yield a table of the shares of inputs that can be shrunk."""
    yield "| bytes of an input | 2:1 | 16:1 | 1024:1 |"
    yield "|---:|---:|---:|---:|"
    for raw_bytes in (1 << 10, 1 << 16, 1 << 20):
        shares = " | ".join(f"2^{log2_share(raw_bytes, ratio)}" for ratio in (2, 16, 1024))
        yield f"| {raw_bytes:,} | {shares} |"


def hash_lines() -> Iterator[str]:
    """Yield a table of how many inputs share a hash."""
    yield "| all inputs of | their number | hash | hashes | inputs a hash: fewest | mean | most | bits lost |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|"
    for input_bytes, hash_bytes in HASHED:
        shared = inputs_by_hash(input_bytes, hash_bytes)
        of_input = np.repeat(shared, shared)
        yield (
            f"| {8 * input_bytes} bits | {shared.sum():,} | {8 * hash_bytes} bits | {shared.size:,} "
            f"| {shared.min()} | {shared.mean():g} | {shared.max()} | {np.log2(of_input).mean():.2f} |"
        )


def entropy_lines(files: list[Path], sizes: dict[str, int]) -> Iterator[str]:
    """Yield a table of the entropies of `files`, and what became of those whose folder/name is in `sizes`."""
    yield f"| file | bytes | order 0 | order 1 | order 2 | shuffled | {CODEC} | ratio | 1024:1 would be |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for path in files:
        data = np.fromfile(path, np.uint8)
        name = f"{path.resolve().parent.name}/{path.name}"
        bits = " | ".join(f"{entropy:.3f}" for entropy in [*entropies(data), entropy_shuffled(data)])
        size = sizes.get(name)
        made = f"{8 * size / data.size:.3f} | {data.size / size:.2f}" if size and data.size else "– | –"
        yield f"| {name} | {data.size:,} | {bits} | {made} | {math.ceil(data.size / 1024):,} bytes |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rows", type=Path, help="of benchmarks.compare")
    arguments = parser.parse_args()
    tables = [share_lines(), hash_lines()]
    if arguments.files:
        tables.append(entropy_lines(arguments.files, reached(arguments.rows) if arguments.rows else {}))
    for table in tables:
        print(*table, "", sep="\n")


if __name__ == "__main__":
    main()
