"""The bytes of an archive are those of docs/FORMAT.md."""

import json
import struct

import pytest
from blake3 import blake3

from kompakt.archive.block_header import BlockHeader, Parent
from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.layout import Codec
from kompakt.archive.varint import MalformedError, append_varint, read_varint, unzigzag, zigzag
from kompakt.errors import CorruptArchiveError
from tests.archive.samples import MTIME_NS, Extent, Sample, content_hash, file_entry, store


def test_smallest_archive_byte_for_byte():
    content = b"hello"
    data = Sample([store(content)], [file_entry(b"a.txt", content, [Extent(0, 0, 5)])], {"v": 1}).archive()

    start = b"\x89KMP\r\n\x1a\n" + struct.pack("<HI", 1, 0)
    start += blake3(start).digest(4)
    block = bytes([19, 0, 0, 0, 0, 5, 5]) + blake3(content).digest(8)
    block += blake3(block).digest(4) + content
    info = json.dumps({"v": 1}, separators=(",", ":")).encode()
    zigzag_time = bytearray()
    append_varint(zigzag_time, 2 * MTIME_NS)
    columns = bytes([1, 0, 1, 0, 0])  # blocks, directories, files, symbolic links, hard links
    columns += bytes([len(info)]) + info
    columns += bytes([2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 0, 0])  # codec, spec, table bits, parents
    columns += bytes([1, 10, 1, 5])  # raw and coded bytes
    columns += bytes([2, 0, 1, 1, 0, 6]) + b"a.txt\0"
    columns += bytes([3, 0xA4, 0x03, 1])  # mode 0o644, once
    columns += bytes([0, len(zigzag_time)]) + zigzag_time
    columns += bytes([1, 5, 2, 0, 1, 0, 0, 0, 0, 0])  # size, place, no runs, no links
    index = bytes([19 + 0, 0, 0, 0, 0, len(columns), len(columns)]) + blake3(columns).digest(8)
    index += blake3(index).digest(4) + columns
    index += blake3(content).digest(8) + blake3(content).digest(16)
    fields = struct.pack("<QQHI", len(start + block), len(index), 1, 0)
    footer = fields + blake3(index + fields).digest(16) + b"\x89KMPend\n"
    assert data == start + block + index + footer


@pytest.mark.parametrize(
    "header",
    [
        BlockHeader.stored(b"x"),
        BlockHeader.fill(0, 1 << 48),
        BlockHeader.modelled(300, 22, b"x" * 1000, 200),
        BlockHeader(Codec.CM, 7, 22, Parent.of_model(bytes(range(16)), 18), 1 << 30, 1 << 29, b"checksum"),
        BlockHeader(Codec.CM, 7, 22, Parent.of_blocks(12345, 7, 18), 1 << 30, 1 << 29, b"checksum"),
    ],
)
def test_block_header_comes_back(header):
    data = header.encode()
    assert BlockHeader.decode(data + b"stream") == (header, len(data))
    assert len(data) == data[0]


def test_block_header_finds_every_flipped_bit():
    data = BlockHeader.modelled(5, 22, b"x" * 100_000, 20_000).encode()
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(MalformedError):
            BlockHeader.decode(bytes(damaged) + bytes(200))


def test_parent_is_told_in_words():
    assert str(Parent.none()) == "none"
    assert str(Parent.of_blocks(3, 1, 18)) == "block 3"
    assert str(Parent.of_blocks(3, 2, 18)) == "blocks 3 to 4"
    assert str(Parent.of_model(bytes(16), 18)) == "model " + "00" * 16


@pytest.mark.parametrize(
    "header", [BlockHeader.fill(1, 5), BlockHeader.stored(b"1"), BlockHeader.modelled(1, 9, b"12", 1)]
)
def test_block_header_within_limits_passes(header):
    header.check("here")


def test_block_header_of_nothing_is_refused():
    with pytest.raises(CorruptArchiveError, match="here: 0 bytes"):
        BlockHeader.stored(b"").check("here")


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 300, 1 << 32, (1 << 70) - 1])
def test_varint_comes_back(value):
    data = bytearray(b"before")
    append_varint(data, value)
    assert read_varint(bytes(data) + b"behind", 6) == (value, len(data))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x00", b"\xff" * 11, b"\xff" * 9])
def test_varint_that_no_writer_writes_is_refused(data):
    with pytest.raises(MalformedError):
        read_varint(data, 0)


@pytest.mark.parametrize("value", [-1, 1 << 70])
def test_varint_out_of_range_is_refused(value):
    with pytest.raises(ValueError, match="varint"):
        append_varint(bytearray(), value)


def test_zigzag_keeps_small_numbers_small():
    assert [zigzag(value) for value in (0, -1, 1, -2, 2)] == [0, 1, 2, 3, 4]
    for value in (0, -1, 1, 1 << 66, -(1 << 66)):
        assert unzigzag(zigzag(value)) == value


def test_columns_come_back():
    writer = ColumnWriter()
    writer.number(7)
    writer.numbers([1, 300, 0])
    writer.runs([5, 5, 5, 6])
    writer.runs([])
    writer.strings([b"a", b"", b"b/c"])
    writer.blob(b"\0blob")
    reader = ColumnReader(bytes(writer.data))
    assert reader.number() == 7
    assert reader.numbers(3) == [1, 300, 0]
    assert reader.runs(4) == [5, 5, 5, 6]
    assert reader.runs(0) == []
    assert reader.strings(3) == [b"a", b"", b"b/c"]
    assert reader.blob() == b"\0blob"
    reader.end()


def test_content_hash_is_a_prefix_of_blake3():
    assert blake3(b"content").digest().startswith(content_hash(b"content"))
