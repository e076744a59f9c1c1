"""The index of files that share content: what comes back, what it costs, and what is refused."""

import contextlib
import random
import tracemalloc
from dataclasses import replace

import pytest

from kompakt.archive import places
from kompakt.archive.block_header import BlockHeader
from kompakt.archive.columns import ColumnWriter
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.index import Index
from kompakt.archive.layout import SHARED_FLAG, SMALL_CONTENT_BYTES
from kompakt.archive.listing import read_names, write_names
from kompakt.archive.shared_index import MOST_ENTRIES_FREE, decode_shared, encode_shared, hash_bytes
from kompakt.archive.varint import MalformedError
from kompakt.errors import ArchiveError, LimitError
from tests.archive.hostile import damage, forge
from tests.archive.samples import Sample, file_entry, folder, hard_link, open_archive, store, symlink

CONTENT = bytes(range(256)) * 20


def versions(count: int, files: int, source: random.Random) -> tuple[list[Entry], int]:
    """Return the entries of `count` folders, each a little different from the one before, and their bytes."""
    tree = {b"src/d%d/file%03d.py" % (n % 9, n): n for n in range(files)}
    entries, size = [], 10 * files
    held = {name: Extent(0, 10 * n, 10) for name, n in tree.items()}
    for version in range(count):
        top = b"v%03d" % version
        names = sorted(held)
        for name in source.sample(names, 3) if version else []:
            held[name] = Extent(0, size, 10)
            size += 10
        if version % 3 == 1:
            held.pop(source.choice(names))
            held[b"src/d1/new%d" % version] = Extent(0, size, 10)
            size += 10
        folders = {name[:end] for name in held for end in range(len(name)) if name[end : end + 1] == b"/"}
        entries += [folder(top), *(folder(top + b"/" + name) for name in sorted(folders))]
        for name, extent in held.items():
            entries.append(file_entry(top + b"/" + name, b"x" * 10, [extent]))
            entries[-1].content_hash = b"%016d" % extent.offset
    return entries, size


def kept(entries: list[Entry]) -> list[Entry]:
    """Return entries as such an index tells them: sorted, with what it keeps of their hashes."""
    cut = [replace(entry, content_hash=entry.content_hash[: hash_bytes(entry.size)]) for entry in entries]
    return sorted(cut, key=lambda entry: entry.name)


def coded(entries: list[Entry], sizes: list[int]) -> tuple[bytes, bytes]:
    return encode_shared(Index([BlockHeader.fill(0, size) for size in sizes], entries, {"a": 1}))


def test_versions_come_back_and_cost_what_changed() -> None:
    entries, size = versions(60, 100, random.Random(1))
    columns, hashes = coded(entries, [size])
    index = decode_shared(columns, hashes, "x")
    assert index.entries == kept(entries)
    assert index.info == {"a": 1}
    assert len(columns) < 2 * (100 * 14 + 60 * 3 * 5)


def test_everything_comes_back_whatever_the_order_of_the_pieces() -> None:
    for seed in range(60):
        source = random.Random(seed)
        sizes = [source.choice([10, 1000, 70_000]) for _ in range(source.randrange(1, 6))]
        entries = [folder(b"%c" % name, mode=source.randrange(0o7777)) for name in b"abc"]
        for number in range(source.randrange(20)):
            extents = []
            for _ in range(source.randrange(4)):
                block = source.randrange(len(sizes))
                offset = source.randrange(sizes[block])
                extents.append(Extent(block, offset, source.randint(1, sizes[block] - offset)))
            if len({extent.block for extent in extents}) < len(extents):
                extents = extents[:1]  # pieces that adjoin would come back as one
            name = b"%c/%d" % (source.choice(b"abc"), number // 2)
            if any(entry.name == name for entry in entries):
                continue
            entry = Entry(name, Kind.FILE, source.randrange(0o7777), source.randrange(-(1 << 60), 1 << 60))
            entry.extents = extents
            entry.size = sum(extent.length for extent in extents)
            entry.content_hash = source.randbytes(16) if entry.size else file_entry(b"", b"").content_hash
            entries.append(entry)
        files = [entry for entry in entries if entry.kind == Kind.FILE]
        entries += [symlink(b"link%d" % number, b"to/%d" % number) for number in range(source.randrange(4))]
        entries += [hard_link(b"hard%d" % number, file) for number, file in enumerate(files[:2])]
        columns, hashes = coded(entries, sizes)
        again = decode_shared(columns, hashes, "x").entries
        for one, other in zip(again, kept(entries), strict=True):
            assert one.name == other.name
            if other.size:
                assert one == other
            else:
                assert replace(one, content_hash=b"") == replace(other, content_hash=b"")


def test_an_archive_says_that_its_files_share_content() -> None:
    one = file_entry(b"one", CONTENT, [Extent(0, 0, len(CONTENT))])
    reader = open_archive(Sample([store(CONTENT)], [one, replace(one, name=b"two")]).archive())
    assert reader.entries == kept([one, replace(one, name=b"two")])
    alone = open_archive(Sample([store(CONTENT)], [one]).archive())
    assert len(alone.entries[0].content_hash) == 16


def test_large_content_keeps_its_whole_hash() -> None:
    assert hash_bytes(SMALL_CONTENT_BYTES) == 16
    assert hash_bytes(SMALL_CONTENT_BYTES - 1) == 4


@pytest.mark.parametrize(
    "names",
    [
        {},
        {Kind.DIRECTORY: [b"a", b"a/b", b"a/b/c"], Kind.FILE: [b"a/b/c/d", b"top"]},
        {Kind.DIRECTORY: [b"v1", b"v1/s", b"v2", b"v2/s", b"v3"], Kind.FILE: [b"v1/s/x", b"v2/s/y", b"v3/x"]},
        {Kind.FILE: [b"no/entry/x", b"no/entry/y"], Kind.SYMLINK: [b"no/z"], Kind.HARDLINK: [b"a"]},
    ],
)
def test_names_come_back(names: dict[Kind, list[bytes]]) -> None:
    names = {kind: names.get(kind, []) for kind in (Kind.DIRECTORY, Kind.FILE, Kind.SYMLINK, Kind.HARDLINK)}
    columns = ColumnWriter()
    written = write_names(columns, names)
    reader = open_columns(columns)
    counts = {kind: len(of_kind) for kind, of_kind in names.items()}
    assert read_names(reader, counts, "x") == written
    assert {kind: sorted(listing.names) for kind, listing in written.items()} == {
        kind: sorted(of_kind) for kind, of_kind in names.items()
    }


def open_columns(columns: ColumnWriter):
    from kompakt.archive.columns import ColumnReader

    return ColumnReader(bytes(columns.data))


def test_random_columns_with_right_checksums_give_typed_errors() -> None:
    entries, size = versions(4, 30, random.Random(2))
    data = bytes(size)
    columns, hashes = encode_shared(Index([BlockHeader.stored(data)], entries, {}))
    source = random.Random(7)
    opened = 0
    for _ in range(1500):
        damaged = damage(columns, source)
        with contextlib.suppress(ArchiveError):
            open_archive(forge(damaged, hashes, [store(data)], flags=SHARED_FLAG))
            opened += 1
    assert opened < 1000


def test_many_entries_of_few_bytes_are_refused() -> None:
    columns = ColumnWriter()
    for number in (0, 0, 1 << 23, 0, 0):
        columns.number(number)
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="entries"):
            decode_shared(bytes(columns.data), b"", "x")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert MOST_ENTRIES_FREE < 1 << 23


def test_a_file_in_2_to_the_60_pieces_is_refused() -> None:
    entries = [file_entry(b"a", CONTENT, [Extent(0, 0, len(CONTENT))])]
    columns, hashes = encode_shared(Index([BlockHeader.stored(CONTENT)], entries, {}))
    codes = bytes([2, 0, 1])
    huge = ColumnWriter()
    huge.runs([1 << 60])
    assert columns.count(codes) >= 1
    at = columns.rindex(codes)
    forged = columns[:at] + bytes(huge.data) + columns[at + 3 :]
    with pytest.raises(MalformedError):
        decode_shared(forged, hashes, "x")


def test_files_of_more_pieces_than_their_columns_allow_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [store(b"%d" % number) for number in range(200)]
    everything = [Extent(number, 0, len(data)) for number, (_, data) in enumerate(blocks)]
    size = sum(extent.length for extent in everything)
    entries = []
    for number in range(100):
        entries.append(file_entry(b"%d" % number, b"x" * size, everything))
        entries[-1].content_hash = b"%016d" % number
    columns, hashes = encode_shared(Index([header for header, _ in blocks], entries, {}))
    assert decode_shared(columns, hashes, "x").entries == kept(entries)
    monkeypatch.setattr(places, "MOST_RUNS_FREE", 100)
    monkeypatch.setattr(places, "MOST_RUNS_A_BYTE", 1)
    with pytest.raises(MalformedError, match="more pieces"):
        decode_shared(columns, hashes, "x")
