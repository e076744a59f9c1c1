import tarfile

import pytest

from benchmarks.child import BenchmarkError
from benchmarks.inputs import copy_start, files_of, write_tar


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "b.csv").write_bytes(b"1,2\n")
    (tmp_path / "in" / "sub" / "a.txt").write_bytes(b"text")
    (tmp_path / "in" / "empty").touch()
    (tmp_path / "in" / "link").symlink_to("b.csv")
    return tmp_path / "in"


def test_files_are_sorted_and_neither_empty_nor_links(folder):
    assert files_of(folder) == ["b.csv", "sub/a.txt"]
    assert files_of(folder, "sub/*") == ["sub/a.txt"]


def test_a_pattern_without_match_is_an_error(folder):
    with pytest.raises(BenchmarkError, match=r"no file that matches \*\.png"):
        files_of(folder, "*.png")


def test_the_tar_does_not_depend_on_times_and_modes(folder, tmp_path):
    names = files_of(folder)
    write_tar(folder, names, tmp_path / "first.tar")
    (folder / "b.csv").touch()
    (folder / "b.csv").chmod(0o600)
    write_tar(folder, names, tmp_path / "second.tar")
    assert (tmp_path / "first.tar").read_bytes() == (tmp_path / "second.tar").read_bytes()
    with tarfile.open(tmp_path / "first.tar") as tar:
        assert tar.getnames() == names
        assert tar.extractfile("sub/a.txt").read() == b"text"


@pytest.mark.parametrize(("first_bytes", "copied"), [(None, 4), (3, 3), (9, 4)])
def test_copy_start_takes_what_there_is_up_to_the_limit(folder, tmp_path, first_bytes, copied):
    assert copy_start(folder / "b.csv", tmp_path / "copy", first_bytes) == copied
    assert (tmp_path / "copy").read_bytes() == b"1,2\n"[:copied]
