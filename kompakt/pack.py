"""Cuts the planned files into pieces as large as blocks, in one pass that never seeks.

Long runs of one byte leave the stream before it is cut, as fill blocks. What is left of a segment is cut
every `block_bytes`; a rest below a quarter of a block stays with the piece before it, where the model knows
the data already. So a run comes out before the piece that holds the bytes in front of it, and the
pieces of a file are put in order by their place in the file. Which piece becomes which block is decided
behind this (tree.py).
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice
from typing import NamedTuple, Self

import numpy as np

from kompakt.ahead import read_ahead
from kompakt.archive.block_header import block_checksum
from kompakt.archive.entry import Extent
from kompakt.archive.layout import CONTENT_HASH_BYTES, MAX_FILL_BYTES, Filter
from kompakt.contents import Content, Group
from kompakt.dedup.repeats import Digested, RepeatFinder
from kompakt.randomness import looks_random
from kompakt.reading import Begin, Data, End, Event, Failed, Opened, Run
from kompakt.workers import Workers


class Part(NamedTuple):
    """`length` bytes of file number `file`, from `offset` on."""

    file: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Content for a block: bytes, or `raw_bytes` times the byte `fill`; `parts` say whose.

    is_random: whether no model could shrink the bytes
    checksum:  of a block that has these bytes, and no others
    """

    group: Group
    parts: tuple[Part, ...]
    raw_bytes: int
    data: np.ndarray | None = None
    fill: int = 0
    is_random: bool = False
    checksum: bytes = b""


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
    where every file lies; those in `failed` could not be read. What `repeats` finds is packed once. Files are
    read ahead and pieces are looked through by `workers`; what comes out does not depend on how many.
    """

    def __init__(
        self, max_block_bytes: int, repeats: RepeatFinder | None = None, workers: Workers | None = None
    ):
        self._repeats = repeats
        self._workers = workers or Workers()
        self.files: dict[int, PackedFile] = {}
        self.failed: dict[int, OSError] = {}
        self._max_block_bytes = max_block_bytes
        self._group: Group | None = None
        self._open = _OpenPiece()
        self._run = _OpenPiece()
        self._run_byte = 0

    def pieces(self, contents: Iterable[Content]) -> Iterator[Piece]:
        """Yield the pieces in the order of the contents, reading them as needed."""
        cut: deque[Future[Piece]] = deque()
        for piece in self._cut_contents(contents):
            cut.append(self._workers.submit(_looked_through, piece))
            if len(cut) > self._workers.threads - 1:
                yield cut.popleft().result()
        while cut:
            yield cut.popleft().result()

    def _cut_contents(self, contents: Iterable[Content]) -> Iterator[Piece]:
        yield from self._pack(contents)
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

    def _pack(self, contents: Iterable[Content]) -> Iterator[Piece]:
        """Pack files and their copies: once, if they are what they were when they were compared."""
        content: Content | None = None
        for event in read_ahead(contents, self._repeats, self._workers):
            if isinstance(event, Begin):
                content = event.content
                yield from self._begin(content)
                continue
            yield from self._add(content, event)
            if isinstance(event, End | Failed):
                yield from self._pack_copies(content)

    def _begin(self, content: Content) -> Iterator[Piece]:
        if not content.starts_segment and content.group == self._group:
            return
        yield from self._flush()
        if content.group != self._group:
            yield from self._flush_run()
            self._group = content.group
            self._block_bytes = min(content.group.block_bytes, self._max_block_bytes)
            self._capacity = min(self._block_bytes + self._block_bytes // 4, self._max_block_bytes)
            self._buffer = np.empty(self._capacity, np.uint8)

    def _add(self, content: Content, event: Event) -> Iterator[Piece]:
        """Add what came of `content`."""
        number = content.number
        if isinstance(event, Data):
            yield from self._add_data(number, event.offset, event.data)
        elif isinstance(event, Digested):
            yield from self._add_chunks(number, event)
        elif isinstance(event, Run):
            yield from self._add_run(number, event.offset, event.byte, event.length)
        elif isinstance(event, Opened):
            self.files[number] = PackedFile(filter=event.filter)
            if self._repeats and event.filter == Filter.NONE and content.size is not None:
                self._repeats.may_reopen(number, content.open)
        elif isinstance(event, Failed):
            self.failed[number] = event.error
        else:
            self.files[number].size, self.files[number].digest = event.size, event.digest

    def _pack_copies(self, content: Content) -> Iterator[Piece]:
        for copy in content.copies:
            if content.number not in self.failed and self.files[content.number].digest == content.digest:
                self.files[copy.number] = self.files[content.number]
            else:
                yield from self._pack([replace(copy, starts_segment=False)])

    def _add_chunks(self, number: int, chunks: Digested) -> Iterator[Piece]:
        repeats = self.files[number].repeats
        for start, stop, origin in self._repeats.find(number, chunks):
            if origin is None:
                yield from self._add_data(number, chunks.offset + start, chunks.data[start:stop])
                continue
            repeat = Repeat(chunks.offset + start, stop - start, *origin)
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


def _looked_through(piece: Piece) -> Piece:
    if piece.data is None:
        return piece
    return replace(piece, is_random=looks_random(piece.data), checksum=block_checksum(piece.data))
