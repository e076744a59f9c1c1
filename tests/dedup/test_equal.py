from pathlib import Path

import pytest
from blake3 import blake3

from kompakt.dedup.equal import HEAD_BYTES, blake3_of, equal_files
from tests.inputs import random_bytes

LARGE = random_bytes(HEAD_BYTES + 1000)
CONTENTS = [b"", b"one", b"two", b"one", b"", LARGE, LARGE[:-1] + b"x", LARGE, b"y" + LARGE[1:], b"one"]


def listed(folder: Path) -> list[tuple[int, Path, int]]:
    files = []
    for number, content in enumerate(CONTENTS):
        path = folder / str(number)
        path.write_bytes(content)
        files.append((number, path, len(content)))
    return files


def test_equal_files_are_found(tmp_path: Path) -> None:
    found = equal_files(listed(tmp_path))
    assert found == [(blake3(b"one").digest(), [1, 3, 9]), (blake3(LARGE).digest(), [5, 7])]


def test_only_files_of_a_size_that_another_has_are_read(tmp_path: Path) -> None:
    read = []

    def noting(path: Path, most: int | None = None) -> bytes:
        read.append((int(path.name), most))
        return blake3_of(path, most)

    files = listed(tmp_path)
    assert equal_files(files[1:3] + files[5:6], noting) == []
    assert sorted(read) == [(1, None), (2, None)]
    read.clear()
    equal_files(files[5:9], noting)
    assert (8, None) not in read


@pytest.mark.parametrize("gone", [1, 3])
def test_files_that_cannot_be_read_are_left_to_others(tmp_path: Path, gone: int) -> None:
    files = listed(tmp_path)
    files[gone][1].unlink()
    found = dict(equal_files(files))
    assert found[blake3(b"one").digest()] == [number for number in (1, 3, 9) if number != gone]
