"""Cuts the planned files into pieces as large as blocks, in one pass that never seeks.

Long runs of one byte leave the stream before it is cut, as fill blocks. What is left of a segment is cut
every `block_bytes`; a rest below a quarter of a block stays with the piece before it, where the model knows
the data already. So a run comes out before the piece that holds the bytes in front of it, and the
pieces of a file are put in order by their place in the file. Which piece becomes which block is decided
behind this (tree.py).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, islice, pairwise
from typing import BinaryIO, NamedTuple, Self

import numpy as np
from blake3 import blake3

from kompakt import filters
from kompakt.archive.entry import Extent
from kompakt.archive.layout import CONTENT_HASH_BYTES, MAX_FILL_BYTES, Filter
from kompakt.dedup.repeats import Chunk, RepeatFinder
from kompakt.model.spec import Spec

RUN_BYTES = 1 << 16  # a run shorter than this costs the model little
READ_BYTES = 64 * RUN_BYTES
_PROBE_STRIDE = 4096


@dataclass(frozen=True, slots=True)
class Group:
    """Content that is alike, of which models may learn together: its number, and where blocks are cut.

    spec:       of its blocks; None for that of the batch
    child_bits: log2 of the most buckets a context of blocks that start from others; None: what suits them
    """

    number: int
    block_bytes: int
    spec: Spec | None = None
    child_bits: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file: `open` gives what is read once, to its end; `size` is expected, if known.

    A group's contents follow each other; a segment of it begins a new piece. `filter` is tried on it.
    `copies` are contents that had the same BLAKE3, `digest`, when it was last looked at.
    """

    number: int
    open: Callable[[], BinaryIO]
    group: Group
    size: int | None = None
    starts_segment: bool = True
    filter: Filter = Filter.NONE
    digest: bytes = b""
    copies: "tuple[Content, ...]" = ()


class Part(NamedTuple):
    """`length` bytes of file number `file`, from `offset` on."""

    file: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Content for a block: bytes, or `raw_bytes` times the byte `fill`; `parts` say whose."""

    group: Group
    parts: tuple[Part, ...]
    raw_bytes: int
    data: np.ndarray | None = None
    fill: int = 0


class Repeat(NamedTuple):
    """`length` bytes of a file, from `offset` on, that are those of file number `file` from `origin` on."""

    offset: int
    length: int
    file: int
    origin: int


@dataclass(slots=True)
class PackedFile:
    """What was read of one file: its size, its BLAKE3 and what became of it.

    filter:  what it went through before it was cut
    pieces:  (offset in what the filter made of the file, where it went)
    repeats: what was packed before, until it is known where that went
    """

    size: int = 0
    digest: bytes = b""
    filter: Filter = Filter.NONE
    pieces: list[tuple[int, Extent]] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)

    @classmethod
    def at(cls, extents: Iterable[Extent], size: int, digest: bytes, filter: Filter) -> Self:
        """Return a file whose content lies at `extents`."""
        starts = accumulate((extent.length for extent in extents), initial=0)
        return cls(size, digest, filter, list(zip(starts, extents, strict=False)))

    @property
    def content_hash(self) -> bytes:
        """What an archive keeps of the BLAKE3."""
        return self.digest[:CONTENT_HASH_BYTES]

    @property
    def extents(self) -> list[Extent]:
        """Where the content lies, in the order of the file."""
        return [extent for _, extent in sorted(self.pieces)]


class Packer:
    """Cuts contents into pieces, each at most `max_block_bytes` with the rest of a segment.

    After `pieces` has ended, place() was told where each piece went, and resolve() was called, `files` tells
    where every file lies; those in `failed` could not be read. What `repeats` finds is packed once.
    """

    def __init__(self, max_block_bytes: int, repeats: RepeatFinder | None = None):
        self._repeats = repeats
        self.files: dict[int, PackedFile] = {}
        self.failed: dict[int, OSError] = {}
        self._max_block_bytes = max_block_bytes
        self._open = _OpenPiece()
        self._run = _OpenPiece()
        self._run_byte = 0

    def pieces(self, contents: Iterable[Content]) -> Iterator[Piece]:
        """Yield the pieces in the order of the contents, reading them as needed."""
        group = None
        for content in contents:
            if content.starts_segment or content.group != group:
                yield from self._flush()
                if content.group != group:
                    yield from self._flush_run()
                    self._begin(content.group)
                    group = content.group
            yield from self._pack_content(content)
        yield from self._flush()
        yield from self._flush_run()

    def place(self, pieces: Iterable[Piece], block: int) -> None:
        """Note that `pieces` lie one behind the other in block number `block`."""
        block_offset = 0
        for piece in pieces:
            for file, file_offset, length in piece.parts:
                self.files[file].pieces.append((file_offset, Extent(block, block_offset, length)))
                block_offset += length

    def resolve(self) -> None:
        """Put the pieces that were packed before in the place of those that repeat them."""
        pieces = _Places(self.files)
        packed_files = {id(packed): packed for packed in self.files.values()}
        for packed in packed_files.values():
            found = [
                (repeat.offset + start, extent)
                for repeat in packed.repeats
                for start, extent in pieces.between(repeat.file, repeat.origin, repeat.length)
            ]
            packed.pieces += found
            packed.repeats.clear()

    def _begin(self, group: Group) -> None:
        self._group = group
        self._block_bytes = min(group.block_bytes, self._max_block_bytes)
        self._capacity = min(self._block_bytes + self._block_bytes // 4, self._max_block_bytes)
        self._open = _OpenPiece()
        self._buffer = np.empty(self._capacity, np.uint8)

    def _pack_content(self, content: Content) -> Iterator[Piece]:
        """Pack a file and its copies: once, if they are what they were when they were compared."""
        try:
            with content.open() as file:
                yield from self._pack_file(content, file)
        except OSError as error:
            self.failed[content.number] = error
        for copy in content.copies:
            if content.number not in self.failed and self.files[content.number].digest == content.digest:
                self.files[copy.number] = self.files[content.number]
            else:
                yield from self._pack_content(copy)

    def _pack_file(self, content: Content, file: BinaryIO) -> Iterator[Piece]:
        packed = self.files[content.number] = PackedFile()
        spec = content.group.spec
        align = spec.geometry.width if spec is not None and spec.is_array else 1
        packed.filter, parts = filters.apply(content.filter, _read(file, packed), align)
        if self._repeats:
            is_plain = packed.filter == Filter.NONE and content.size is not None
            self._repeats.begin(content.number, align, content.open if is_plain else None)
        offset = 0
        for data in parts:
            if not data.size:
                yield from self._end_chunk(content.number)
            for start, stop, is_run in split_runs(data):
                if is_run:
                    yield from self._end_chunk(content.number)
                    yield from self._add_run(content.number, offset, int(data[start]), stop - start)
                    if self._repeats:
                        self._repeats.skip(stop - start)
                elif self._repeats:
                    yield from self._add_chunks(content.number, self._repeats.feed(data[start:stop]))
                else:
                    yield from self._add_data(content.number, offset, data[start:stop])
                offset += stop - start
        yield from self._end_chunk(content.number)

    def _end_chunk(self, number: int) -> Iterator[Piece]:
        if self._repeats:
            yield from self._add_chunks(number, self._repeats.end())

    def _add_chunks(self, number: int, chunks: Iterator[Chunk]) -> Iterator[Piece]:
        repeats = self.files[number].repeats
        for offset, data, origin in chunks:
            if origin is None:
                yield from self._add_data(number, offset, data)
                continue
            repeat = Repeat(offset, data.size, *origin)
            if repeats and _goes_on(repeats[-1], repeat):
                before = repeats.pop()
                repeat = before._replace(length=before.length + repeat.length)
            repeats.append(repeat)

    def _add_run(self, number: int, file_offset: int, byte: int, length: int) -> Iterator[Piece]:
        if byte != self._run_byte or self._run.raw_bytes + length > MAX_FILL_BYTES:
            yield from self._flush_run()
        self._run_byte = byte
        self._run.append(number, file_offset, length)

    def _add_data(self, number: int, file_offset: int, data: np.ndarray) -> Iterator[Piece]:
        yield from self._flush_run()
        while data.size:
            if self._open.raw_bytes == self._capacity:
                yield self._cut(self._block_bytes)
            used = self._open.raw_bytes
            length = min(data.size, self._capacity - used)
            self._buffer[used : used + length] = data[:length]
            self._open.append(number, file_offset, length)
            data = data[length:]
            file_offset += length

    def _flush(self) -> Iterator[Piece]:
        if self._open.raw_bytes:
            yield self._cut(self._open.raw_bytes)

    def _flush_run(self) -> Iterator[Piece]:
        if self._run.raw_bytes:
            run, self._run = self._run, _OpenPiece()
            yield Piece(self._group, tuple(run.parts), run.raw_bytes, fill=self._run_byte)

    def _cut(self, length: int) -> Piece:
        """Take a piece of `length` bytes off the front of the buffer; what is left begins the next one."""
        piece, self._open = self._open.split(length)
        data = self._buffer
        self._buffer = np.empty(self._capacity, np.uint8)
        self._buffer[: self._open.raw_bytes] = data[length : length + self._open.raw_bytes]
        return Piece(self._group, tuple(piece.parts), length, data[:length])


class _OpenPiece:
    """A piece that still grows: its parts so far."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.raw_bytes = 0

    def append(self, file: int, file_offset: int, length: int) -> None:
        self.raw_bytes += length
        if self.parts:
            last_file, last_offset, last_length = self.parts[-1]
            if last_file == file and last_offset + last_length == file_offset:
                self.parts[-1] = Part(file, last_offset, last_length + length)
                return
        self.parts.append(Part(file, file_offset, length))

    def split(self, length: int) -> tuple["_OpenPiece", "_OpenPiece"]:
        """Return the first `length` bytes and the rest, as two pieces."""
        first, rest = _OpenPiece(), _OpenPiece()
        for file, file_offset, part_length in self.parts:
            taken = min(part_length, length - first.raw_bytes)
            if taken:
                first.append(file, file_offset, taken)
            if taken < part_length:
                rest.append(file, file_offset + taken, part_length - taken)
        return first, rest


class _Places:
    """Finds pieces of `files` by what they are pieces of."""

    def __init__(self, files: Mapping[int, PackedFile]):
        self._files = files
        self._sorted: dict[int, list[tuple[int, Extent]]] = {}

    def between(self, file: int, start: int, length: int) -> Iterator[tuple[int, Extent]]:
        """Yield what `length` bytes of a file from `start` on are made of, and how far in each piece lies."""
        if file not in self._sorted:
            self._sorted[file] = sorted(self._files[file].pieces)
        pieces = self._sorted[file]
        end = start + length
        index = bisect_right(pieces, start, key=lambda piece: piece[0]) - 1
        for offset, (block, block_offset, piece_bytes) in islice(pieces, index, None):
            if offset >= end:
                return
            first, last = max(offset, start), min(offset + piece_bytes, end)
            yield first - start, Extent(block, block_offset + first - offset, last - first)


def _goes_on(repeat: Repeat, following: Repeat) -> bool:
    """Return whether a repeat goes on where another one ends, in both places."""
    ends = (repeat.offset + repeat.length, repeat.file, repeat.origin + repeat.length)
    return ends == (following.offset, following.file, following.origin)


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


def _read(file: BinaryIO, packed: PackedFile) -> Iterator[np.ndarray]:
    """Yield a file in parts, each valid until the next one; note its size, and at its end its hash."""
    hasher = blake3(max_threads=blake3.AUTO)
    chunk = np.empty(READ_BYTES, np.uint8)
    while filled := _read_full(file, memoryview(chunk)):
        hasher.update(chunk[:filled])
        packed.size += filled
        yield chunk[:filled]
    packed.digest = hasher.digest()


def _read_full(file: BinaryIO, buffer: memoryview) -> int:
    """Fill `buffer` from `file`, which may give less at a time, and return how many bytes there were."""
    filled = 0
    while filled < len(buffer):
        count = file.readinto(buffer[filled:])
        if not count:
            break
        filled += count
    return filled
