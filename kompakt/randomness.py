"""A cheap test for bytes that no model can shrink.

Only data that passes every test of randomness below is called random, so that already compressed or encrypted
data skips the slow model and everything else never does. The tests err to one side: a block that is
called random by mistake would cost ratio, one that is not only costs time.
"""

import numpy as np

from kompakt.classic.compiling import compiled

SMALLEST_BLOCK_BYTES = 1 << 16  # fewer bytes than pairs of bytes say too little; they are coded fast anyway
_PAIR_DISTANCES = (1, 2, 3, 4, 8, 16)
_PAIRS = 1 << 16
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
    pairs = data.size - distance
    freedom = _PAIRS - 1
    deviation = _HIGHEST_DEVIATION * (2 * freedom) ** 0.5
    # The squares of the counts add up to `pairs` * (`pairs` / _PAIRS + chi-square / _PAIRS).
    most = int((freedom + deviation + pairs) * pairs / _PAIRS)
    squares = int(_squares_of_counts(data, distance, most))
    chi_square = squares * _PAIRS / pairs - pairs
    return abs(chi_square - freedom) < deviation


@compiled
def _squares_of_counts(data, distance, most):
    """Return the sum of the squares of how often each pair of bytes comes, or a number above `most`.

    data: uint8 (n,), of which the bytes at `distance` are pairs
    """
    counts = np.zeros(_PAIRS, np.uint32)
    squares = 0
    for at in range(len(data) - distance):
        pair = np.uint32(data[at]) << np.uint32(8) | np.uint32(data[at + distance])
        before = counts[pair]
        counts[pair] = before + np.uint32(1)
        squares += 2 * np.int64(before) + 1
        if squares > most:
            return squares
    return squares


def _has_repeats(data: np.ndarray) -> bool:
    anchors = [_anchors(data[start : start + _STRIDE + 7]) for start in range(0, data.size - 7, _STRIDE)]
    strings = np.sort(np.concatenate(anchors))
    return bool((strings[1:] == strings[:-1]).any())


def _anchors(data: np.ndarray) -> np.ndarray:
    """Return the eight-byte strings of `data`, as uint64, whose first byte ends in six zero bits."""
    starts = np.flatnonzero((data[: data.size - 7] & 63) == 0)
    return np.lib.stride_tricks.sliding_window_view(data, 8)[starts].copy().view("<u8").ravel()
