import fcntl
import os
import random
import resource
import shutil
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from kompakt import batch
from kompakt.archive.entry import Kind
from kompakt.archive.journal import locked
from kompakt.archive.layout import CONTENT_HASH_BYTES, SHORT_VERSION
from kompakt.device import Device
from kompakt.errors import CorruptArchiveError, FileSystemError, TruncatedArchiveError
from kompakt.jobs import INDEX, DecodeJob, DecodeResult
from kompakt.scan import Source, scan
from kompakt.versions import known
from kompakt.versions.append import append_snapshot
from kompakt.versions.compacting import compact
from kompakt.versions.forgetting import forget
from tests import fake_backend
from tests.inputs import random_bytes, text
from tests.trees import make_tree
from tests.versions.versions import (
    SPEC,
    append,
    change_somehow,
    check_snapshot,
    keep_copy,
    make_archive,
    open_path,
)


@pytest.fixture
def archive(tmp_path: Path, fake_device: Device) -> Path:
    """An archive of the folder `tree`, which make_tree() makes."""
    make_archive(tmp_path / "x.kmp", make_tree(tmp_path), fake_device)
    return tmp_path / "x.kmp"


@pytest.mark.parametrize("seed", range(4))
def test_every_snapshot_comes_back_whatever_changed(
    tmp_path: Path, archive: Path, fake_device: Device, seed: int
) -> None:
    source = random.Random(seed)
    folder = tmp_path / "tree"
    kept = [keep_copy(folder, tmp_path / "kept1")]
    for number in range(2, 7):
        change_somehow(folder, source)
        kept.append(keep_copy(folder, tmp_path / f"kept{number}"))
        assert append(archive, folder, fake_device).snapshot == number
    for number, copy in enumerate(kept, 1):
        check_snapshot(archive, number, copy, fake_device, tmp_path)
    reader = open_path(archive, fake_device)
    assert [snapshot.number for snapshot in reader.snapshots] == list(range(1, 7))
    assert sum(snapshot.added_bytes for snapshot in reader.snapshots) == archive.stat().st_size
    verified = batch.verify(reader, fake_device)
    assert verified.block_errors == [] and verified.file_errors == {}


def test_nothing_new_costs_next_to_nothing(tmp_path: Path, archive: Path, fake_device: Device) -> None:
    written = append(archive, tmp_path / "tree", fake_device)
    assert written.changed_files == 0
    assert written.added_bytes < 150
    assert len(open_path(archive, fake_device).history.commits[1].index.entries) == 0


def test_an_edited_file_costs_its_edit(tmp_path: Path, archive: Path, fake_device: Device) -> None:
    path = tmp_path / "tree" / "text.txt"
    content = path.read_bytes()
    path.write_bytes(content[:40_000] + b"A new line.\n" + content[40_000:70_000] + content[70_100:])
    written = append(archive, tmp_path / "tree", fake_device)
    assert written.changed_files == 1  # and its second name, a hard link, is no file of its own
    assert written.added_bytes < 400


def test_five_edits_in_many_files_decode_only_where_they_are(
    tmp_path: Path, fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.txt").write_bytes(text(5000, seed=number))
    sources = scan([folder]).sources
    contents = batch.file_contents(sources, SPEC, 65536)
    with open(tmp_path / "x.kmp", "wb") as file:
        entries = [source.entry for source in sources]
        batch.write_archive(file, "x", entries, contents, spec=SPEC, device=fake_device, grows=False)
    decoded: list[int] = []
    decode = fake_backend.CpuBackend.decode

    def noted(self: object, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        for result in decode(self, jobs):
            decoded.append(result.number)
            yield result

    for number in range(30, 35):
        path = folder / f"{number:03}.txt"
        path.write_bytes(path.read_bytes().replace(b"the", b"an edited", 1))
    monkeypatch.setattr(fake_backend.CpuBackend, "decode", noted)
    written = append(tmp_path / "x.kmp", folder, fake_device)
    assert written.changed_files == 5
    assert written.added_bytes < 1000
    blocks = {
        extent.block
        for entry in open_path(tmp_path / "x.kmp", fake_device).entries
        if entry.name in {b"many/%03d.txt" % number for number in range(30, 35)}
        for extent in entry.extents
    }
    assert set(decoded) - {INDEX} <= blocks
    assert len(open_path(tmp_path / "x.kmp", fake_device).blocks) > 10 > len(blocks)


def test_a_file_that_grows_costs_what_it_grew_by_whatever_its_size(
    tmp_path: Path, fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kompakt.versions.edits.MOST_COMPARED_BYTES", 0)
    log = tmp_path / "logs" / "log"
    log.parent.mkdir()
    log.write_bytes(random_bytes(200_000))
    make_archive(tmp_path / "x.kmp", log.parent, fake_device)
    with open(log, "ab") as file:
        file.write(random_bytes(1000, 2))
    written = append(tmp_path / "x.kmp", log.parent, fake_device)
    assert 1000 < written.added_bytes < 1400
    check_snapshot(tmp_path / "x.kmp", 2, log.parent, fake_device, tmp_path)


def test_a_file_that_is_moved_or_comes_back_costs_no_content(
    tmp_path: Path, archive: Path, fake_device: Device
) -> None:
    noise = tmp_path / "tree" / "deep" / "noise.bin"
    content = noise.read_bytes()
    noise.rename(tmp_path / "tree" / "moved.bin")
    assert append(archive, tmp_path / "tree", fake_device).added_bytes < 400
    (tmp_path / "tree" / "moved.bin").unlink()
    append(archive, tmp_path / "tree", fake_device)
    noise.write_bytes(content)
    assert append(archive, tmp_path / "tree", fake_device).added_bytes < 400
    check_snapshot(archive, 4, tmp_path / "tree", fake_device, tmp_path)


def read_files(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list that gets the paths of files whose hash is taken."""
    paths: list[Path] = []
    hash_of = known._hash_of

    def noted(source: Source) -> bytes:
        paths.append(source.path)
        return hash_of(source)

    monkeypatch.setattr(known, "_hash_of", noted)
    return paths


def test_files_that_look_unchanged_are_read_only_if_asked_for(
    tmp_path: Path, archive: Path, fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tree"
    later_s = int((folder / "text.txt").stat().st_ctime) + 10
    append(archive, folder, fake_device, time_s=later_s)
    paths = read_files(monkeypatch)
    append(archive, folder, fake_device, time_s=later_s)
    assert paths == []
    append(archive, folder, fake_device, time_s=later_s, checksum=True)
    assert folder / "tool.sh" in paths


def test_a_change_behind_the_back_of_the_times_is_found(
    tmp_path: Path, archive: Path, fake_device: Device
) -> None:
    """Same size and modification time, in place and by another file moved there: the ctime tells."""
    folder = tmp_path / "tree"
    for name in ("text.txt", "tool.sh"):
        path = folder / name
        status = path.stat()
        changed = bytearray(path.read_bytes())
        changed[5] ^= 1
        if name == "tool.sh":
            path = folder / "other"
        path.write_bytes(changed)
        path.chmod(status.st_mode)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    (folder / "other").replace(folder / "tool.sh")
    written = append(archive, folder, fake_device)
    assert written.changed_files == 2
    check_snapshot(archive, 2, folder, fake_device, tmp_path)


def test_only_modes_and_times_that_changed_are_written(
    tmp_path: Path, archive: Path, fake_device: Device
) -> None:
    folder = tmp_path / "tree"
    for path in folder.rglob("*"):
        os.utime(path, ns=(1, 1_700_000_000 * 10**9), follow_symlinks=False)
    written = append(archive, folder, fake_device)
    assert written.changed_files == 0
    assert written.added_bytes < 250
    check_snapshot(archive, 2, folder, fake_device, tmp_path)


def test_a_short_archive_gets_an_index(tmp_path: Path, fake_device: Device) -> None:
    (tmp_path / "one").write_bytes(text(5000))
    path = tmp_path / "one.kmp"
    make_archive(path, tmp_path / "one", fake_device)
    assert open_path(path, fake_device).format_version == SHORT_VERSION
    first_s = int(path.stat().st_mtime)
    (tmp_path / "one").write_bytes(text(6000))
    append(path, tmp_path / "one", fake_device)
    reader = open_path(path, fake_device)
    assert reader.snapshots[0].time_s == first_s
    contents = {}
    for number in (1, 2):
        reader.show(number)
        (entry,) = reader.entries
        contents[number] = b"".join(batch.read_contents(reader, [entry], fake_device).chunks(entry))
    assert contents == {1: text(5000), 2: text(6000)}


def test_an_empty_snapshot_is_one(tmp_path: Path, archive: Path, fake_device: Device) -> None:
    written = append_snapshot(archive, [], 5, device=fake_device)
    assert (written.files, written.bytes_in) == (0, 0)
    reader = open_path(archive, fake_device)
    assert reader.entries == []
    reader.show(1)
    assert len(reader.entries) > 5


def test_a_file_that_vanishes_is_left_out(tmp_path: Path, archive: Path, fake_device: Device) -> None:
    (tmp_path / "tree" / "new").write_bytes(text(900))
    sources = scan([tmp_path / "tree"]).sources
    (tmp_path / "tree" / "new").unlink()
    written = append_snapshot(archive, sources, 5, device=fake_device)
    assert written.unreadable == 1 and "new" in written.warnings[0]
    assert b"tree/new" not in [entry.name for entry in open_path(archive, fake_device).entries]


def test_what_cannot_be_compared_is_coded_anew(tmp_path: Path, archive: Path, fake_device: Device) -> None:
    """The block with the earlier version is damaged; the new version is whole."""
    reader = open_path(archive, fake_device)
    (extent, *_) = next(entry for entry in reader.entries if entry.name == b"tree/deep/same text.txt").extents
    block = reader.blocks[extent.block]
    data = bytearray(archive.read_bytes())
    data[block.offset + len(block.header.encode()) + 20] ^= 255
    archive.write_bytes(data)
    path = tmp_path / "tree" / "text.txt"
    path.write_bytes(b"An edit. " + path.read_bytes())
    written = append(archive, tmp_path / "tree", fake_device)
    assert written.unreadable == 0
    assert "earlier version is damaged" in written.warnings[0]
    reader = open_path(archive, fake_device)
    edited = [entry for entry in reader.entries if entry.name == b"tree/deep/same text.txt"]
    contents = batch.read_contents(reader, edited, fake_device)
    assert b"".join(contents.chunks(edited[0])) == path.read_bytes()


def test_files_whose_hash_is_kept_in_part_are_compared(tmp_path: Path, fake_device: Device) -> None:
    folder = tmp_path / "equal"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}").write_bytes(text(3000, seed=number // 3))
    (folder / "tiny").write_bytes(b"tiny")
    make_archive(tmp_path / "x.kmp", folder, fake_device)
    assert {len(entry.content_hash) for entry in open_path(tmp_path / "x.kmp", fake_device).entries} == {0, 4}
    os.utime(folder / "4", (5, 5))
    written = append(tmp_path / "x.kmp", folder, fake_device)
    assert written.changed_files == 0
    (folder / "5").write_bytes(text(3000, seed=1)[:-1] + b"!")
    assert append(tmp_path / "x.kmp", folder, fake_device).changed_files == 1
    os.link(folder / "7", folder / "link")
    append(tmp_path / "x.kmp", folder, fake_device)
    for _ in range(2):
        check_snapshot(tmp_path / "x.kmp", 4, folder, fake_device, tmp_path)
        forget(
            tmp_path / "x.kmp", [open_path(tmp_path / "x.kmp", fake_device).snapshots[0].number], fake_device
        )
        compact(tmp_path / "x.kmp", fake_device)


def test_copies_under_other_names_are_found_by_what_is_kept_of_their_hash(
    tmp_path: Path, fake_device: Device
) -> None:
    folder = tmp_path / "trees"
    (folder / "1").mkdir(parents=True)
    for number in range(9):
        (folder / "1" / f"{number}").write_bytes(text(3000, seed=number // 2))
    make_archive(tmp_path / "x.kmp", folder, fake_device)
    shutil.copytree(folder / "1", folder / "2")
    (folder / "2" / "5").write_bytes(random_bytes(500, 1))
    written = append(tmp_path / "x.kmp", folder, fake_device)
    assert (written.changed_files, written.warnings) == (9, [])
    assert written.added_bytes < 500 + 400
    check_snapshot(tmp_path / "x.kmp", 2, folder, fake_device, tmp_path)


def test_an_edited_file_in_a_copied_folder_costs_its_edit(tmp_path: Path, fake_device: Device) -> None:
    folder = tmp_path / "trees"
    (folder / "1" / "deep").mkdir(parents=True)
    for number in range(9):
        (folder / "1" / "deep" / f"{number}").write_bytes(random_bytes(3000, number))
    make_archive(tmp_path / "x.kmp", folder, fake_device)
    for copy in ("2", "3"):
        shutil.copytree(folder / "1", folder / copy)
        edited = folder / copy / "deep" / "5"
        edited.write_bytes(edited.read_bytes()[:1500] + copy.encode() * 100 + edited.read_bytes()[1500:])
    written = append(tmp_path / "x.kmp", folder, fake_device)
    assert (written.changed_files, written.warnings) == (18, [])
    assert written.added_bytes < 200 + 700
    check_snapshot(tmp_path / "x.kmp", 2, folder, fake_device, tmp_path)


def copied_and_edited(tmp_path: Path, device: Device) -> Path:
    """Make x.kmp of a folder in which a folder then gets a copy with one edit; return the outer one."""
    folder = tmp_path / "trees"
    (folder / "1").mkdir(parents=True)
    for number in range(9):
        (folder / "1" / f"{number}").write_bytes(random_bytes(3000, number))
    make_archive(tmp_path / "x.kmp", folder, device)
    shutil.copytree(folder / "1", folder / "2")
    edited = folder / "2" / "5"
    edited.write_bytes(edited.read_bytes()[:1500] + b"new" * 20 + edited.read_bytes()[1500:])
    return folder


def test_originals_of_a_copied_folder_are_read_where_they_lie(
    tmp_path: Path, fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied_and_edited(tmp_path, fake_device)
    with monkeypatch.context() as patch:
        patch.setattr("kompakt.versions.edits.read_contents", None)
        written = append(tmp_path / "x.kmp", folder, fake_device)
    assert written.added_bytes < 600
    check_snapshot(tmp_path / "x.kmp", 2, folder, fake_device, tmp_path)


def test_an_original_that_changed_too_is_decoded(tmp_path: Path, fake_device: Device) -> None:
    folder = copied_and_edited(tmp_path, fake_device)
    (folder / "1" / "5").write_bytes(random_bytes(3000, 50))
    written = append(tmp_path / "x.kmp", folder, fake_device)
    assert written.added_bytes < 3000 + 700
    check_snapshot(tmp_path / "x.kmp", 2, folder, fake_device, tmp_path)


def test_a_part_of_a_hash_is_never_trusted(
    tmp_path: Path, fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "alike"
    folder.mkdir()
    for name in ("one", "same"):
        (folder / name).write_bytes(text(3000, seed=1))
    make_archive(tmp_path / "x.kmp", folder, fake_device)
    (folder / "other").write_bytes(text(3000, seed=2))
    digest = blake3(text(3000, seed=1)).digest(CONTENT_HASH_BYTES)
    monkeypatch.setattr("kompakt.versions.known._hash_of", lambda source: digest)
    append(tmp_path / "x.kmp", folder, fake_device)
    check_snapshot(tmp_path / "x.kmp", 2, folder, fake_device, tmp_path)


def test_two_at_once_are_one_too_many(tmp_path: Path, archive: Path, fake_device: Device) -> None:
    before = archive.read_bytes()
    with locked(archive), pytest.raises(FileSystemError, match="another process is changing it"):
        append(archive, tmp_path / "tree", fake_device)
    assert archive.read_bytes() == before


def test_an_archive_that_was_replaced_meanwhile_is_not_touched(
    tmp_path: Path, archive: Path, fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = archive.read_bytes()

    def replace_it(*arguments: object) -> None:
        other = tmp_path / "other.kmp"
        other.write_bytes(before)
        other.replace(archive)

    with pytest.raises(FileSystemError, match="replaced"):
        append(archive, tmp_path / "tree", fake_device, start=replace_it)
    assert archive.read_bytes() == before


def test_without_room_the_archive_is_as_it_was(tmp_path: Path, archive: Path, fake_device: Device) -> None:
    before = archive.read_bytes()
    (tmp_path / "tree" / "more").write_bytes(random_bytes(30_000, 7))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for room in (100, 20_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(len(before), 30_000) + room, limits[1]))
        try:
            with pytest.raises(FileSystemError):
                append(archive, tmp_path / "tree", fake_device)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert archive.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree", "x.kmp"]


@pytest.mark.parametrize("step", ["mark", "part", "read back", "cut"])
def test_what_breaks_off_leaves_the_snapshots_before(
    tmp_path: Path, archive: Path, fake_device: Device, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Ends at each step of the commit as if the process had died, and then goes on with a new append."""
    append(archive, tmp_path / "tree", fake_device)
    before = archive.read_bytes()
    kept = keep_copy(tmp_path / "tree", tmp_path / "kept")
    (tmp_path / "tree" / "more").write_bytes(random_bytes(3000, 7))

    class Died(BaseException):
        pass

    syncs = {"mark": 1, "part": 2, "read back": 99, "cut": 3}[step]
    fsync, truncate = os.fsync, os.ftruncate

    def counted_sync(descriptor: int) -> None:
        nonlocal syncs
        fsync(descriptor)
        syncs -= 1
        if not syncs:
            monkeypatch.setattr("os.ftruncate", lambda *arguments: None)  # nobody cleans up after a kill
            raise Died

    def check(*arguments: object, **options: object) -> None:
        if "end_at" in options:
            monkeypatch.setattr("os.ftruncate", lambda *arguments: None)
            raise Died
        return open_archive(*arguments, **options)

    open_archive = batch.open_archive
    monkeypatch.setattr("os.fsync", counted_sync)
    if step == "read back":
        monkeypatch.setattr("kompakt.versions.adding.open_archive", check)
    with pytest.raises(Died):
        append(archive, tmp_path / "tree", fake_device)
    monkeypatch.setattr("os.fsync", fsync)
    monkeypatch.setattr("os.ftruncate", truncate)
    monkeypatch.setattr("kompakt.versions.adding.open_archive", open_archive)

    reader = open_path(archive, fake_device)
    if step == "cut":
        assert [snapshot.number for snapshot in reader.snapshots] == [1, 2, 3]
    else:
        assert [snapshot.number for snapshot in reader.snapshots] == [1, 2]
        assert archive.read_bytes()[: reader.end] == before
        assert reader.archive_bytes > reader.end
        check_snapshot(archive, 2, kept, fake_device, tmp_path)
    number = append(archive, tmp_path / "tree", fake_device).snapshot
    check_snapshot(archive, number, tmp_path / "tree", fake_device, tmp_path)
    reader = open_path(archive, fake_device)
    assert reader.end == reader.archive_bytes


def test_a_committed_snapshot_that_is_cut_is_no_append_that_broke_off(
    tmp_path: Path, archive: Path, fake_device: Device
) -> None:
    first = archive.stat().st_size
    (tmp_path / "tree" / "more").write_bytes(random_bytes(3000, 7))
    append(archive, tmp_path / "tree", fake_device)
    data = archive.read_bytes()
    for end in range(first + 1, len(data), 37):
        archive.write_bytes(data[:end])
        with pytest.raises((TruncatedArchiveError, CorruptArchiveError)):
            open_path(archive, fake_device)
        with pytest.raises((TruncatedArchiveError, CorruptArchiveError)):
            append(archive, tmp_path / "tree", fake_device)
        assert archive.read_bytes() == data[:end]


def test_locks_are_of_the_whole_system(tmp_path: Path, archive: Path) -> None:
    with locked(archive), open(archive, "rb") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_hard_links_of_new_and_old_files_stay_links(
    tmp_path: Path, archive: Path, fake_device: Device
) -> None:
    folder = tmp_path / "tree"
    os.link(folder / "tool.sh", folder / "another name")
    append(archive, folder, fake_device)
    (folder / "text.txt").chmod(0o600)
    append(archive, folder, fake_device)
    check_snapshot(archive, 3, folder, fake_device, tmp_path)
    modes = {e.name: e.mode for e in open_path(archive, fake_device).entries if e.kind == Kind.HARDLINK}
    assert modes == {b"tree/text.txt": 0o600, b"tree/tool.sh": 0o755}
