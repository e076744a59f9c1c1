"""Several streams as one: their lengths, varints, and then their bytes."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kompakt.classic.errors import StreamError
from kompakt.classic.varint import read_varint, varint


def pack(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return `parts`, each uint8, as one uint8 array. Empty parts alone give an empty one."""
    if not any(part.size for part in parts):
        return np.zeros(0, np.uint8)
    lengths = b"".join(varint(part.size) for part in parts)
    return np.concatenate([np.frombuffer(lengths, np.uint8), *parts])


def unpack(stream: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the `count` parts of `stream`, views of it. Raises StreamError unless they fill it."""
    if not stream.size:
        return [stream] * count
    lengths, at = [], 0
    for _ in range(count):
        length, at = read_varint(stream, at)
        lengths.append(length)
    if at + sum(lengths) != stream.size:
        raise StreamError("parts do not fill the stream")
    ends = np.cumsum([at, *lengths])
    return [stream[begin:end] for begin, end in pairwise(ends)]
