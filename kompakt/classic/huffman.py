"""Huffman code, at most 14 bits a word: the shortest prefix code under that limit.

The lengths come from package-merge: a word of length l is l coins of values 1/2, 1/4, … 1/2**l, and the
cheapest coins worth n - 1 together are the optimal code. Each level keeps the sorted merge of the symbols
and the pairs of the level below; how many symbols are among the chosen of each level says all.

Source: Huffman, "A method for the construction of minimum-redundancy codes", 1952; Larmore and Hirschberg,
"A fast algorithm for optimal length-limited Huffman codes", 1990; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic import prefix_code
from kompakt.classic.arrays import as_bytes
from kompakt.classic.compiling import compiled
from kompakt.classic.frequencies import histogram
from kompakt.classic.prefix_code import MAX_LENGTH, decode

__all__ = ["decode", "encode", "huffman_lengths"]


def encode(data: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of `data`, uint8."""
    data = as_bytes(data)
    return prefix_code.encode(data, huffman_lengths(histogram(data)))


def huffman_lengths(counts: np.ndarray) -> np.ndarray:
    """Return lengths, uint8 (256,), of at most MAX_LENGTH bits, whose sum of count · length is the least.

    counts: int64 (256,); a count of 0 gets no word, an only symbol a word of one bit
    """
    lengths = np.zeros(256, np.uint8)
    used = np.flatnonzero(counts)
    if used.size < 2:
        lengths[used] = 1
        return lengths
    order = used[np.argsort(counts[used], kind="stable")]
    lengths[order] = _package_merge(counts[order], MAX_LENGTH)
    return lengths


@compiled
def _package_merge(weights, limit):
    """Return the length for each of `weights`, int64, ascending, two or more and at most 2**limit."""
    symbols = weights.size
    items = np.zeros(2 * symbols, np.int64)
    below = np.zeros(2 * symbols, np.int64)
    is_symbol = np.zeros((limit, 2 * symbols), np.bool_)
    below_size = 0
    for level in range(limit):
        packages = below_size // 2
        symbol = 0
        package = 0
        for i in range(symbols + packages):
            package_weight = below[2 * package] + below[2 * package + 1] if package < packages else 0
            if package == packages or (symbol < symbols and weights[symbol] <= package_weight):
                items[i] = weights[symbol]
                is_symbol[level, i] = True
                symbol += 1
            else:
                items[i] = package_weight
                package += 1
        below_size = symbols + packages
        for i in range(below_size):
            below[i] = items[i]
    lengths = np.zeros(symbols, np.uint8)
    chosen = 2 * symbols - 2
    for level in range(limit - 1, -1, -1):
        taken = 0
        for i in range(chosen):
            taken += is_symbol[level, i]
        for symbol in range(taken):
            lengths[symbol] += np.uint8(1)
        chosen = 2 * (chosen - taken)
    return lengths
