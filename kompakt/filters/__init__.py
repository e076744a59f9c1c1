"""Reversible changes of the content of files that make it easier to model."""

from collections.abc import Iterable, Iterator

import numpy as np

from kompakt.archive.layout import Filter
from kompakt.archive.varint import MalformedError, append_varint, read_varint
from kompakt.filters.tar import headers, join, split

MOST_PACKED_BYTES = 1 << 27
"""Longer files are not unpacked: they are held in memory as a whole."""

MOST_CONTENT_BYTES = 1 << 29
MOST_GROWTH = 8
"""Bytes, and times the size of the file, that its content may have when it is unpacked."""

_MAX_LENGTH_BYTES = 10


def apply(wanted: Filter, parts: Iterator[np.ndarray], align: int = 1) -> tuple[Filter, Iterator[np.ndarray]]:
    """Return the filter that content went through, `wanted` or another, and what to store.

    parts: uint8 arrays, each valid until the next is asked for, as are those returned, among which an empty
           one stands between what has nothing to do with each other; where nobody changes those given,
           nobody changes those returned
    align: where elements begin that have to stay aligned, at multiples of this
    """
    if wanted == Filter.X86:
        from kompakt.filters.x86 import to_places

        return Filter.X86, to_places(parts)
    if wanted == Filter.DEFLATE:
        return _unpacked(parts, align)
    if wanted == Filter.TAR:
        return Filter.TAR, split(parts, align)
    return Filter.NONE, parts


def undo(applied: Filter, parts: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Yield the content that apply() was given, `size` bytes, from what was stored.

    Raises ValueError for what apply() has not made.
    """
    if applied == Filter.X86:
        from kompakt.filters.x86 import to_distances

        yield from to_distances(parts)
    elif applied == Filter.TAR:
        yield from join(iter(parts), size)
    elif applied == Filter.DEFLATE:
        yield _packed(np.concatenate([np.zeros(0, np.uint8), *(part.copy() for part in parts)]), size)
    else:
        yield from parts


def _unpacked(parts: Iterator[np.ndarray], align: int) -> tuple[Filter, Iterator[np.ndarray]]:
    """Return DEFLATE and, behind its length, a layout, then content; or what else there is to try."""
    from kompakt.filters.deflate import expand

    data = np.concatenate([np.zeros(0, np.uint8), *(part.copy() for part in parts)])
    expanded = expand(data, min(MOST_GROWTH * data.size, MOST_CONTENT_BYTES))
    if expanded is None:
        is_tar = headers.is_tar(data[: headers.HEADER_BYTES].tobytes())
        return apply(Filter.TAR if is_tar else Filter.NONE, iter([data]), align)
    head = bytearray()
    append_varint(head, len(expanded.layout))
    return Filter.DEFLATE, iter([np.frombuffer(bytes(head) + expanded.layout, np.uint8), expanded.content])


def _packed(stored: np.ndarray, size: int) -> np.ndarray:
    from kompakt.filters.deflate import restore

    try:
        length, start = read_varint(stored[:_MAX_LENGTH_BYTES].tobytes(), 0)
    except MalformedError as error:
        raise ValueError(str(error)) from None
    end = start + length
    return restore(stored[start:end].tobytes(), stored[end:], size)
