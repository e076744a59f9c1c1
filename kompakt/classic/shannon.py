"""Shannon code: a symbol of probability p gets a word of ceil(-log2 p) bits.

No tree is needed, and no symbol is more than one bit above its information; but the words rarely fill the
code space, so Huffman is always at least as good. Probabilities are counts scaled to a sum of 2**14 here,
so that no word is longer than 14 bits.

Source: Shannon, "A mathematical theory of communication", 1948, section 9; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic import prefix_code
from kompakt.classic.arrays import as_bytes
from kompakt.classic.frequencies import histogram, normalised
from kompakt.classic.prefix_code import MAX_LENGTH, decode

__all__ = ["decode", "encode", "shannon_lengths"]


def encode(data: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of `data`, uint8."""
    data = as_bytes(data)
    return prefix_code.encode(data, shannon_lengths(histogram(data)))


def shannon_lengths(counts: np.ndarray) -> np.ndarray:
    """Return ceil(-log2 p), uint8 (256,), for p = scaled count / 2**MAX_LENGTH; 0 for a count of 0.

    counts: int64 (256,). An only symbol, of 0 bits by the rule, gets one bit: a word must be something.
    """
    lengths = np.zeros(256, np.uint8)
    used = np.flatnonzero(counts)
    if used.size:
        frequencies = normalised(counts, MAX_LENGTH)
        for symbol in used:
            lengths[symbol] = max(1, MAX_LENGTH + 1 - int(frequencies[symbol]).bit_length())
    return lengths
