"""What a model's texts look like, in 8 KiB: how many bits a trigram costs, for choosing among models.

A trigram is hashed to one of BINS; its cost is that of its bin, in sixteenths of a bit, from its share in the
texts. The cost of a sample is the sum over its trigrams. Integers only, so the choice is the same everywhere.
"""

from collections.abc import Sequence

import numpy as np

from kompakt.kinds import trigrams

_BIN_BITS = 13
BINS = 1 << _BIN_BITS
PROFILE_BYTES = BINS
COST_SCALE = 16
UNKNOWN_COST = 13 * COST_SCALE
"""What a trigram costs if all bins are equally likely."""


def bins_of(data: np.ndarray) -> np.ndarray:
    """Return the bins of the trigrams of `data`, uint8 (n,), as uint32 (at most n - 2,)."""
    return trigrams.bins_of(data, _BIN_BITS)


def profile_of(texts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the cost of each bin in `texts`, uint8 (BINS,), at most 255."""
    counts = np.ones(BINS, np.int64)  # every bin may occur
    for text in texts:
        if len(text) > 2:
            counts += np.bincount(bins_of(text), minlength=BINS)
    costs = [_log2_sixteenths(int(counts.sum())) - _log2_sixteenths(int(count)) for count in counts]
    return np.clip(costs, 0, 255).astype(np.uint8)


def cost_of(profile: np.ndarray, bins: np.ndarray) -> int:
    """Return what trigrams in these bins cost, in sixteenths of a bit."""
    return int(profile[bins].sum(dtype=np.int64))


def _log2_sixteenths(value: int) -> int:
    """Return 16 times the binary logarithm of `value`, rounded down, by whole numbers alone."""
    return (value**16).bit_length() - 1
