"""How much one piece of content looks like another: the share of trigrams that they have in common.

Two files are alike if a model that has learned from one expects the other. Measured on samples of 256 KiB:
parts of one text, log or table share 61 to 93 % of their trigrams, English books by several authors 48 to
73 %, content of several kinds less than 45 %.
"""

import numpy as np

BINS = 1 << 12
WHOLE = 1 << 15
"""Sum of a sketch, less what rounding takes."""

_MULTIPLIER = np.uint32(0x9E3779B1)
_SHIFT = np.uint32(32 - 12)


def sketch_of(sample: np.ndarray) -> np.ndarray:
    """Return the shares of hashed trigrams in `sample`, uint8 (n,): uint16 (BINS,), in 1/WHOLE.

    One byte three times is left out: runs are in everything and say nothing.
    """
    wide = sample.astype(np.uint32)
    trigrams = wide[:-2] << np.uint32(16) | wide[1:-1] << np.uint32(8) | wide[2:]
    trigrams = trigrams[(wide[:-2] != wide[1:-1]) | (wide[1:-1] != wide[2:])]
    counts = np.bincount((trigrams * _MULTIPLIER) >> _SHIFT, minlength=BINS)
    return (counts * WHOLE // max(trigrams.size, 1)).astype(np.uint16)


def shared_permille(one: np.ndarray, other: np.ndarray) -> int:
    """Return how much two sketches have in common, in thousandths."""
    return int(np.minimum(one, other).sum(dtype=np.int64)) * 1000 // WHOLE
