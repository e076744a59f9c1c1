import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, check_fails, check_succeeds
from tests.inputs import random_bytes


@pytest.fixture
def archive(run: Run, folder: Path) -> Path:
    """An archive of one file, different in each of four snapshots."""
    file = folder / "file"
    for number in range(4):
        file.write_bytes(random_bytes(20_000, number))
        check_succeeds(run("compress", "file", *(("--append", "file.kmp") if number else ())))
    return folder / "file.kmp"


def numbers(run: Run) -> list[int]:
    return [
        snapshot["number"] for snapshot in json.loads(run("list", "--snapshots", "--json", "file.kmp").stdout)
    ]


def test_forgotten_snapshots_are_gone_and_compact_gives_room(run: Run, archive: Path, folder: Path) -> None:
    result = run("forget", "file.kmp", "1", "3", "--json")
    check_succeeds(result)
    assert json.loads(result.stdout) == {"archive": "file.kmp", "forgotten": [1, 3], "snapshots": 2}
    assert numbers(run) == [2, 4]
    check_fails(run("forget", "file.kmp", "3"), 2, "no snapshot 3")
    size = archive.stat().st_size
    result = run("compact", "file.kmp", "--json")
    check_succeeds(result)
    told = json.loads(result.stdout)
    assert (told["bytes_before"], told["bytes_after"]) == (size, archive.stat().st_size)
    assert told["bytes_after"] < size - 39_000
    check_succeeds(run("test", "file.kmp"))
    check_succeeds(run("decompress", "file.kmp", "--snapshot", "2", "-o", "out"))
    assert (folder / "out" / "file").read_bytes() == random_bytes(20_000, 1)


def test_the_newest_are_kept(run: Run, archive: Path) -> None:
    check_succeeds(run("forget", "file.kmp", "--keep-last", "2"))
    assert numbers(run) == [3, 4]
    check_succeeds(run("forget", "file.kmp", "--keep-last", "2"))
    assert numbers(run) == [3, 4]
    check_fails(run("forget", "file.kmp", "3", "4"), 2, "at least one")
    check_fails(run("forget", "file.kmp"), 2, "--keep-last")
    check_fails(run("forget", "file.kmp", "3", "--keep-last", "1"), 2, "--keep-last")


def test_archives_that_are_changed_are_files(run: Run) -> None:
    check_fails(run("forget", "-", "1"), 2)
    check_fails(run("compact", "-"), 2)
    check_fails(run("compact", "none.kmp"), 5, "none.kmp")
