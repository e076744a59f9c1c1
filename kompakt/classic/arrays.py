"""Bytes as arrays that the compiled loops take."""

import numpy as np

from kompakt.classic.errors import StreamError


def as_bytes(data: np.ndarray) -> np.ndarray:
    """Return `data` as a contiguous writable uint8 array; a copy only where it is not one already."""
    return np.require(data, np.uint8, ["C", "A", "W"])


def padded(stream: np.ndarray, padding_bytes: int) -> np.ndarray:
    """Return a copy of `stream` with zeros behind it, for loops that load whole words."""
    copy = np.zeros(stream.size + padding_bytes, np.uint8)
    copy[: stream.size] = stream
    return copy


def check_nothing(stream: np.ndarray) -> np.ndarray:
    """Return the bytes of an empty block, whose stream is empty too. Raises StreamError when it is not."""
    if stream.size:
        raise StreamError(f"{stream.size} bytes for an empty block")
    return np.zeros(0, np.uint8)
