"""x86 calls and jumps: distances become places, so that all calls of a function look alike.

The bytes E8 (call) and E9 (jump) are followed by the distance to where they lead, 32 bits, the lowest byte
first. If its upper byte is 00 or FF, the distance and that byte, taken as a signed number of 25 bits, become
the place in the file where they lead, the highest of the lower three bytes first. The upper byte is 00 or FF
then too, so going back needs no marks. What looks like a call and is none is changed and restored as well.

Fields may overlap. So a window is changed from its end to its start and changed back from its start to its
end: both see the same bytes behind the field they are at.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from kompakt.classic.compiling import compiled

FIELD_BYTES = 5
"""A call or jump with its distance."""

WINDOW_BYTES = 1 << 20
"""What is changed at once; a field that lies across the border stays as it is."""


@compiled
def _is_field(data, at):
    upper = data[at + 4]
    return data[at] & 0xFE == 0xE8 and (upper == 0 or upper == 0xFF)


@compiled
def _add(data, at, low, high, places):
    """Add `places` to the number of the field at `at` and write it the other way round.

    low, high: where the lowest and the highest of its lower three bytes are, and afterwards the reverse
    """
    value = np.uint32(data[low]) | np.uint32(data[at + 2]) << np.uint32(8)
    value |= np.uint32(data[high]) << np.uint32(16) | np.uint32(data[at + 4] & 1) << np.uint32(24)
    value = np.uint32(value + places)
    data[high] = np.uint8(value & np.uint32(0xFF))
    data[at + 2] = np.uint8(value >> np.uint32(8) & np.uint32(0xFF))
    data[low] = np.uint8(value >> np.uint32(16) & np.uint32(0xFF))
    data[at + 4] = np.uint8(0xFF if value & np.uint32(1 << 24) else 0)


@compiled
def _change(data, origin):
    """Change a window, uint8 (n,), in place. origin: uint32, its place in the file modulo 2**32."""
    for at in range(len(data) - FIELD_BYTES, -1, -1):
        if _is_field(data, at):
            _add(data, at, at + 1, at + 3, np.uint32(origin + np.uint32(at + FIELD_BYTES)))


@compiled
def _change_back(data, origin):
    """Undo _change()."""
    for at in range(len(data) - FIELD_BYTES + 1):
        if _is_field(data, at):
            here = np.uint32(origin + np.uint32(at + FIELD_BYTES))
            _add(data, at, at + 3, at + 1, np.uint32(np.uint32(0) - here))


def to_places(parts: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the content of a file, uint8, that comes in `parts` of any length, with places for distances."""
    yield from _in_windows(parts, _change)


def to_distances(parts: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield what to_places() was given, in parts of other lengths."""
    yield from _in_windows(parts, _change_back)


def _in_windows(parts: Iterable[np.ndarray], change) -> Iterator[np.ndarray]:
    window = np.empty(WINDOW_BYTES, np.uint8)
    filled = origin = 0
    for part in parts:
        while part.size:
            taken = part[: WINDOW_BYTES - filled]
            window[filled : filled + taken.size] = taken
            part = part[taken.size :]
            filled += taken.size
            if filled == WINDOW_BYTES:
                change(window, np.uint32(origin & 0xFFFFFFFF))
                yield window
                window = np.empty(WINDOW_BYTES, np.uint8)
                origin += filled
                filled = 0
    change(window[:filled], np.uint32(origin & 0xFFFFFFFF))
    yield window[:filled]
