"""Short archives: what fits one comes back, what does not has an index, and damage is found."""

import io
import random

import pytest

from kompakt.archive.block_header import BlockHeader
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.writer import ArchiveWriter
from kompakt.errors import ArchiveError, CorruptArchiveError, TruncatedArchiveError, UnsafeNameError
from tests.archive.samples import deflate, file_entry, folder, inflate, store
from tests.inputs import random_bytes, text

CONTENT = text(3000)


def written(entries, blocks) -> bytes:
    output = io.BytesIO()
    writer = ArchiveWriter(output, index_codec=store, may_be_short=True)
    for header, stream in blocks:
        writer.add_block(header, stream)
    writer.finish(entries, {})
    assert writer.bytes_written == len(output.getvalue())
    return output.getvalue()


def read(data: bytes) -> ArchiveReader:
    return ArchiveReader(io.BytesIO(data), "x.kmp", decode_index=inflate)


def entry(name: bytes = b"data", content: bytes = CONTENT, **fields: object) -> Entry:
    return file_entry(name, content, [Extent(0, 0, len(content))], **fields)


@pytest.mark.parametrize("mtime_ns", [0, -1, 1_700_000_000_123_456_789, 5 * 10**18, -(10**9)])
@pytest.mark.parametrize("block", [deflate, store])
def test_one_file_in_one_block_comes_back_without_an_index(block, mtime_ns):
    header, stream = block(CONTENT)
    data = written([entry(b"a/name \xff", mode=0o4755, mtime_ns=mtime_ns)], [(header, stream)])
    assert len(data) < len(stream) + 70 + len(header.encode())
    archive = read(data)
    (back,) = archive.entries
    assert (back.name, back.kind, back.mode, back.mtime_ns) == (b"a/name \xff", Kind.FILE, 0o4755, mtime_ns)
    assert back.size == len(CONTENT)
    assert archive.format_version == 2
    assert archive.read_stream(0) == bytes(stream)


@pytest.mark.parametrize(
    ("entries", "blocks"),
    [
        ([], []),
        ([file_entry(b"empty", b"")], []),
        ([entry(), folder(b"f")], [deflate(CONTENT)]),
        ([file_entry(b"part", CONTENT[:9], [Extent(0, 0, 9)])], [deflate(CONTENT)]),
        ([entry(content=b"ab" * 9)], [(BlockHeader.fill(97, 18), b"a")]),
        ([entry(content=random_bytes(1 << 21))], [store(random_bytes(1 << 21))]),
    ],
    ids=["nothing", "empty", "folder beside", "part of a block", "run", "large"],
)
def test_what_is_not_one_small_file_has_an_index(entries, blocks):
    data = written(entries, blocks)
    archive = read(data)
    assert archive.format_version == 1
    assert [back.name for back in archive.entries] == sorted(one.name for one in entries)
    for number, (_, stream) in enumerate(blocks):
        assert archive.read_stream(number) == bytes(stream)


def test_every_flipped_bit_before_the_stream_is_found():
    header, stream = deflate(CONTENT)
    data = written([entry()], [(header, stream)])
    for bit in range(8 * (len(data) - len(stream))):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ArchiveError, match=r"x\.kmp"):
            read(bytes(damaged))


def test_missing_and_additional_bytes_are_found():
    data = written([entry()], [deflate(CONTENT)])
    source = random.Random(1)
    for end in (0, 5, 18, 19, 30, *source.sample(range(60, len(data)), 20), len(data) - 1):
        with pytest.raises(ArchiveError):
            read(data[:end])
    with pytest.raises(TruncatedArchiveError, match="1 bytes are missing"):
        read(data[:-1])
    with pytest.raises(CorruptArchiveError, match="3 bytes follow"):
        read(data + b"abc")


@pytest.mark.parametrize("name", [b"../evil", b"/evil", b"", b"a\0b", b"a//b"])
def test_names_that_lead_out_are_refused(name, monkeypatch):
    monkeypatch.setattr("kompakt.archive.writer.check_names", lambda entries, archive: None)
    data = written([entry(name)], [deflate(CONTENT)])
    with pytest.raises((UnsafeNameError, CorruptArchiveError)):
        read(data)
