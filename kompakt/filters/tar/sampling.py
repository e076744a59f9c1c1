"""Where to look to see what a tar holds: at its largest member, the last of several."""

from collections.abc import Callable

from kompakt.filters.tar.headers import HEADER_BYTES, size_of

_MOST_HEADERS = 4096


def largest_member(read: Callable[[int, int], bytes]) -> tuple[int, int]:
    """Return offset and size of the content of the largest of the first members.

    read: returns so many bytes from an offset on, fewer where there are none
    """
    offset, best = 0, (0, 0)
    for _ in range(_MOST_HEADERS):
        size = size_of(bytes(read(offset, HEADER_BYTES)))
        if size is None:
            break
        if size >= best[1]:
            best = (offset + HEADER_BYTES, size)
        offset += HEADER_BYTES + size + -size % HEADER_BYTES
    return best
