"""What a writer was given is what a reader finds."""

import io
import os
import random
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from kompakt.archive.block_header import BlockHeader
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.index import EMPTY_HASH, Index, encode_index
from kompakt.archive.layout import SMALL_HASH_BYTES
from kompakt.archive.writer import ArchiveWriter
from kompakt.errors import CorruptBlockError, FileSystemError, LimitError, UnsafeNameError
from tests.archive.samples import (
    MTIME_NS,
    SPEC_ID,
    Sample,
    content_hash,
    deflate,
    file_entry,
    folder,
    hard_link,
    mixed_sample,
    open_archive,
    raw_block,
    store,
    symlink,
)
from tests.inputs import tiny_files


def by_name(entries):
    """Return entries sorted, with as much of their hashes as every index keeps."""
    kept = [replace(entry, content_hash=entry.content_hash[:SMALL_HASH_BYTES]) for entry in entries]
    return sorted(kept, key=lambda entry: entry.name)


def content_of(reader, entry):
    content = b""
    for extent in entry.extents:
        header = reader.blocks[extent.block].header
        raw = raw_block(reader, extent.block)
        content += raw * extent.length if header.codec == 1 else raw[extent.offset :][: extent.length]
    return content


@pytest.mark.parametrize("index_codec", [store, deflate])
def test_every_kind_of_entry_comes_back(index_codec):
    sample = mixed_sample()
    reader = open_archive(sample.archive(index_codec))
    assert by_name(reader.entries) == by_name(sample.entries)
    assert reader.info == sample.info
    assert [record.header for record in reader.blocks] == [header for header, _ in sample.blocks]
    assert [reader.read_stream(number) for number in range(4)] == [stream for _, stream in sample.blocks]
    for entry in reader.entries:
        if entry.kind == Kind.FILE:
            assert content_hash(content_of(reader, entry)).startswith(entry.content_hash)


def test_archive_of_nothing():
    data = Sample().archive()
    reader = open_archive(data)
    assert (reader.entries, reader.blocks, reader.info) == ([], [], {})
    assert len(data) < 150


def test_order_of_entries_does_not_matter():
    sample = mixed_sample()
    first = sample.archive()
    random.Random(1).shuffle(sample.entries)
    assert sample.archive() == first


def test_specs_that_are_needed_are_known_at_once():
    assert open_archive(mixed_sample().archive()).spec_ids == {SPEC_ID}
    assert open_archive(Sample().archive()).spec_ids == set()


def test_names_in_block_are_told():
    reader = open_archive(mixed_sample().archive())
    assert reader.names_in_block(2) == [b"docs/sparse", b"docs/story.txt"]
    error = reader.corrupt_block(3, "it is bad")
    assert (error.block, error.names) == (3, [b"docs/noise.bin", b"\xff not UTF-8 \n"])
    assert str(error) == r"test.kmp: block 3: it is bad (in docs/noise.bin, \xff not UTF-8 \n)"


def test_many_names_are_cut_short_in_messages():
    error = CorruptBlockError("a.kmp", 0, [b"%d" % i for i in range(10)], "bad")
    assert str(error) == "a.kmp: block 0: bad (in 0, 1, 2 and 7 more)"


def test_damaged_block_does_not_hide_others():
    sample = mixed_sample()
    data = bytearray(sample.archive())
    offset = open_archive(bytes(data)).blocks[1].offset
    data[offset + 3] ^= 1
    reader = open_archive(bytes(data))
    with pytest.raises(CorruptBlockError, match="block 1: its header is damaged"):
        reader.read_stream(1)
    assert raw_block(reader, 3) == sample.blocks[3][1]


def test_swapped_blocks_are_noticed():
    one, two = store(b"one"), store(b"two")
    data = Sample([one, two]).archive()
    first, second = one[0].encode() + one[1], two[0].encode() + two[1]
    reader = open_archive(data.replace(first + second, second + first))
    for number in (0, 1):
        with pytest.raises(CorruptBlockError):
            reader.read_stream(number)


def test_archive_that_shrinks_while_open_is_noticed():
    file = io.BytesIO(mixed_sample().archive())
    reader = open_archive(file.getvalue())
    reader._file.truncate(reader.blocks[3].offset + 5)
    with pytest.raises(CorruptBlockError, match="cut short"):
        reader.read_stream(3)


def test_random_trees_come_back():
    for seed in range(60):
        sample = random_sample(random.Random(seed))
        reader = open_archive(sample.archive(deflate))
        assert by_name(reader.entries) == by_name(sample.entries)


def random_sample(source: random.Random) -> Sample:
    """Return entries of all kinds whose files lie all over the blocks, no two extents of a file adjoining."""
    sizes = [source.choice([1, 7, 100, 5000]) for _ in range(source.randrange(1, 8))]
    blocks = [(BlockHeader.fill(source.randrange(256), size), b"?") for size in sizes]
    names = [b"d%d" % i for i in range(source.randrange(5))]
    entries = [folder(name, mode=source.randrange(0o10000)) for name in names]
    files = []
    for number in range(source.randrange(12)):
        above = source.choice([b"", *(name + b"/" for name in names), b"no/entry/"])
        extents = []
        for block in source.sample(range(0, len(sizes), 2), source.randrange((len(sizes) + 1) // 2 + 1)):
            offset = source.randrange(sizes[block])
            extents.append(Extent(block, offset, source.randint(1, sizes[block] - offset)))
        size = sum(extent.length for extent in extents)
        digest = source.randbytes(16) if size else EMPTY_HASH
        mtime_ns = source.choice([0, MTIME_NS, -MTIME_NS, source.randrange(-(1 << 65), 1 << 65)])
        name = above + source.randbytes(3).replace(b"\0", b"_").replace(b"/", b"_") + b"%d" % number
        files.append(Entry(name, Kind.FILE, source.randrange(0o10000), mtime_ns, size, digest, extents))
    links = [
        symlink(b"s%d" % i, source.randbytes(5).replace(b"\0", b"/")) for i in range(source.randrange(3))
    ]
    twins = [hard_link(b"h%d" % i, source.choice(files)) for i in range(source.randrange(3)) if files]
    return Sample(blocks, entries + files + links + twins)


def test_file_over_many_blocks_needs_no_stated_places():
    size = 1 << 20
    blocks = [(BlockHeader.fill(1, size), b"\1")] * 1000
    extents = [Extent(number, 0, size) for number in range(1000)]
    entry = Entry(b"big", Kind.FILE, 0o644, 0, 1000 * size, bytes(16), extents)
    columns, _ = encode_index(Index([header for header, _ in blocks], [entry]))
    other = Entry(b"big", Kind.FILE, 0o644, 0, size, bytes(16), extents[:1])
    assert len(columns) - len(encode_index(Index([header for header, _ in blocks], [other]))[0]) < 4
    assert open_archive(Sample(blocks, [entry]).archive()).entries == [entry]


def test_index_of_3000_small_files_is_small():
    blocks, entries, offset = [], [], 0
    contents = tiny_files(3000)
    block = store(b"".join(contents.values()) or b"?")
    by_kind = sorted(contents, key=lambda name: (PurePosixPath(name).suffix, name))
    source = random.Random(1)
    for name in by_kind:
        size = len(contents[name])
        extents = [Extent(0, offset, size)] if size else []
        mtime_ns = MTIME_NS + source.randrange(10**9)
        entries.append(file_entry(os.fsencode(name), contents[name], extents, mtime_ns=mtime_ns))
        offset += size
    entries += [folder(b"folder%d" % number) for number in range(7)]
    data = b"".join(contents[name] for name in by_kind)
    blocks = [store(data)]
    columns, hashes = encode_index(Index([header for header, _ in blocks], entries))
    assert by_name(open_archive(Sample(blocks, entries).archive()).entries) == by_name(entries)
    assert block[0].raw_bytes == len(data)
    assert len(hashes) < 3000 * 16 + 9
    # names 1 + 7, size 1, time 5 bytes of noise
    assert len(columns) < 3000 * 15
    whole_seconds = [file_entry(entry.name, b"") for entry in entries[:3000]]
    assert len(encode_index(Index([], whole_seconds))[0]) < 3000 * 11


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_times_come_back_in_any_unit(unit):
    entries = [folder(b"%d" % i, mtime_ns=(i - 5) ** 9 * unit) for i in range(10)]
    assert open_archive(Sample([], entries).archive()).entries == entries


def test_writer_refuses_names_that_no_reader_accepts():
    with pytest.raises(UnsafeNameError):
        Sample([], [folder(b"../x")]).archive()


def test_writer_refuses_hard_link_to_nothing():
    with pytest.raises(UnsafeNameError, match="no file of the archive"):
        Sample([], [hard_link(b"x", file_entry(b"gone", b""))]).archive()


def test_writer_refuses_what_exceeds_a_limit():
    block = (BlockHeader.fill(0, 1 << 48), b"\0")
    size = 1 << 48
    files = [Entry(b"%d" % i, Kind.FILE, 0, 0, size, bytes(16), [Extent(0, 0, size)]) for i in range(257)]
    with pytest.raises(LimitError, match="content"):
        Sample([block], files).archive()
    with pytest.raises(LimitError, match="block 0"):
        Sample([(BlockHeader.fill(0, 1 << 49), b"\0")]).archive()


@pytest.mark.parametrize(
    "extents",
    [
        [Extent(0, 0, 6)],
        [Extent(0, 1, 5)],
        [Extent(1, 0, 5)],
        [Extent(-1, 0, 5)],
        [Extent(0, 0, 4)],
        [],
        [Extent(0, 0, 0)],
    ],
)
def test_writer_refuses_wrong_extents(extents):
    with pytest.raises(ValueError, match="extent"):
        Sample([store(b"12345")], [file_entry(b"x", b"12345", extents)]).archive()


def test_writer_refuses_wrong_hash_length():
    entry = file_entry(b"x", b"12345", [Extent(0, 0, 5)])
    entry.content_hash += b"!"
    with pytest.raises(ValueError, match="16 bytes"):
        Sample([store(b"12345")], [entry]).archive()


def test_writer_refuses_stream_of_another_length():
    header, stream = store(b"12345")
    with pytest.raises(ValueError, match="5 bytes"):
        Sample([(header, stream[:4])]).archive()


def test_writer_works_on_a_pipe():
    sample = mixed_sample()
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as reader:
        with open(write_end, "wb", buffering=0) as file:
            writer = ArchiveWriter(file, index_codec=store)
            for header, stream in sample.blocks:
                writer.add_block(header, memoryview(stream))
            writer.finish(sample.entries, sample.info)
        assert reader.read() == sample.archive()


def test_writer_reports_a_full_disk():
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(FileSystemError, match="No space left"):
        ArchiveWriter(full, index_codec=store, name="out.kmp")
