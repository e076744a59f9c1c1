"""Windows back into a tar."""

from collections.abc import Iterator

import numpy as np

from kompakt.filters.tar.headers import HEADER_BYTES
from kompakt.filters.tar.stream import Source
from kompakt.filters.tar.windows import Templates

_PART_BYTES = 1 << 20
_MOST_COLUMN_BYTES = 1 << 28


def join(parts: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Yield the tar, `size` bytes, that split() was given, from what it made.

    Raises ValueError for what split() has not made.
    """
    joined = bytearray()
    made = 0
    for piece in _pieces(Source(parts)):
        joined += piece
        made += len(piece)
        if made > size:
            break
        if len(joined) >= _PART_BYTES:
            yield np.frombuffer(bytes(joined), np.uint8)
            joined.clear()
    if made != size:
        raise ValueError("a tar has not the size that it should have")
    yield np.frombuffer(bytes(joined), np.uint8)


def _pieces(source: Source) -> Iterator[bytes]:
    """Yield the tar in small pieces."""
    templates = Templates()
    align = source.take_all(1)[0]
    if not align:
        raise ValueError("a tar is aligned to nothing")
    left = full = 0
    while True:
        length = source.number()
        if length > _MOST_COLUMN_BYTES:
            raise ValueError("a tar has columns longer than a window has")
        window = templates.read(source.take_all(length))
        source.take_all(-source.taken % align)
        ends = 0
        members = [(b"", left, window.begun)] if window.begun else []
        held = [*window.sizes[:-1], window.held] if window.sizes else []
        members += zip(window.headers, window.sizes, held, strict=True)
        for header, wanted, here in members:
            if header:
                yield header
                full = wanted
            left = wanted - here
            if left < 0:
                raise ValueError("a tar holds more than a member has")
            yield from _content(source, here, align)
            if not left:
                yield window.pads.get(ends, bytes(-full % HEADER_BYTES))
                ends += 1
        if window.is_last:
            yield from (part.tobytes() for part in source.rest())
            return


def _content(source: Source, length: int, align: int) -> Iterator[bytes]:
    for start in range(0, length, _PART_BYTES):
        yield source.take_all(min(_PART_BYTES, length - start))
    source.take_all(-source.taken % align)
