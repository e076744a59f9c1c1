"""What of a chunk is looked at: a few windows, evenly spread, that start on a multiple of 16 bytes."""

import numpy as np

WINDOWS = 8
WINDOW_BYTES = 2048
_ALIGNMENT = 16  # so that the phase of an element is the same in all windows


def windows_of(chunk: np.ndarray) -> np.ndarray:
    """Return windows of the uint8 array `chunk` as rows: uint8 (windows, window bytes), contiguous.

    A chunk too small for all windows is one row.
    """
    if chunk.size <= WINDOWS * WINDOW_BYTES:
        return np.ascontiguousarray(chunk).reshape(1, chunk.size)
    last = chunk.size - WINDOW_BYTES
    starts = [last * window // (WINDOWS - 1) // _ALIGNMENT * _ALIGNMENT for window in range(WINDOWS)]
    return np.stack([chunk[start : start + WINDOW_BYTES] for start in starts])


def histogram(data: np.ndarray) -> np.ndarray:
    """Return how often each byte comes in the uint8 array `data`: int64 (256,)."""
    return np.bincount(data.ravel(), minlength=256)
