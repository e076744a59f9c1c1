"""Short archives: one file in one block, without an index, for files so small that an index would weigh.

Behind the header lie the entry and its check, then the block, then nothing. The block's checksum, which is
the start of the content's hash, is all there is of it.
"""

from collections.abc import Sequence

from blake3 import blake3

from kompakt.archive.block_header import BlockHeader
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.layout import (
    ENTRY_CHECK_BYTES,
    HEADER_BYTES,
    MAX_BLOCK_HEADER_BYTES,
    MAX_MTIME_NS,
    MAX_NAME_BYTES,
    MAX_VARINT_BYTES,
    Codec,
    Filter,
    MtimeUnit,
)
from kompakt.archive.varint import MalformedError, append_varint, read_varint, unzigzag, zigzag

MAX_STREAM_BYTES = 1 << 20
"""Longer streams go into archives with an index, which weighs nothing there."""

_CODECS = (Codec.CM, Codec.PIPELINE, Codec.STORED)
MAX_ENTRY_BYTES = MAX_NAME_BYTES + 3 * MAX_VARINT_BYTES + 1 + ENTRY_CHECK_BYTES


def can_be_short(entries: Sequence[Entry], headers: Sequence[BlockHeader]) -> bool:
    """Return whether an archive of these entries and blocks may be short."""
    if len(entries) != 1 or len(headers) != 1 or entries[0].kind != Kind.FILE:
        return False
    header = headers[0]
    whole = [Extent(0, 0, header.raw_bytes)]
    fits = header.coded_bytes <= MAX_STREAM_BYTES and abs(entries[0].mtime_ns) < MAX_MTIME_NS
    is_plain = entries[0].filter == Filter.NONE and list(entries[0].extents) == whole
    return header.codec in _CODECS and is_plain and fits


def encode_entry(entry: Entry) -> bytes:
    """Return name, mode and time of a file, and their check."""
    out = bytearray()
    append_varint(out, len(entry.name))
    out += entry.name
    append_varint(out, entry.mode)
    unit = max(unit for unit in MtimeUnit if entry.mtime_ns % 10**unit == 0)
    out.append(unit)
    append_varint(out, zigzag(entry.mtime_ns // 10**unit))
    return bytes(out) + blake3(out).digest(ENTRY_CHECK_BYTES)


def decode_short(data: bytes) -> tuple[Entry, BlockHeader, int]:
    """Return entry, block header and where the block begins, of an archive that begins with `data`.

    data: at least MAX_ENTRY_BYTES and MAX_BLOCK_HEADER_BYTES behind the header, or all there is
    Raises MalformedError.
    """
    length, place = read_varint(data, HEADER_BYTES)
    if length > min(MAX_NAME_BYTES, len(data) - place):
        raise MalformedError("the name is too long")
    name = data[place : place + length]
    mode, place = read_varint(data, place + length)
    unit = data[place] if place < len(data) else 255
    if unit not in set(MtimeUnit) or mode > 0o7777:
        raise MalformedError("the entry is damaged")
    mtime, place = read_varint(data, place + 1)
    check = data[place : place + ENTRY_CHECK_BYTES]
    if blake3(data[HEADER_BYTES:place]).digest(ENTRY_CHECK_BYTES) != check:
        raise MalformedError("the entry is damaged")
    mtime_ns = unzigzag(mtime) * 10**unit
    if abs(mtime_ns) >= MAX_MTIME_NS:
        raise MalformedError("the modification time is out of range")
    place += ENTRY_CHECK_BYTES
    header, _ = BlockHeader.decode(data[place : place + MAX_BLOCK_HEADER_BYTES])
    if header.codec not in _CODECS:
        raise MalformedError("the block is no content")
    entry = Entry(name, Kind.FILE, mode, mtime_ns, header.raw_bytes, header.checksum)
    entry.extents = [Extent(0, 0, header.raw_bytes)]
    return entry, header, place
