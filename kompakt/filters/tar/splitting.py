"""A tar into windows. What is no tar any more, from some place on, stands as it is."""

from collections.abc import Iterator

import numpy as np

from kompakt.filters.tar.headers import HEADER_BYTES, Header, parse, size_of
from kompakt.filters.tar.stream import Source, with_length
from kompakt.filters.tar.windows import Templates, Window

WINDOW_BYTES = 1 << 26
"""Bytes of a tar in one window, about: what is held in memory."""

_BORDER = np.zeros(0, np.uint8)


def split(parts: Iterator[np.ndarray], align: int = 1) -> Iterator[np.ndarray]:
    """Yield what to store of a tar, with an empty array between what should lie by itself.

    parts: uint8 arrays, each valid until the next is asked for, as are those returned
    align: columns and content begin at multiples of this, at most 255
    """
    source = Source(parts)
    templates = Templates()
    splitter = _Splitter(source)
    start = bytes([align])
    while True:
        window, parsed, contents = splitter.window()
        for content in (start + with_length(templates.write(window, parsed)), *contents):
            yield np.frombuffer(content + bytes(-len(content) % align), np.uint8)
            yield _BORDER
        if window.is_last:
            yield np.frombuffer(splitter.tail, np.uint8)
            yield from source.rest()
            return
        start = b""


class _Splitter:
    """Reads windows. `tail` is what was taken for a header and is none, after the last of them."""

    def __init__(self, source: Source):
        self._source = source
        self._size = 0
        self._left = 0
        self.tail = b""

    def window(self) -> tuple[Window, list[Header | None], list[bytes]]:
        """Return the next window, its headers parsed, and the contents in it."""
        window = Window()
        parsed: list[Header | None] = []
        contents: list[bytes] = []
        room = WINDOW_BYTES
        ends = 0
        if self._left:
            window.begun = self._take_content(window, contents, room)
            room -= window.begun
            ends = self._end(window, ends)
        while room > 0 and not self._left:
            raw = self._source.take(HEADER_BYTES)
            size = size_of(raw)
            if size is None:
                window.is_last, self.tail = True, raw
                break
            self._size = self._left = size
            window.headers.append(raw)
            parsed.append(parse(raw))
            window.held = self._take_content(window, contents, room)
            room -= window.held + HEADER_BYTES
            ends = self._end(window, ends)
        return window, parsed, contents

    def _take_content(self, window: Window, contents: list[bytes], room: int) -> int:
        wanted = min(self._left, max(room, 1))
        data = self._source.take(wanted)
        self._left -= len(data)
        window.is_last = len(data) < wanted
        if data:
            contents.append(data)
        return len(data)

    def _end(self, window: Window, ends: int) -> int:
        """Take what stands behind the content of a member that is complete, end number `ends`."""
        if self._left:
            return ends
        zeros = bytes(-self._size % HEADER_BYTES)
        pad = self._source.take(len(zeros))
        if pad != zeros:
            window.pads[ends] = pad
        return ends + 1
