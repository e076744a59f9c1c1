"""Shannon-Fano code: cut the symbols, sorted by count, into two most equal parts; then each part again.

The tree grows from the root, so an early cut cannot know what it does to later ones; Huffman grows from the
leaves and is optimal.

Source: Fano, "The transmission of information", MIT technical report 65, 1949; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic import prefix_code
from kompakt.classic.arrays import as_bytes
from kompakt.classic.frequencies import histogram
from kompakt.classic.prefix_code import MAX_LENGTH, decode

__all__ = ["decode", "encode", "shannon_fano_lengths"]


def encode(data: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of `data`, uint8."""
    data = as_bytes(data)
    return prefix_code.encode(data, shannon_fano_lengths(histogram(data)))


def shannon_fano_lengths(counts: np.ndarray) -> np.ndarray:
    """Return Fano's lengths, uint8 (256,), at most MAX_LENGTH; 0 for a count of 0, 1 for an only symbol.

    counts: int64 (256,). Equal counts are sorted by symbol, of two equally good cuts the first is taken,
    and a cut leaves no part more symbols than words of MAX_LENGTH can tell apart.
    """
    lengths = np.zeros(256, np.uint8)
    used = np.flatnonzero(counts)
    order = used[np.argsort(-counts[used], kind="stable")]
    if order.size == 1:
        lengths[order] = 1
    sums = np.concatenate([[0], np.cumsum(counts[order])])
    parts = [(0, order.size, 0)]
    while parts:
        begin, end, depth = parts.pop()
        if end - begin < 2:
            continue
        lengths[order[begin:end]] = depth + 1
        cut = _cut(sums, begin, end, 1 << (MAX_LENGTH - depth - 1))
        parts += [(begin, cut, depth + 1), (cut, end, depth + 1)]
    return lengths


def _cut(sums: np.ndarray, begin: int, end: int, most: int) -> int:
    """Return the cut of begin … end that makes both sums most equal, with at most `most` symbols each."""
    cuts = np.arange(max(begin + 1, end - most), min(end - 1, begin + most) + 1)
    return int(cuts[np.argmin(np.abs(2 * sums[cuts] - sums[begin] - sums[end]))])
