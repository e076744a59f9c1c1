"""Trigrams as a small number of bins, for telling what content looks like."""

import numpy as np

from kompakt.classic.compiling import compiled

_MULTIPLIER = np.uint32(0x9E3779B1)


def bins_of(data: np.ndarray, bits: int) -> np.ndarray:
    """Return the bins, of 2**bits, of the trigrams of `data`, uint8 (n,), as uint32 (at most n - 2,).

    One byte three times is left out: runs are in everything and say nothing.
    """
    wide = data.astype(np.uint32)
    trigrams = wide[:-2] << np.uint32(16) | wide[1:-1] << np.uint32(8) | wide[2:]
    trigrams = trigrams[(wide[:-2] != wide[1:-1]) | (wide[1:-1] != wide[2:])]
    return (trigrams * _MULTIPLIER) >> np.uint32(32 - bits)


def counts_of_bins(data: np.ndarray, bits: int) -> np.ndarray:
    """Return how often each bin that bins_of() returns comes: int64 (2**bits,)."""
    return _counts_of_bins(data, np.uint32(32 - bits), np.zeros(1 << bits, np.int64))


@compiled
def _counts_of_bins(data, shift, counts):
    for at in range(len(data) - 2):
        one, two, three = np.uint32(data[at]), np.uint32(data[at + 1]), np.uint32(data[at + 2])
        if one != two or two != three:
            trigram = one << np.uint32(16) | two << np.uint32(8) | three
            counts[np.uint32(trigram * _MULTIPLIER) >> shift] += 1
    return counts
