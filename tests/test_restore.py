"""Files come back as they were, inside the target folder or not at all."""

import os
import resource
import stat

import pytest

from kompakt.archive.entry import Kind
from kompakt.errors import FileSystemError, UnsafeNameError, UsageError
from kompakt.restore import Restorer, select
from kompakt.scan import scan
from tests.archive.hostile import HOSTILE_LINKS
from tests.archive.samples import MTIME_NS, file_entry, folder, hard_link, symlink
from tests.inputs import random_bytes, tiny_files


def restore(target, contents, others=(), **options):
    """Restore files from (entry, content) pairs and other entries; return the names that are missing."""
    entries = [entry for entry, _ in contents] + list(others)
    with Restorer(target, entries, **options) as restorer:
        for entry, content in contents:
            restorer.write(entry, pieces_of(content))
        return restorer.finish()


def pieces_of(content, size=1000):
    for start in range(0, len(content), size):
        yield memoryview(content)[start : start + size]


def everything_below(path):
    return sorted(str(found.relative_to(path)) for found in path.rglob("*"))


FILE = (file_entry(b"d/file", b"content"), b"content")


def test_tree_comes_back_with_modes_times_and_links(tmp_path):
    first = (file_entry(b"d/first", b"1" * 5000, mode=0o4711, mtime_ns=-123_456_789), b"1" * 5000)
    others = [
        folder(b"d", mode=0o555, mtime_ns=5),
        folder(b"d/e", mode=0o2700, mtime_ns=1 << 61),
        symlink(b"d/e/link", b"../first"),
        hard_link(b"d/e/twin", first[0]),
    ]
    target = tmp_path / "target"
    assert restore(target, [first, (file_entry(b"d/empty", b""), b"")], others) == []
    for name, mode, mtime_ns in [
        ("d", 0o555, 5),
        ("d/e", 0o2700, 1 << 61),
        ("d/first", 0o4711, -123_456_789),
        ("d/empty", 0o644, MTIME_NS),
        ("d/e/link", 0o777, MTIME_NS),
    ]:
        status = (target / name).lstat()
        assert (name, stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (name, mode, mtime_ns)
    assert (target / "d/first").read_bytes() == b"1" * 5000
    assert (target / "d/empty").read_bytes() == b""
    assert os.readlink(target / "d/e/link") == "../first"
    assert (target / "d/e/twin").samefile(target / "d/first")
    assert everything_below(target) == ["d", "d/e", "d/e/link", "d/e/twin", "d/empty", "d/first"]


def test_scan_of_what_was_restored_gives_the_same_entries(tmp_path):
    contents = [(file_entry(b"t/" + os.fsencode(name), data), data) for name, data in tiny_files(60).items()]
    folders = [folder(b"t", mode=0o750)] + [folder(b"t/folder%d" % i, mtime_ns=i) for i in range(7)]
    links = [
        symlink(b"t/link", b"folder1"),
        symlink(b"t/\xff", b"nowhere"),
        hard_link(b"t/z", contents[0][0]),
    ]
    restore(tmp_path, contents, folders + links)
    found = [source.entry for source in scan([tmp_path / "t"]).sources]
    restored = sorted([entry for entry, _ in contents] + folders + links, key=lambda entry: entry.name)
    for entry in restored:
        entry.content_hash = b""
        if entry.kind == Kind.SYMLINK:
            entry.mode = 0o777
    assert found == restored


def test_folders_that_are_no_entries_are_made(tmp_path):
    restore(tmp_path / "a" / "b", [(file_entry(b"x/y/z", b"1"), b"1")])
    assert (tmp_path / "a" / "b" / "x" / "y" / "z").read_bytes() == b"1"


def test_zeros_become_holes(tmp_path):
    size = 64 << 20
    zeros = memoryview(bytes(1 << 20))
    entry = file_entry(b"sparse", b"")
    entry.size = size + 5000
    with Restorer(tmp_path, [entry]) as restorer:
        restorer.write(entry, [b"x" * 5000] + [zeros] * 64)
        restorer.finish()
    status = (tmp_path / "sparse").stat()
    assert status.st_size == size + 5000
    assert status.st_blocks * 512 < 1 << 20
    with open(tmp_path / "sparse", "rb") as file:
        assert file.read(5000) == b"x" * 5000
        assert not any(file.read(1 << 20))


def test_pieces_with_single_zeros_are_kept(tmp_path):
    content = bytes(4096) + b"x" + bytes(4096) + bytes(4095) + b"y" + bytes(10)
    entry = file_entry(b"f", content)
    with Restorer(tmp_path, [entry]) as restorer:
        restorer.write(entry, pieces_of(content, 4096))
    assert (tmp_path / "f").read_bytes() == content


class DamagedError(Exception):
    pass


def damaged():
    yield b"conte"
    raise DamagedError


def test_file_that_breaks_off_leaves_nothing_and_hides_no_other(tmp_path):
    bad = file_entry(b"d/bad", b"content")
    good = file_entry(b"good", b"fine")
    others = [hard_link(b"twin of bad", bad), hard_link(b"twin of good", good), folder(b"d", mtime_ns=3)]
    with Restorer(tmp_path, [bad, good, *others]) as restorer:
        with pytest.raises(DamagedError):
            restorer.write(bad, damaged())
        restorer.write(good, [b"fine"])
        assert restorer.finish() == [b"d/bad", b"twin of bad"]
    assert everything_below(tmp_path) == ["d", "good", "twin of good"]
    assert (tmp_path / "d").stat().st_mtime_ns == 3


def test_file_that_breaks_off_leaves_what_was_there(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "file").write_bytes(b"before")
    with Restorer(tmp_path, [FILE[0]], force=True) as restorer:
        with pytest.raises(DamagedError):
            restorer.write(FILE[0], damaged())
        assert restorer.finish() == [b"d/file"]
    assert (tmp_path / "d" / "file").read_bytes() == b"before"
    assert everything_below(tmp_path) == ["d", "d/file"]


def test_file_has_no_name_until_it_is_complete(tmp_path):
    def watched():
        yield b"conte"
        assert not (tmp_path / "d" / "file").exists()
        yield b"nt"
        assert not (tmp_path / "d" / "file").exists()

    with Restorer(tmp_path, [FILE[0]]) as restorer:
        restorer.write(FILE[0], watched())
    assert (tmp_path / "d" / "file").read_bytes() == b"content"


def test_content_of_another_size_is_refused(tmp_path):
    with Restorer(tmp_path, [FILE[0]]) as restorer, pytest.raises(ValueError, match="6 bytes came"):
        restorer.write(FILE[0], [b"conten"])
    assert everything_below(tmp_path) == ["d"]


@pytest.mark.parametrize("other", [symlink(b"x", b"y"), file_entry(b"x", b"")])
def test_existing_file_is_refused_before_anything_is_written(tmp_path, other):
    (tmp_path / "x").write_bytes(b"before")
    with pytest.raises(FileSystemError, match="x: exists already"):
        restore(tmp_path, [FILE], [other])
    assert everything_below(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"before"


def test_file_that_comes_in_the_meantime_is_not_replaced(tmp_path):
    with Restorer(tmp_path, [FILE[0]]) as restorer:
        (tmp_path / "d").mkdir()
        (tmp_path / "d" / "file").write_bytes(b"new")
        with pytest.raises(FileSystemError, match="exists already"):
            restorer.write(FILE[0], [b"content"])
    assert (tmp_path / "d" / "file").read_bytes() == b"new"
    assert everything_below(tmp_path) == ["d", "d/file"]


def test_force_replaces_files_and_links_of_every_kind(tmp_path):
    twin = hard_link(b"twin", FILE[0])
    contents, others = [FILE], [symlink(b"link", b"d"), twin]
    outside = tmp_path / "outside"
    outside.write_bytes(b"outside")
    target = tmp_path / "target"
    (target / "d").mkdir(parents=True)
    (target / "d" / "file").symlink_to(outside)
    (target / "link").write_bytes(b"file")
    (target / "twin").symlink_to("nowhere")
    for _ in range(2):
        assert restore(target, contents, others, force=True) == []
        assert everything_below(target) == ["d", "d/file", "link", "twin"]
        assert not (target / "d" / "file").is_symlink()
        assert (target / "twin").samefile(target / "d" / "file")
        assert os.readlink(target / "link") == "d"
    assert outside.read_bytes() == b"outside"


@pytest.mark.parametrize("force", [False, True])
def test_folder_is_never_replaced(tmp_path, force):
    (tmp_path / "d" / "file" / "inside").mkdir(parents=True)
    with pytest.raises(FileSystemError, match="d/file: is in the way: a folder"):
        restore(tmp_path, [FILE], force=force)


@pytest.mark.parametrize("force", [False, True])
def test_existing_folder_gets_mode_and_time(tmp_path, force):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "other").touch()
    restore(tmp_path, [FILE], [folder(b"d", mode=0o711)], force=force)
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o711
    assert everything_below(tmp_path) == ["d", "d/file", "d/other"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("with_folder", [False, True])
def test_link_in_the_target_is_not_written_through(tmp_path, force, with_folder):
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    before = outside.stat()
    target = tmp_path / "target"
    target.mkdir()
    (target / "d").symlink_to(outside)
    with pytest.raises(FileSystemError, match="d: is in the way"):
        restore(target, [FILE], [folder(b"d", mode=0o777)] if with_folder else [], force=force)
    after = outside.stat()
    assert everything_below(outside) == []
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_link_that_replaces_a_folder_while_files_are_written_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "target"
    entries = [FILE[0], file_entry(b"e/file", b"content"), folder(b"d"), folder(b"e")]
    with Restorer(target, entries) as restorer:
        restorer.write(entries[1], [b"content"])
        (target / "d").rmdir()
        (target / "d").symlink_to(outside)
        with pytest.raises(FileSystemError, match="in the way"):
            restorer.write(entries[0], [b"content"])
        with pytest.raises(FileSystemError, match="in the way"):
            restorer.finish()
    assert everything_below(outside) == []


def test_target_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "target").symlink_to("real")
    restore(tmp_path / "target", [FILE])
    assert (tmp_path / "real" / "d" / "file").exists()


@pytest.mark.parametrize("what", HOSTILE_LINKS)
def test_link_that_leads_out_is_refused_before_anything_is_written(tmp_path, what):
    with pytest.raises(UnsafeNameError, match="outside"):
        restore(tmp_path / "target", [FILE], HOSTILE_LINKS[what])
    assert not (tmp_path / "target").exists()


def test_link_that_leads_out_is_made_when_asked_for(tmp_path):
    restore(tmp_path, [], [symlink(b"a", b"/etc/passwd")], unsafe_links=True)
    assert os.readlink(tmp_path / "a") == "/etc/passwd"


def test_target_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "target").touch()
    with pytest.raises(FileSystemError, match="target"):
        restore(tmp_path / "target", [FILE])


def test_full_disk_is_an_error_that_names_the_file(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(FileSystemError, match="big: File too large"):
            restore(tmp_path, [(file_entry(b"big", random_bytes(5000)), random_bytes(5000))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything_below(tmp_path) == []


def test_name_too_long_for_the_disk_is_an_error(tmp_path):
    with pytest.raises(FileSystemError, match="File name too long"):
        restore(tmp_path, [(file_entry(b"x" * 300, b""), b"")])


def test_no_descriptor_is_left_open(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    names = [b"/".join([b"f"] * depth) for depth in range(1, 200)]
    contents = [(file_entry(name + b"/file", b"x"), b"x") for name in names]
    restore(tmp_path, contents, [folder(name) for name in names])
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(FileSystemError):
        restore(tmp_path, contents)
    assert len(os.listdir("/proc/self/fd")) == before


ENTRIES = [
    folder(b"a"),
    file_entry(b"a/1", b""),
    file_entry(b"a/2", b"x"),
    file_entry(b"ab", b""),
    hard_link(b"b/h1", file_entry(b"a/2", b"x")),
    hard_link(b"b/h2", file_entry(b"a/2", b"x")),
]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([b"a"], [b"a", b"a/1", b"a/2"]),
        ([b"a/"], [b"a", b"a/1", b"a/2"]),
        ([b"a/1", b"ab"], [b"a/1", b"ab"]),
        ([b"a", b"a/1"], [b"a", b"a/1", b"a/2"]),
        ([b"b"], [b"b/h1", b"b/h2"]),
    ],
)
def test_named_entries_and_all_below_are_selected(names, chosen):
    assert [entry.name for entry in select(ENTRIES, names)] == chosen


def test_selected_hard_link_without_its_target_becomes_a_file():
    first, second = select(ENTRIES, [b"b"])
    assert (first.kind, first.size, first.content_hash) == (Kind.FILE, 1, ENTRIES[2].content_hash)
    assert (second.kind, second.target) == (Kind.HARDLINK, b"b/h1")


def test_selected_hard_link_with_its_target_stays_one():
    assert select(ENTRIES, [b"a", b"b"]) == ENTRIES[:3] + ENTRIES[4:]


@pytest.mark.parametrize("name", [b"nothing", b"a/1/x", b"A", b"", b"b/h"])
def test_unknown_name_is_a_usage_error(name):
    with pytest.raises(UsageError, match="no such name"):
        select(ENTRIES, [name])
