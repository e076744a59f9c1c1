"""Reads an archive from its end: the footer finds the index, the index knows everything else.

A commit that was appended tells what has changed since the one before it, which ends where its blocks begin.

Nothing in the file is believed. Lengths are compared with the size of the file and with limits before they
are used, so what a damaged or hostile archive can cost is bounded by its own size.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from kompakt.archive.ancestry import check_parents
from kompakt.archive.block_header import BlockHeader, Parent, block_checksum
from kompakt.archive.commit import Commit, block_bytes_of, decode_commit
from kompakt.archive.entry import Entry
from kompakt.archive.frame import Footer, check_header, end_in_mark
from kompakt.archive.history import History, Snapshot
from kompakt.archive.index import Index, Info
from kompakt.archive.indexes import decode_any
from kompakt.archive.layout import (
    FOOTER_BYTES,
    HEADER_BYTES,
    MARK_BYTES,
    MAX_BLOCK_HEADER_BYTES,
    MAX_RAW_BYTES,
    PARENTS_FLAG,
    PIPELINES_FLAG,
    SHORT_VERSION,
    SNAPSHOTS_FLAG,
    Codec,
    ParentKind,
)
from kompakt.archive.short import MAX_ENTRY_BYTES, decode_short
from kompakt.archive.varint import MalformedError
from kompakt.errors import (
    CorruptArchiveError,
    CorruptBlockError,
    FileSystemError,
    LimitError,
    TruncatedArchiveError,
)

IndexDecoder = Callable[[BlockHeader, bytes], bytes]


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """A block as the index knows it. `offset` is where its header begins in the archive."""

    number: int
    offset: int
    header: BlockHeader


@dataclass(frozen=True, slots=True)
class _Region:
    """The index of a commit, decoded but not understood; its blocks begin at `start`, it ends at `end`."""

    footer: Footer
    header: BlockHeader
    columns: bytes
    hashes: bytes
    start: int
    end: int


class ArchiveReader:
    """An open archive.

    file:         seekable, opened for reading; the caller closes it
    name:         of the file, for messages
    decode_index: turns a CM block, header and stream, into its raw bytes; what it raises is raised on

    end_at:       where the archive ends, if not with the file

    entries:  of the newest snapshot, or that of show(), sorted by name; a hard link has mode and time of its
              target
    blocks:   of all snapshots, by number
    info:     what the writer said about the archive
    history:  the snapshots
    end:      where the last commit ends; what lies behind it is of an append that did not come to its end
    flags:    the required flags of all commits
    bytes_read: how much of the file has been read so far
    index_headers: the header of the index of each commit; none in a short archive

    Opening raises NotAnArchiveError, TruncatedArchiveError, CorruptArchiveError, UnsupportedError,
    LimitError, UnsafeNameError and FileSystemError. Not for use by several threads at once.
    """

    entries: list[Entry]
    blocks: list[BlockRecord]
    info: Info

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        *,
        decode_index: IndexDecoder,
        end_at: int | None = None,
    ):
        self.name = name
        self._file = file
        self.bytes_read = 0
        self.archive_bytes = self.end = end_at or self._size()
        self.format_version, self.flags = check_header(
            self._read(0, min(HEADER_BYTES, self.archive_bytes)), name
        )
        self.blocks = []
        self.index_headers: list[BlockHeader] = []
        if self.format_version == SHORT_VERSION:
            commits, ends = [self._read_short()], [self.end]
        else:
            regions = self._read_regions(decode_index)
            commits, ends = self._read_commits(regions), [region.end for region in regions]
        check_parents([record.header for record in self.blocks], self.name)
        try:
            self.history = History(commits, ends, name)
        except MalformedError as error:
            raise CorruptArchiveError(f"{name}: the index is malformed: {error}") from None
        self.info = self.history.table.info
        self.show(self.snapshots[-1].number)

    @property
    def snapshots(self) -> list[Snapshot]:
        """What the archive offers, oldest first."""
        return self.history.snapshots

    def show(self, snapshot: int) -> None:
        """Let `entries` be those of another one of `snapshots`, by its number. Raises UnsafeNameError."""
        self.entries = self.history.entries_of(snapshot)
        self.__dict__.pop("_names_by_block", None)

    @property
    def spec_ids(self) -> set[int]:
        """The specs that the CM blocks need."""
        return {record.header.spec_id for record in self.blocks if record.header.codec == Codec.CM}

    @property
    def model_ids(self) -> set[bytes]:
        """The models that blocks start from."""
        parents = (record.header.parent for record in self.blocks)
        return {parent.model_id for parent in parents if parent.kind == ParentKind.MODEL}

    @cached_property
    def started_from(self) -> frozenset[int]:
        """The numbers of all blocks that other blocks start from."""
        parents = {record.header.parent for record in self.blocks}
        return frozenset(number for parent in parents for number in parent.blocks)

    def read_stream(self, number: int) -> bytes:
        """Return the stream of a block.

        Its header on disk has been compared with the index; the checksum is for who decodes the stream.
        Raises CorruptBlockError and FileSystemError.
        """
        record = self.blocks[number]
        header = record.header.encode()
        data = self._read(record.offset, len(header) + record.header.coded_bytes)
        if len(data) != len(header) + record.header.coded_bytes:
            raise self.corrupt_block(number, "it is cut short")
        if not data.startswith(header):
            raise self.corrupt_block(number, "its header is damaged")
        stream = data[len(header) :]
        if record.header.codec == Codec.FILL and block_checksum(stream) != record.header.checksum:
            raise self.corrupt_block(number, "its bytes do not match their checksum")
        return stream

    def names_in_block(self, number: int) -> list[bytes]:
        """Return the names of the files with bytes in block `number`, sorted."""
        return self._names_by_block.get(number, [])

    def corrupt_block(self, number: int, reason: str) -> CorruptBlockError:
        """Return the error that says that block `number` is damaged, and which files that hits."""
        return CorruptBlockError(self.name, number, self.names_in_block(number), reason)

    @cached_property
    def _names_by_block(self) -> dict[int, list[bytes]]:
        names: dict[int, list[bytes]] = {}
        for entry in self.entries:
            for number in sorted({extent.block for extent in entry.extents}):
                names.setdefault(number, []).append(entry.name)
        return names

    def _read_regions(self, decode_index: IndexDecoder) -> list[_Region]:
        """Return the indexes of all commits, oldest first."""
        if self.archive_bytes < HEADER_BYTES + FOOTER_BYTES:
            raise TruncatedArchiveError(f"{self.name}: ends after {self.archive_bytes} bytes")
        tail = self._read(self.archive_bytes - MARK_BYTES, MARK_BYTES)
        if not tail:  # a commit took its mark away since the size was asked for
            self.archive_bytes = self._size()
        self.end = end_in_mark(tail) or self.archive_bytes
        regions: list[_Region] = []
        left_bytes = MAX_RAW_BYTES
        end = self.end
        while not regions or end > HEADER_BYTES:
            try:
                region = self._read_region(end, decode_index)
            except (TruncatedArchiveError, CorruptArchiveError) as error:
                if not regions:
                    raise
                raise CorruptArchiveError(f"{self.name}: the commit before byte {end}: {error}") from None
            regions.append(region)
            left_bytes -= len(region.columns)
            if left_bytes < 0:
                raise LimitError(
                    f"{self.name}: its indexes take more than the limit of {MAX_RAW_BYTES} bytes"
                )
            if not region.footer.required_flags & SNAPSHOTS_FLAG:
                break
            end = region.start
        regions.reverse()
        for region in regions:
            self.flags |= region.footer.required_flags
        self.index_headers = [region.header for region in regions]
        return regions

    def _read_region(self, end: int, decode_index: IndexDecoder) -> _Region:
        """Return the index of the commit that ends at `end`."""
        if end < HEADER_BYTES + FOOTER_BYTES:
            raise CorruptArchiveError(f"{self.name}: the index is malformed: a commit before the first")
        data = self._read(end - FOOTER_BYTES, FOOTER_BYTES)
        footer = Footer.decode(data, self.name, end)
        index = self._read(footer.index_offset, footer.index_bytes)
        footer.verify(index, data, self.name)
        header, columns, hashes = self._decode_region(index, decode_index)
        start = HEADER_BYTES
        if footer.required_flags & SNAPSHOTS_FLAG:
            try:
                start = footer.index_offset - block_bytes_of(columns)
            except MalformedError as error:
                raise CorruptArchiveError(f"{self.name}: the index is malformed: {error}") from None
        if start < HEADER_BYTES:
            raise CorruptArchiveError(f"{self.name}: the index is malformed: its blocks are too large")
        return _Region(footer, header, columns, hashes, start, end)

    def _read_commits(self, regions: list[_Region]) -> list[Commit]:
        """Return what the commits say, and place their blocks."""
        commits = []
        for region in regions:
            flags = region.footer.required_flags
            arguments = region.columns, region.hashes, flags, self.name
            sizes = [record.header.raw_bytes for record in self.blocks]
            try:
                if flags & SNAPSHOTS_FLAG:
                    commit = decode_commit(*arguments, sizes)
                else:
                    commit = Commit(snapshot=1, index=decode_any(*arguments))
            except MalformedError as error:
                raise CorruptArchiveError(f"{self.name}: the index is malformed: {error}") from None
            self._place_blocks(commit.index, region.start, region.footer.index_offset, flags)
            commits.append(commit)
        return commits

    def _decode_region(self, region: bytes, decode_index: IndexDecoder) -> tuple[BlockHeader, bytes, bytes]:
        try:
            header, start = BlockHeader.decode(region)
        except MalformedError as error:
            raise CorruptArchiveError(f"{self.name}: index: {error}") from None
        header.check(f"{self.name}: index")
        end = start + header.coded_bytes
        if end > len(region) or header.codec in (Codec.FILL, Codec.MODEL) or header.parent != Parent.none():
            raise CorruptArchiveError(f"{self.name}: the index is malformed")
        stream = region[start:end]
        data = stream if header.codec == Codec.STORED else decode_index(header, stream)
        if len(data) != header.raw_bytes or block_checksum(data) != header.checksum:
            raise CorruptArchiveError(f"{self.name}: the index does not match its checksum")
        return header, data, region[end:]

    def _read_short(self) -> Commit:
        """Return what an index would say of a short archive, and place its block."""
        data = self._read(0, HEADER_BYTES + MAX_ENTRY_BYTES + MAX_BLOCK_HEADER_BYTES)
        try:
            entry, header, place = decode_short(data)
        except MalformedError as error:
            raise CorruptArchiveError(f"{self.name}: {error}") from None
        missing = place + len(header.encode()) + header.coded_bytes - self.archive_bytes
        if missing > 0:
            raise TruncatedArchiveError(f"{self.name}: has no end: {missing} bytes are missing")
        if missing < 0:
            raise CorruptArchiveError(f"{self.name}: {-missing} bytes follow its end")
        index = Index([header], [entry], {})
        self._place_blocks(index, place, self.archive_bytes, self.flags)
        return Commit(snapshot=1, index=index)

    def _place_blocks(self, index: Index, offset: int, end: int, flags: int) -> None:
        """Append the blocks of a commit, which lie from `offset` to `end`."""
        for header in index.headers:
            number = len(self.blocks)
            header.check(f"{self.name}: block {number}")
            self.blocks.append(BlockRecord(number, offset, header))
            offset += len(header.encode()) + header.coded_bytes
        if offset != end:
            raise CorruptArchiveError(f"{self.name}: the blocks do not fill the space before the index")
        if not flags & PARENTS_FLAG and any(
            header.parent.kind != ParentKind.NONE or header.codec == Codec.MODEL for header in index.headers
        ):
            raise CorruptArchiveError(f"{self.name}: its blocks have parents, but it does not say so")
        if not flags & PIPELINES_FLAG and any(h.codec == Codec.PIPELINE for h in index.headers):
            raise CorruptArchiveError(f"{self.name}: pipelines code its blocks, but it does not say so")

    def _size(self) -> int:
        try:
            return self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise FileSystemError(f"{self.name}: {error.strerror or error}") from None

    def _read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes at `offset`, fewer if the file has shrunk."""
        parts = []
        try:
            self._file.seek(offset)
            while length and (part := self._file.read(length)):
                parts.append(part)
                length -= len(part)
                self.bytes_read += len(part)
        except OSError as error:
            raise FileSystemError(f"{self.name}: {error.strerror or error}") from None
        return parts[0] if len(parts) == 1 else b"".join(parts)
