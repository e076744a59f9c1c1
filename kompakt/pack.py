"""Cuts the planned files into blocks, in one pass that never seeks.

Long runs of one byte leave the stream before it is cut, as fill blocks. What is left of a segment is cut
every `block_bytes`; a rest below a quarter of a block stays with the block before it, where the model knows
the data already. So a fill block comes out before the block that holds the bytes in front of it, and the
pieces of a file are put in order by their place in the file.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from blake3 import blake3

from kompakt.archive.entry import Extent
from kompakt.archive.layout import CONTENT_HASH_BYTES, MAX_FILL_BYTES

RUN_BYTES = 1 << 16  # a run shorter than this costs the model little
READ_BYTES = 64 * RUN_BYTES
_PROBE_STRIDE = 4096


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file: `open` gives what is read once, to its end; `size` is expected, if known."""

    number: int
    open: Callable[[], BinaryIO]
    size: int | None = None
    starts_segment: bool = True


@dataclass(frozen=True, slots=True)
class PackedBlock:
    """A block to code: bytes, or `raw_bytes` times the byte `fill`."""

    number: int
    raw_bytes: int
    data: np.ndarray | None = None
    fill: int = 0


@dataclass(slots=True)
class PackedFile:
    """What was read of one file: its size, its BLAKE3, and pieces (offset in the file, where it went)."""

    size: int = 0
    content_hash: bytes = b""
    pieces: list[tuple[int, Extent]] = field(default_factory=list)

    @property
    def extents(self) -> list[Extent]:
        """Where the content lies, in the order of the file."""
        return [extent for _, extent in sorted(self.pieces)]


class Packer:
    """Cuts contents into blocks of `block_bytes`, at most `max_block_bytes` with the rest of a segment.

    After `blocks` has ended, `files` tells where every file lies; those in `failed` could not be read.
    """

    def __init__(self, block_bytes: int, max_block_bytes: int):
        self.block_bytes = min(block_bytes, max_block_bytes)
        self.files: dict[int, PackedFile] = {}
        self.failed: dict[int, OSError] = {}
        self._next_block = 0
        self._capacity = min(self.block_bytes + self.block_bytes // 4, max_block_bytes)
        self._open = _OpenBlock()
        self._buffer = np.empty(self._capacity, np.uint8)
        self._run = _OpenBlock()
        self._run_byte = 0

    def blocks(self, contents: Iterable[Content]) -> Iterator[PackedBlock]:
        """Yield the blocks in the order of their numbers, reading the contents as needed."""
        for content in contents:
            if content.starts_segment:
                yield from self._flush()
            try:
                with content.open() as file:
                    yield from self._pack_file(content.number, file)
            except OSError as error:
                self.failed[content.number] = error
        yield from self._flush()
        yield from self._flush_run()

    def _pack_file(self, number: int, file: BinaryIO) -> Iterator[PackedBlock]:
        packed = self.files[number] = PackedFile()
        hasher = blake3(max_threads=blake3.AUTO)
        chunk = np.empty(READ_BYTES, np.uint8)
        while filled := _read_full(file, memoryview(chunk)):
            data = chunk[:filled]
            hasher.update(data)
            for start, stop, is_run in split_runs(data):
                if is_run:
                    yield from self._add_run(number, packed.size, int(data[start]), stop - start)
                else:
                    yield from self._add_data(number, packed.size, data[start:stop])
                packed.size += stop - start
        packed.content_hash = hasher.digest(CONTENT_HASH_BYTES)

    def _add_run(self, number: int, file_offset: int, byte: int, length: int) -> Iterator[PackedBlock]:
        if byte != self._run_byte or self._run.raw_bytes + length > MAX_FILL_BYTES:
            yield from self._flush_run()
        self._run_byte = byte
        self._run.append(number, file_offset, length)

    def _add_data(self, number: int, file_offset: int, data: np.ndarray) -> Iterator[PackedBlock]:
        yield from self._flush_run()
        while data.size:
            if self._open.raw_bytes == self._capacity:
                yield self._cut(self.block_bytes)
            used = self._open.raw_bytes
            length = min(data.size, self._capacity - used)
            self._buffer[used : used + length] = data[:length]
            self._open.append(number, file_offset, length)
            data = data[length:]
            file_offset += length

    def _flush(self) -> Iterator[PackedBlock]:
        if self._open.raw_bytes:
            yield self._cut(self._open.raw_bytes)

    def _flush_run(self) -> Iterator[PackedBlock]:
        if self._run.raw_bytes:
            run, self._run = self._run, _OpenBlock()
            yield PackedBlock(self._record(run), run.raw_bytes, fill=self._run_byte)

    def _cut(self, length: int) -> PackedBlock:
        """Take a block of `length` bytes off the front of the buffer; what is left begins the next one."""
        block, self._open = self._open.split(length)
        data = self._buffer
        self._buffer = np.empty(self._capacity, np.uint8)
        self._buffer[: self._open.raw_bytes] = data[length : length + self._open.raw_bytes]
        return PackedBlock(self._record(block), length, data[:length])

    def _record(self, block: "_OpenBlock") -> int:
        """Give `block` the next number, tell its files where their bytes are, and return the number."""
        number = self._next_block
        self._next_block += 1
        block_offset = 0
        for file, file_offset, length in block.parts:
            self.files[file].pieces.append((file_offset, Extent(number, block_offset, length)))
            block_offset += length
        return number


class _OpenBlock:
    """A block that still grows: the parts (file, file offset, length) that follow each other in it."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, int, int]] = []
        self.raw_bytes = 0

    def append(self, file: int, file_offset: int, length: int) -> None:
        self.raw_bytes += length
        if self.parts:
            last_file, last_offset, last_length = self.parts[-1]
            if last_file == file and last_offset + last_length == file_offset:
                self.parts[-1] = (file, last_offset, last_length + length)
                return
        self.parts.append((file, file_offset, length))

    def split(self, length: int) -> tuple["_OpenBlock", "_OpenBlock"]:
        """Return the first `length` bytes and the rest, as two blocks."""
        first, rest = _OpenBlock(), _OpenBlock()
        for file, file_offset, part_length in self.parts:
            taken = min(part_length, length - first.raw_bytes)
            if taken:
                first.append(file, file_offset, taken)
            if taken < part_length:
                rest.append(file, file_offset + taken, part_length - taken)
        return first, rest


def split_runs(data: np.ndarray) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, stop, is_run) of the parts of the uint8 array `data`.

    A run is one byte over and over, in whole windows of RUN_BYTES.
    """
    if data.size < RUN_BYTES:
        yield 0, data.size, False
        return
    windows = data[: data.size - data.size % RUN_BYTES].reshape(-1, RUN_BYTES)
    probes = windows[:, ::_PROBE_STRIDE]
    bytes_of_run = np.full(len(windows), -1)
    for window in np.flatnonzero((probes == probes[:, :1]).all(axis=1)):
        words = windows[window].view(np.uint64)
        if words[0] == words[0] >> np.uint64(8) | words[0] << np.uint64(56) and (words == words[0]).all():
            bytes_of_run[window] = windows[window, 0]
    borders = np.flatnonzero(np.diff(bytes_of_run)) + 1
    position = 0
    for start, stop in pairwise([0, *borders.tolist(), len(windows)]):
        if bytes_of_run[start] >= 0:
            if position < start * RUN_BYTES:
                yield position, start * RUN_BYTES, False
            yield start * RUN_BYTES, stop * RUN_BYTES, True
            position = stop * RUN_BYTES
    if position < data.size:
        yield position, data.size, False


def _read_full(file: BinaryIO, buffer: memoryview) -> int:
    """Fill `buffer` from `file`, which may give less at a time, and return how many bytes there were."""
    filled = 0
    while filled < len(buffer):
        count = file.readinto(buffer[filled:])
        if not count:
            break
        filled += count
    return filled
