"""What is on disk is what gets an entry."""

import os
import random
import socket
import stat
from pathlib import Path

import pytest

from kompakt.archive.entry import Kind
from kompakt.errors import FileSystemError, UsageError
from kompakt.scan import scan


def names_of(result):
    return [source.entry.name for source in result.sources]


@pytest.fixture
def tree(tmp_path):
    """A folder `tree` with one of everything."""
    root = tmp_path / "tree"
    (root / "docs").mkdir(parents=True)
    (root / "empty folder").mkdir(mode=0o700)
    (root / "docs" / "a.txt").write_bytes(b"hello")
    (root / "docs" / "a.txt").chmod(0o640)
    os.utime(root / "docs" / "a.txt", ns=(0, -1_234_567_891))
    (root / "docs" / "empty").touch()
    (root / "link").symlink_to("docs/a.txt")
    (root / "dangling").symlink_to("/no/such/thing")
    os.link(root / "docs" / "a.txt", root / "twin")
    return root


def test_everything_gets_an_entry_in_order(tree):
    result = scan([tree])
    assert names_of(result) == [
        b"tree",
        b"tree/dangling",
        b"tree/docs",
        b"tree/docs/a.txt",
        b"tree/docs/empty",
        b"tree/empty folder",
        b"tree/link",
        b"tree/twin",
    ]
    assert (result.warnings, result.unreadable) == ([], 0)


def test_entries_say_what_is_on_disk(tree):
    found = {source.entry.name: source for source in scan([tree]).sources}
    entry = found[b"tree/docs/a.txt"].entry
    assert (entry.kind, entry.mode, entry.size, entry.mtime_ns) == (Kind.FILE, 0o640, 5, -1_234_567_891)
    assert found[b"tree/docs/a.txt"].path == tree / "docs" / "a.txt"
    folder = found[b"tree/empty folder"].entry
    assert (folder.kind, folder.mode, folder.size) == (Kind.DIRECTORY, 0o700, 0)
    assert folder.mtime_ns == (tree / "empty folder").stat().st_mtime_ns
    link = found[b"tree/dangling"].entry
    assert (link.kind, link.target, link.size) == (Kind.SYMLINK, b"/no/such/thing", 0)


def test_second_hard_link_links_to_the_first(tree):
    found = {source.entry.name: source.entry for source in scan([tree]).sources}
    twin = found[b"tree/twin"]
    assert (twin.kind, twin.target, twin.size) == (Kind.HARDLINK, b"tree/docs/a.txt", 0)
    assert found[b"tree/docs/a.txt"].kind == Kind.FILE


def test_hard_link_to_a_file_outside_is_a_file(tree):
    (found,) = scan([tree / "twin"]).sources
    assert (found.entry.name, found.entry.kind, found.entry.size) == (b"twin", Kind.FILE, 5)


def test_given_link_is_stored_as_a_link(tree):
    assert scan([tree / "link"]).sources[0].entry.kind == Kind.SYMLINK


def test_path_is_stored_under_its_last_part(tree, monkeypatch):
    monkeypatch.chdir(tree.parent)
    assert names_of(scan([Path("tree/docs"), Path("tree/twin")])) == [
        b"docs",
        b"docs/a.txt",
        b"docs/empty",
        b"twin",
    ]


@pytest.mark.parametrize(
    ("where", "given", "name"), [("docs", ".", b"docs"), ("docs", "..", b"tree"), (".", "docs/..", b"tree")]
)
def test_dots_are_stored_under_the_real_name(tree, monkeypatch, where, given, name):
    monkeypatch.chdir(tree / where)
    assert names_of(scan([Path(given)]))[0] == name


def test_root_has_no_name():
    with pytest.raises(UsageError, match="no name"):
        scan([Path("/")])


def test_same_name_twice_is_refused_naming_both(tmp_path):
    for parent in ("one", "two"):
        (tmp_path / parent / "same").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"one/same and .*two/same would both be stored as same"):
        scan([tmp_path / "one" / "same", tmp_path / "two" / "same"])


def test_missing_path_is_an_error(tmp_path):
    with pytest.raises(FileSystemError, match="gone: No such file"):
        scan([tmp_path / "gone"])


@pytest.mark.parametrize(
    ("pattern", "gone"),
    [
        ("*.txt", {b"tree/docs/a.txt"}),
        ("docs", {b"tree/docs", b"tree/docs/a.txt", b"tree/docs/empty"}),
        ("docs/", {b"tree/docs", b"tree/docs/a.txt", b"tree/docs/empty"}),
        ("tree/docs/*", {b"tree/docs/a.txt", b"tree/docs/empty"}),
        ("*/a.txt", {b"tree/docs/a.txt"}),
        ("[tl]*", {b"tree"}),
        ("TWIN", set()),
    ],
)
def test_excluded_names_are_left_out(tree, pattern, gone):
    everything = set(names_of(scan([tree])))
    left = set(names_of(scan([tree], exclude=[pattern])))
    if gone == {b"tree"}:
        assert left == set()
    else:
        assert everything - left == gone


def test_hard_link_to_an_excluded_file_is_a_file(tree):
    found = {source.entry.name: source.entry for source in scan([tree], exclude=["docs"]).sources}
    assert found[b"tree/twin"].kind == Kind.FILE


def test_archive_that_is_being_written_is_left_out(tree):
    status = (tree / "docs" / "empty").stat()
    result = scan([tree], skip={(status.st_dev, status.st_ino)})
    assert b"tree/docs/empty" not in names_of(result)
    assert result.warnings == []


def test_names_that_are_not_utf8_survive(tree):
    name = b"\xff\xfe \n\x01"
    (tree / os.fsdecode(name)).touch()
    found = {source.entry.name: source for source in scan([tree]).sources}
    assert found[b"tree/" + name].path.exists()


def test_what_is_no_file_is_left_out_with_a_warning(tree):
    os.mkfifo(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tree / "sock"))
        result = scan([tree])
    assert not {b"tree/pipe", b"tree/sock"} & set(names_of(result))
    assert sorted(result.warnings) == [
        f"{tree}/pipe: a named pipe, left out",
        f"{tree}/sock: a socket, left out",
    ]
    assert result.unreadable == 0


def test_what_cannot_be_read_is_left_out_and_counted(tree, monkeypatch):
    def listdir(path, real=os.listdir):
        if path.endswith(b"docs"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", listdir)
    monkeypatch.setattr(os, "access", lambda path, mode, **options: not path.endswith(b"twin"))
    result = scan([tree])
    assert b"tree/docs" not in names_of(result)
    assert b"tree/twin" not in names_of(result)
    assert result.unreadable == 2
    assert f"{tree}/docs: Permission denied, left out" in result.warnings


def test_sparse_file_past_4_gib_has_its_size(tmp_path):
    with open(tmp_path / "big", "wb") as file:
        file.truncate((5 << 30) + 1)
    assert scan([tmp_path / "big"]).sources[0].entry.size == (5 << 30) + 1


def test_order_is_the_same_however_the_folder_is_listed(tree, monkeypatch):
    first = names_of(scan([tree]))

    def listdir(path, real=os.listdir):
        names = real(path)
        random.Random(3).shuffle(names)
        return names

    monkeypatch.setattr(os, "listdir", listdir)
    assert names_of(scan([tree])) == first


def test_special_mode_bits_are_kept(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o4755)
    mode = scan([tmp_path / "file"]).sources[0].entry.mode
    assert mode == 0o4755 == stat.S_IMODE((tmp_path / "file").stat().st_mode)
