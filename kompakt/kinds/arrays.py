"""Numeric arrays: the width of an element, from how unlike its bytes are, and pixels, from smoothness.

The bytes of an element play different parts: those at the top take few values, those at the bottom many. If
the chance that two bytes are equal is much higher for two at the same place of a word than for any two, the
words are elements. Bytes 0 and 255 fill the top of small integers of every width and are left out.
"""

import numpy as np

PHASES = 8
_WIDTHS = (2, 4, 8)
_LEAST_GAIN = 13, 10  # of the chance that two bytes are equal
_NEARLY_THE_BEST = 17, 20
_LEAST_SHARE_COUNTED = 64  # one byte in so many is neither 0 nor 255
_PIXEL_DISTANCES = (1, 2, 3, 4)
_CHANNEL_VALUES = 24
_SMOOTHNESS = 2  # steps to the next pixel are at most half of those to a far one
_FAR = 508  # of the same phase in pixels of 4 bytes
_WIDTH_BY_SMOOTH_PLACES = {
    (True, False, True, False): 2,
    (False, True, False, True): 2,
    (True, False, False, False): 4,
    (False, False, False, True): 4,
}
_SMALLEST_WINDOW = 2 * _FAR


def phase_counts(windows: np.ndarray) -> np.ndarray:
    """Return how often each byte comes at each place modulo 8 in the uint8 rows `windows`: int64 (8, 256).

    A rest of less than 8 bytes at the end of a row is left out; a row has at least 8.
    """
    words = windows[:, : windows.shape[1] // PHASES * PHASES].reshape(-1, PHASES)
    cells = words + np.arange(0, PHASES << 8, 1 << 8, dtype=np.uint16)
    return np.bincount(cells.ravel(), minlength=PHASES << 8).reshape(PHASES, 256)


def element_bytes(counts: np.ndarray) -> int:
    """Return the width, 2, 4 or 8, of the elements that `counts` (see phase_counts) were taken from, or 0."""
    total = int(counts.sum())
    counts = counts[:, 1:255]
    if int(counts.sum()) * _LEAST_SHARE_COUNTED < total:
        return 0
    equal = {width: _equal_pairs(counts, width) for width in (1, *_WIDTHS)}
    most = max(equal.values())
    gain, one = _LEAST_GAIN
    if most * one < equal[1] * gain:
        return 0
    nearly, whole = _NEARLY_THE_BEST
    return next(width for width in _WIDTHS if equal[width] * whole >= most * nearly)


def _equal_pairs(counts: np.ndarray, width: int) -> int:
    """Return `width` times the pairs of equal bytes at the same place of a word of `width` bytes."""
    merged = counts.reshape(-1, width, counts.shape[1]).sum(axis=0)
    return width * int((merged * (merged - 1)).sum())


def pixel_bytes(windows: np.ndarray, counts: np.ndarray) -> int:
    """Return the bytes of a pixel, 1 to 4, if the uint8 rows `windows` are smooth at that distance, or 0.

    Images and 8-bit sound change little from one pixel or sample to the next. That must hold for at least
    three channels of four, or both of two: the lower bytes of wider elements jump, the upper ones take few
    values.
    counts: see phase_counts
    """
    if windows.shape[1] < _SMALLEST_WINDOW:
        return 0
    steps = {distance: int(_mean_steps(windows, distance, 1)[0]) for distance in _PIXEL_DISTANCES}
    best = min(steps, key=lambda distance: (steps[distance] * (15 + (distance > 1)), distance))
    channels = counts.reshape(-1, best, 256).sum(axis=0) if best % 2 == 0 else counts.sum(axis=0)[None]
    is_smooth = _smooth_places(windows, best, len(channels))
    takes_many = ((channels > 0).sum(axis=1) >= _CHANNEL_VALUES) & (
        channels.max(axis=1) * 4 <= channels.sum(axis=1) * 3
    )
    is_channel = is_smooth & takes_many
    if best == 2 and not _are_alike(windows):
        return 0
    return best if int(is_channel.sum()) >= min(3, len(channels)) else 0


def smooth_element_bytes(windows: np.ndarray) -> int:
    """Return the width, 2 or 4, of elements of which only one byte is smooth, as in loud sound, or 0."""
    if windows.shape[1] < _SMALLEST_WINDOW:
        return 0
    return _WIDTH_BY_SMOOTH_PLACES.get(tuple(_smooth_places(windows, 4, 4).tolist()), 0)


def _smooth_places(windows: np.ndarray, distance: int, places: int) -> np.ndarray:
    """Return which places modulo `places` are smooth at `distance`: bool (places,)."""
    near, far = (_mean_steps(windows, apart, places) for apart in (distance, _FAR))
    return near * _SMOOTHNESS <= far


def _are_alike(windows: np.ndarray) -> bool:
    """Return whether the steps of two channels are alike in size; those of the bytes of a number are not."""
    smaller, larger = sorted(_mean_steps(windows, 2, 2).tolist())
    return smaller * 3 >= larger


def _mean_steps(windows: np.ndarray, distance: int, channels: int) -> np.ndarray:
    """Return the mean difference, times 256, of two bytes at a distance, for each place modulo `channels`."""
    width = (windows.shape[1] - distance) // channels * channels
    later, earlier = windows[:, distance : distance + width], windows[:, :width]
    steps = np.maximum(later, earlier) - np.minimum(later, earlier)
    by_column = steps.sum(axis=0, dtype=np.int32)  # whole rows first: they add up fast
    return by_column.reshape(-1, channels).sum(axis=0, dtype=np.int64) * (256 * channels) // steps.size
