"""Trigrams as a small number of bins, for telling what content looks like."""

import numpy as np

_MULTIPLIER = np.uint32(0x9E3779B1)


def bins_of(data: np.ndarray, bits: int) -> np.ndarray:
    """Return the bins, of 2**bits, of the trigrams of `data`, uint8 (n,), as uint32 (at most n - 2,).

    One byte three times is left out: runs are in everything and say nothing.
    """
    wide = data.astype(np.uint32)
    trigrams = wide[:-2] << np.uint32(16) | wide[1:-1] << np.uint32(8) | wide[2:]
    trigrams = trigrams[(wide[:-2] != wide[1:-1]) | (wide[1:-1] != wide[2:])]
    return (trigrams * _MULTIPLIER) >> np.uint32(32 - bits)
