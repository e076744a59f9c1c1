"""Reads an archive from its end: the footer finds the index, the index knows everything else.

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
from kompakt.archive.entry import Entry
from kompakt.archive.frame import Footer, check_header
from kompakt.archive.index import Index, Info
from kompakt.archive.index import decode_index as parse_index
from kompakt.archive.layout import (
    FILTERS_FLAG,
    FOOTER_BYTES,
    HEADER_BYTES,
    MAX_BLOCK_HEADER_BYTES,
    PARENTS_FLAG,
    PIPELINES_FLAG,
    SHORT_VERSION,
    Codec,
    ParentKind,
)
from kompakt.archive.names import check_names
from kompakt.archive.short import MAX_ENTRY_BYTES, decode_short
from kompakt.archive.varint import MalformedError
from kompakt.errors import CorruptArchiveError, CorruptBlockError, FileSystemError, TruncatedArchiveError

IndexDecoder = Callable[[BlockHeader, bytes], bytes]


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """A block as the index knows it. `offset` is where its header begins in the archive."""

    number: int
    offset: int
    header: BlockHeader


class ArchiveReader:
    """An open archive.

    file:         seekable, opened for reading; the caller closes it
    name:         of the file, for messages
    decode_index: turns a CM block, header and stream, into its raw bytes; what it raises is raised on

    entries: sorted by name; a hard link has mode and time of its target
    blocks:  by number
    info:    what the writer said about the archive
    bytes_read: how much of the file has been read so far
    index_header: the header of the index; None in a short archive

    Opening raises NotAnArchiveError, TruncatedArchiveError, CorruptArchiveError, UnsupportedError,
    LimitError, UnsafeNameError and FileSystemError. Not for use by several threads at once.
    """

    entries: list[Entry]
    blocks: list[BlockRecord]
    info: Info

    def __init__(self, file: BinaryIO, name: str, *, decode_index: IndexDecoder):
        self.name = name
        self._file = file
        self.bytes_read = 0
        self.archive_bytes = self._size()
        self.format_version, flags = check_header(self._read(0, min(HEADER_BYTES, self.archive_bytes)), name)
        if self.format_version == SHORT_VERSION:
            index, first = self._read_short()
            self.index_header, end = None, self.archive_bytes
        else:
            footer, region = self._read_index_region()
            self.index_header, data, hashes = self._decode_region(region, decode_index)
            try:
                index = parse_index(data, hashes, bool(footer.required_flags & FILTERS_FLAG), name)
            except MalformedError as error:
                raise CorruptArchiveError(f"{name}: the index is malformed: {error}") from None
            first, end, flags = HEADER_BYTES, footer.index_offset, footer.required_flags
        check_names(index.entries, name)
        self.entries = index.entries
        self.info = index.info
        self.blocks = self._place_blocks(index, first, end, flags)

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

    def _read_index_region(self) -> tuple[Footer, bytes]:
        if self.archive_bytes < HEADER_BYTES + FOOTER_BYTES:
            raise TruncatedArchiveError(f"{self.name}: ends after {self.archive_bytes} bytes")
        data = self._read(self.archive_bytes - FOOTER_BYTES, FOOTER_BYTES)
        footer = Footer.decode(data, self.name, self.archive_bytes)
        region = self._read(footer.index_offset, footer.index_bytes)
        footer.verify(region, data, self.name)
        return footer, region

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

    def _read_short(self) -> tuple[Index, int]:
        """Return what an index would say of a short archive, and where its block begins."""
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
        return Index([header], [entry], {}), place

    def _place_blocks(self, index: Index, offset: int, end: int, flags: int) -> list[BlockRecord]:
        records = []
        for number, header in enumerate(index.headers):
            header.check(f"{self.name}: block {number}")
            records.append(BlockRecord(number, offset, header))
            offset += len(header.encode()) + header.coded_bytes
        if offset != end:
            raise CorruptArchiveError(f"{self.name}: the blocks do not fill the space before the index")
        if not flags & PARENTS_FLAG and any(
            header.parent.kind != ParentKind.NONE or header.codec == Codec.MODEL for header in index.headers
        ):
            raise CorruptArchiveError(f"{self.name}: its blocks have parents, but it does not say so")
        if not flags & PIPELINES_FLAG and any(h.codec == Codec.PIPELINE for h in index.headers):
            raise CorruptArchiveError(f"{self.name}: pipelines code its blocks, but it does not say so")
        check_parents(index.headers, self.name)
        return records

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
