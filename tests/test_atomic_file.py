import fcntl
import os
import stat
from pathlib import Path

import pytest

from kompakt.atomic_file import AtomicFile
from kompakt.errors import FileSystemError


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_the_file_appears_only_at_the_commit(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / "out", replace=False) as output:
        output.file.write(b"data")
        (temporary,) = names(tmp_path)
        assert temporary.startswith(".out.kompakt-")
        output.commit()
        assert (tmp_path / "out").read_bytes() == b"data"
    assert names(tmp_path) == ["out"]
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) & 0o600 == 0o600


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_whatever_goes_wrong_nothing_stays(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), AtomicFile(tmp_path / "out", replace=False) as output:
        output.file.write(b"data")
        raise error
    assert names(tmp_path) == []


def test_an_existing_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(FileSystemError, match="exists"), AtomicFile(tmp_path / "out", replace=False):
        pytest.fail("not refused")
    assert (tmp_path / "out").read_bytes() == b"old"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with (
        pytest.raises(FileSystemError, match="exists"),
        AtomicFile(tmp_path / "out", replace=False) as output,
    ):
        (tmp_path / "out").write_bytes(b"other")
        output.commit()
    assert (tmp_path / "out").read_bytes() == b"other"
    assert names(tmp_path) == ["out"]


def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with AtomicFile(tmp_path / "out", replace=False) as output:
        output.file.write(b"data")
        output.commit()
    assert (tmp_path / "out").read_bytes() == b"data"
    with (
        pytest.raises(FileSystemError, match="exists"),
        AtomicFile(tmp_path / "other", replace=False) as output,
    ):
        (tmp_path / "other").write_bytes(b"first")
        output.commit()
    assert (tmp_path / "other").read_bytes() == b"first"
    assert names(tmp_path) == ["other", "out"]


def test_replacing_keeps_the_old_file_until_the_commit(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    with AtomicFile(tmp_path / "out", replace=True) as output:
        output.file.write(b"new")
        assert (tmp_path / "out").read_bytes() == b"old"
        output.commit()
    assert (tmp_path / "out").read_bytes() == b"new"
    assert names(tmp_path) == ["out"]


def test_left_overs_of_dead_runs_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    (tmp_path / ".out.kompakt-00000000.tmp").touch()
    (tmp_path / ".other.kompakt-00000000.tmp").touch()
    with open(tmp_path / ".out.kompakt-11111111.tmp", "wb") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        with AtomicFile(tmp_path / "out", replace=False) as output:
            output.commit()
    assert names(tmp_path) == [".other.kompakt-00000000.tmp", ".out.kompakt-11111111.tmp", "out"]


def test_the_longest_names_have_room(tmp_path: Path) -> None:
    name = "ü" * 127
    with AtomicFile(tmp_path / name, replace=False) as output:
        output.commit()
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("path", ["missing/out", ".", "pipe"])
def test_places_for_no_file_are_refused(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileSystemError), AtomicFile(tmp_path / path, replace=True):
        pytest.fail("not refused")
