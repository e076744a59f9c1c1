"""A cheap test for bytes that no model can shrink.

Only data that passes every test of randomness below is called random, so that already compressed or encrypted
data skips the slow model and everything else never does. The tests err to one side: a block that is
called random by mistake would cost ratio, one that is not only costs time.
"""

import numpy as np

SMALLEST_BLOCK_BYTES = 1 << 16  # fewer bytes than pairs of bytes say too little; they are coded fast anyway
_PAIR_DISTANCES = (1, 2, 3, 4, 8, 16)
_HIGHEST_DEVIATION = 6.0  # standard deviations; random data fails about once in 10**8 tests
_STRIDE = 1 << 20


def looks_random(data: np.ndarray) -> bool:
    """Return whether the uint8 array `data` passes every test of randomness.

    The tests: all pairs of bytes at several distances are equally frequent (chi-square), and no string of
    eight bytes at one in 64 places, chosen by its own content, comes twice: a repeated passage of hundreds of
    bytes fails.
    """
    if data.size < SMALLEST_BLOCK_BYTES:
        return False
    if not _pairs_are_uniform(data[:SMALLEST_BLOCK_BYTES], 1):
        return False
    return all(_pairs_are_uniform(data, distance) for distance in _PAIR_DISTANCES) and not _has_repeats(data)


def _pairs_are_uniform(data: np.ndarray, distance: int) -> bool:
    counts = np.zeros(1 << 16, np.int64)
    pairs = data.size - distance
    for start in range(0, pairs, _STRIDE):
        stop = min(start + _STRIDE, pairs)
        first = data[start:stop].astype(np.uint16)
        second = data[start + distance : stop + distance]
        counts += np.bincount((first << np.uint16(8)) | second, minlength=1 << 16)
    expected = pairs / counts.size
    chi_square = float(((counts - expected) ** 2).sum() / expected)
    freedom = counts.size - 1
    return abs(chi_square - freedom) < _HIGHEST_DEVIATION * (2 * freedom) ** 0.5


def _has_repeats(data: np.ndarray) -> bool:
    anchors = [_anchors(data[start : start + _STRIDE + 7]) for start in range(0, data.size - 7, _STRIDE)]
    strings = np.sort(np.concatenate(anchors))
    return bool((strings[1:] == strings[:-1]).any())


def _anchors(data: np.ndarray) -> np.ndarray:
    """Return the eight-byte strings of `data`, as uint64, whose first byte ends in six zero bits."""
    starts = np.flatnonzero((data[: data.size - 7] & 63) == 0)
    return np.lib.stride_tricks.sliding_window_view(data, 8)[starts].copy().view("<u8").ravel()
