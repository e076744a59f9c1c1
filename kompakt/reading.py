"""Contents as stretches: read, hashed, filtered, split at runs, and cut into chunks; of one file at a time.

Nothing here knows what other files hold, so that many threads may read, each its own files.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from blake3 import blake3

from kompakt import filters
from kompakt.archive.layout import Filter
from kompakt.contents import Content
from kompakt.dedup.repeats import Digested, RepeatFinder
from kompakt.runs import RUN_BYTES, split_runs

READ_BYTES = 64 * RUN_BYTES
SMALLEST_SHARED_BYTES = 1 << 26
"""A file of this size is hashed by all cores: others may have nothing to do meanwhile."""


@dataclass(frozen=True, slots=True)
class Begin:
    """`content` comes next, though it may be that it cannot be read."""

    content: Content


@dataclass(frozen=True, slots=True)
class Opened:
    """What follows is the content that began, after it went through `filter`."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes, uint8 (n,), from `offset` on. Nobody changes them."""

    offset: int
    data: np.ndarray


@dataclass(frozen=True, slots=True)
class Run:
    """`length` times one byte, from `offset` on."""

    offset: int
    byte: int
    length: int


@dataclass(frozen=True, slots=True)
class End:
    """The content is over: its size before the filter, and its BLAKE3."""

    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The content could not be read, or not to its end."""

    error: OSError


Event = Begin | Opened | Data | Digested | Run | End | Failed


def read_contents(contents: Iterable[Content], repeats: RepeatFinder | None) -> Iterator[Event]:
    """Yield what comes of `contents`, cut into chunks if there is somebody who looks for `repeats`."""
    for content in contents:
        yield Begin(content)
        try:
            with content.open() as file:
                yield from _read_content(content, file, repeats)
        except OSError as error:
            yield Failed(error)


def _read_content(content: Content, file: BinaryIO, repeats: RepeatFinder | None) -> Iterator[Event]:
    reader = _Reader(file, content.size)
    applied, parts = filters.apply(content.filter, reader.parts(), content.align)
    yield Opened(applied)
    cutter = repeats.cutter(content.align) if repeats else None
    offset = 0
    for data in parts:
        if cutter and not data.size:
            yield from cutter.end()
        for start, stop, is_run in split_runs(data):
            if is_run:
                if cutter:
                    yield from cutter.end()
                    cutter.skip(stop - start)
                yield Run(offset, int(data[start]), stop - start)
            elif cutter:
                yield from cutter.feed(data[start:stop])
            elif start < stop:
                yield Data(offset, data[start:stop])
            offset += stop - start
    if cutter:
        yield from cutter.end()
    yield End(reader.size, reader.digest())


class _Reader:
    """Reads `file` to its end; then `size` is that of it, and digest() its BLAKE3.

    expected: bytes, or None if nobody knows
    """

    def __init__(self, file: BinaryIO, expected: int | None):
        self._file = file
        self._expected = expected
        is_large = expected is None or expected >= SMALLEST_SHARED_BYTES
        self._hasher = blake3(max_threads=blake3.AUTO if is_large else 1)
        self.digest = self._hasher.digest
        self.size = 0

    def parts(self) -> Iterator[np.ndarray]:
        """Yield the file in arrays, uint8 (n,), that nobody changes afterwards."""
        at_end = False
        while not at_end:
            left = READ_BYTES if self._expected is None else self._expected + 1 - self.size
            part = np.empty(min(left, READ_BYTES) if left > 0 else READ_BYTES, np.uint8)
            filled = read_full(self._file, memoryview(part))
            at_end = filled < part.size
            if filled:
                self._hasher.update(part[:filled])
                self.size += filled
                yield part[:filled]


def read_full(file: BinaryIO, buffer: memoryview) -> int:
    """Fill `buffer` from `file`, which may give less at a time, and return how many bytes there were."""
    filled = 0
    while filled < len(buffer):
        count = file.readinto(buffer[filled:])
        if not count:
            break
        filled += count
    return filled
