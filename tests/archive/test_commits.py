"""Archives of several commits: what is appended is read, and what makes no sense is refused."""

import io
import random
from dataclasses import replace

import pytest

from kompakt.archive.block_header import BlockHeader
from kompakt.archive.commit import Commit, Touched, decode_commit, encode_commit
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.frame import Footer, encode_mark, end_in_mark
from kompakt.archive.index import Index
from kompakt.archive.layout import HEADER_BYTES, MARK_BYTES, MAX_TIME_S, PARENTS_FLAG, SNAPSHOTS_FLAG
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.varint import MalformedError
from kompakt.archive.writer import ArchiveWriter
from kompakt.errors import (
    ArchiveError,
    CorruptArchiveError,
    LimitError,
    TruncatedArchiveError,
    UnsafeNameError,
)
from tests.archive.samples import (
    Sample,
    deflate,
    file_entry,
    folder,
    hard_link,
    mixed_sample,
    open_archive,
    store,
)
from tests.archive.test_damage import check_damaged, damage
from tests.inputs import random_bytes, text

STORY = text(2000)
FIRST = Sample(
    [store(STORY)],
    [
        folder(b"docs"),
        file_entry(b"docs/story", STORY, [Extent(0, 0, 2000)]),
        file_entry(b"docs/half", STORY[:1000], [Extent(0, 0, 1000)]),
        Entry(b"docs/twin", Kind.HARDLINK, 0o644, 0, target=b"docs/story"),
    ],
)
DOCS, HALF, STORY_NUMBER, TWIN = range(4)


def appended(data: bytes, commit: Commit, *blocks: tuple[BlockHeader, bytes], index_codec=store) -> bytes:
    """Return an archive with one commit more."""
    reader = open_archive(data)
    file = io.BytesIO()
    earlier = [record.header for record in reader.blocks]
    writer = ArchiveWriter(file, index_codec=index_codec, earlier=earlier, start=len(data))
    for header, stream in blocks:
        writer.add_block(header, stream)
    writer.commit(commit)
    return data + file.getvalue()


def forged(columns: bytes, hashes: bytes = b"", data: bytes | None = None) -> bytes:
    """Return an archive with a commit of these parts, nothing checked."""
    data = FIRST.archive() if data is None else data
    header, stream = store(columns)
    index = header.encode() + stream + hashes
    footer = Footer(len(data), len(index), required_flags=SNAPSHOTS_FLAG | PARENTS_FLAG)
    return data + index + footer.encode(index)


def forged_commit(**fields: object) -> bytes:
    """Return an archive with such a commit, nothing checked."""
    return forged(*encode_commit(Commit(**({"snapshot": 2} | fields)), [len(STORY)]))


def three_snapshots(index_codec=store) -> bytes:
    """Return an archive of three snapshots."""
    noise = random_bytes(400)
    edited = STORY[:500] + noise + STORY[500:]
    edited_entry = file_entry(
        b"docs/half", edited, [Extent(0, 0, 500), Extent(1, 0, 400), Extent(0, 500, 1500)], mode=0o600
    )
    second = Commit(
        2,
        50,
        40,
        touched=[Touched(STORY_NUMBER, 0o444, -5)],
        index=Index(entries=[edited_entry], info={"a": 1}),
    )
    third = Commit(
        3, 70, removed=[HALF], index=Index(entries=[file_entry(b"new", noise, [Extent(1, 0, 400)])])
    )
    data = appended(FIRST.archive(index_codec), second, deflate(noise), index_codec=index_codec)
    return appended(data, third, index_codec=index_codec)


def test_a_commit_says_what_it_was_told() -> None:
    entry = file_entry(b"name", STORY, [Extent(0, 0, 1500), Extent(1, 0, 500)])
    block = deflate(STORY[1500:])[0]
    touched = [Touched(3, 0o755, -1), Touched(9, 0o600, 10**18)]
    commit = Commit(7, 100, 50, [1, 5], [0, 2], touched, Index([block], [entry], {"level": 3}))
    assert decode_commit(*encode_commit(commit, [1500]), False, "x", [1500]) == commit


def test_each_snapshot_is_what_it_was() -> None:
    reader = open_archive(three_snapshots())
    assert [(known.number, known.time_s) for known in reader.snapshots] == [(1, 40), (2, 50), (3, 70)]
    assert [known.files for known in reader.snapshots] == [3, 3, 3]
    assert reader.info == {"a": 1}
    found = {}
    for number in (1, 2, 3):
        reader.show(number)
        found[number] = {entry.name: entry for entry in reader.entries}
    assert list(found[1].values()) == open_archive(FIRST.archive()).entries
    assert sorted(found[3]) == [b"docs", b"docs/story", b"docs/twin", b"new"]
    assert found[2][b"docs/half"].size == 2400
    assert found[2][b"docs/story"] == replace(found[1][b"docs/story"], mode=0o444, mtime_ns=-5)
    assert (found[2][b"docs/twin"].mode, found[2][b"docs/twin"].mtime_ns) == (0o444, -5)


def test_a_name_that_comes_back_has_a_new_number() -> None:
    entry = file_entry(b"docs/half", STORY, [Extent(0, 0, 2000)])
    data = appended(FIRST.archive(), Commit(2, removed=[HALF]))
    data = appended(data, Commit(3, index=Index(entries=[entry])))
    data = appended(data, Commit(4, touched=[Touched(4, 0o700, 0)]))
    modes = {entry.name: entry.mode for entry in open_archive(data).entries}
    assert modes[b"docs/half"] == 0o700
    with pytest.raises(CorruptArchiveError, match="not there"):
        open_archive(appended(data, Commit(5, touched=[Touched(HALF, 0o700, 0)])))


def test_a_mark_names_the_last_commit() -> None:
    data = three_snapshots()
    second = open_archive(data).snapshots[-1].added_bytes
    torn = data + bytes(5000) + encode_mark(len(data) - second)
    reader = open_archive(torn)
    assert [known.number for known in reader.snapshots] == [1, 2]
    assert (reader.end, reader.archive_bytes) == (len(data) - second, len(torn))
    assert end_in_mark(torn[-MARK_BYTES:]) == reader.end
    for place in range(len(torn) - MARK_BYTES, len(torn)):
        damaged = bytearray(torn)
        damaged[place] ^= 1
        with pytest.raises(TruncatedArchiveError):
            open_archive(bytes(damaged))
    with pytest.raises(CorruptArchiveError):
        open_archive(data + encode_mark(HEADER_BYTES))


@pytest.mark.parametrize("index_codec", [store, deflate])
def test_damage_is_found_and_never_taken_for_an_append_that_broke_off(index_codec) -> None:
    data = three_snapshots(index_codec)
    good = open_archive(data)
    first, second = (known.added_bytes for known in good.snapshots[:2])
    earlier = (data[:first], data[: first + second])
    source = random.Random(4)
    found = 0
    for _ in range(3000):
        damaged = damage(data, source)
        if damaged != data and damaged not in earlier:
            found += check_damaged(damaged, good) is not None
    assert found > 2500


def test_every_cut_is_found() -> None:
    data = three_snapshots()
    ends = [snapshot.added_bytes for snapshot in open_archive(data).snapshots]
    first, second = ends[0], ends[0] + ends[1]
    for end in range(len(data)):
        if end in (first, second):
            assert len(open_archive(data[:end]).snapshots) == 1 + (end == second)
            continue
        with pytest.raises(ArchiveError):
            open_archive(data[:end])


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (forged_commit(removed=[7]), CorruptArchiveError, "not there"),
        (forged_commit(removed=[1, 1]), CorruptArchiveError, "not there"),
        (forged_commit(removed=[-1]), CorruptArchiveError, "not there"),
        (forged_commit(touched=[Touched(9, 0, 0)]), CorruptArchiveError, "not there"),
        (forged_commit(removed=[0], touched=[Touched(0, 0, 0)]), CorruptArchiveError, "not there"),
        (forged_commit(touched=[Touched(TWIN, 0o644, 0)]), CorruptArchiveError, "hard link"),
        (forged_commit(touched=[Touched(0, 0o10000, 0)]), CorruptArchiveError, "no file mode"),
        (forged_commit(snapshot=1), CorruptArchiveError, "do not grow"),
        (forged_commit(snapshot=1 << 32), CorruptArchiveError, "impossible number"),
        (forged_commit(time_s=MAX_TIME_S + 1), CorruptArchiveError, "impossible number or time"),
        (forged_commit(forgotten=[5]), CorruptArchiveError, "forgets a snapshot"),
        (forged_commit(forgotten=[1, 1]), CorruptArchiveError, "forgets a snapshot"),
        (forged_commit(forgotten=[1, 2]), CorruptArchiveError, "no snapshot"),
        (forged_commit(removed=[STORY_NUMBER]), UnsafeNameError, "is no file of the archive"),
        (
            forged_commit(index=Index(entries=[file_entry(b"docs/half/x", b"")])),
            UnsafeNameError,
            "which is no directory",
        ),
        (forged_commit(index=Index(entries=[file_entry(b"../x", b"")])), UnsafeNameError, "has a part"),
        (forged_commit(index=Index(entries=[folder(b"a"), folder(b"a")])), UnsafeNameError, "occurs twice"),
        (forged_commit(index=Index([store(b"abc")[0]])), CorruptArchiveError, "commit before byte"),
        (forged(b""), CorruptArchiveError, "make no sense"),
        (forged(b"\x05"), CorruptArchiveError, "commit before byte"),
        (forged(b"\xff\xff\xff\x7f"), CorruptArchiveError, "too large"),
        (forged(encode_commit(Commit(2), [])[0] + b"x"), CorruptArchiveError, "follow the last column"),
    ],
)
def test_a_commit_that_lies_is_refused(data: bytes, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        open_archive(data)
    assert str(caught.value).startswith("test.kmp: ")


def test_old_snapshots_are_judged_before_they_are_shown() -> None:
    """The second snapshot is unsafe, the third is not."""
    bad = encode_commit(Commit(2, index=Index(entries=[file_entry(b"docs/half/x", b"")])), [len(STORY)])
    good = encode_commit(Commit(3, removed=[4]), [len(STORY)])
    reader = open_archive(forged(*good, data=forged(*bad)))
    with pytest.raises(UnsafeNameError):
        reader.show(2)
    with pytest.raises(UnsafeNameError):
        list(reader.history.walk())


def test_content_outside_the_blocks_is_refused() -> None:
    entry = file_entry(b"x", STORY, [Extent(0, 0, 2000)])
    columns, hashes = encode_commit(Commit(2, index=Index(entries=[entry])), [len(STORY)])
    with pytest.raises(MalformedError, match="outside"):
        decode_commit(columns, hashes, False, "x", [1999])


def test_indexes_of_all_commits_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kompakt.archive.reader.MAX_RAW_BYTES", 200)
    with pytest.raises(LimitError, match="indexes"):
        open_archive(three_snapshots())


def test_entries_of_all_commits_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = three_snapshots()
    for limit in ("MAX_ENTRIES", "MAX_ALL_NAMES_BYTES", "MAX_PIECES"):
        with monkeypatch.context() as patch:
            patch.setattr(f"kompakt.archive.history.{limit}", 3)
            with pytest.raises(LimitError, match="more than this Kompakt handles"):
                open_archive(data)


def test_many_commits_are_read_in_order() -> None:
    data = FIRST.archive()
    for number in range(2, 300):
        data = appended_quickly(data, number)
    reader = open_archive(data)
    assert len(reader.snapshots) == 299
    assert {entry.name: entry.mode for entry in reader.entries}[b"docs"] == 299
    reader.show(100)
    assert {entry.name: entry.mode for entry in reader.entries}[b"docs"] == 100


def appended_quickly(data: bytes, number: int) -> bytes:
    commit = Commit(number, number, touched=[Touched(DOCS, number, 0)])
    return forged(*encode_commit(commit, [len(STORY)]), data=data)


def test_the_first_commit_may_have_a_number_of_its_own() -> None:
    file = io.BytesIO()
    writer = ArchiveWriter(file, index_codec=store)
    for header, stream in FIRST.blocks:
        writer.add_block(header, stream)
    writer.commit(Commit(5, 60, index=Index(entries=FIRST.entries)))
    reader = open_archive(file.getvalue())
    assert [(known.number, known.time_s) for known in reader.snapshots] == [(5, 60)]
    assert [entry.name for entry in reader.entries] == sorted(entry.name for entry in FIRST.entries)


def test_archives_may_end_before_the_file() -> None:
    data = three_snapshots()
    first = open_archive(data).snapshots[0].added_bytes
    reader = ArchiveReader(io.BytesIO(data), "test.kmp", decode_index=None, end_at=first)
    assert len(reader.snapshots) == 1


def test_what_a_mixed_sample_holds_survives_a_commit() -> None:
    sample = mixed_sample()
    data = appended(
        sample.archive(),
        Commit(2, index=Index(entries=[hard_link(b"b", sample.entries[2]), sample.entries[2]])),
    )
    names = [entry.name for entry in open_archive(data).entries]
    assert names == sorted([*(entry.name for entry in sample.entries), b"b"])
