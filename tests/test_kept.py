import numpy as np
import pytest

from kompakt.errors import FileSystemError
from kompakt.kept import KeptBlocks
from tests.inputs import random_bytes


def block(number: int, size: int = 1000) -> np.ndarray:
    return np.frombuffer(random_bytes(size, number), np.uint8)


@pytest.mark.parametrize("memory_bytes", [0, 2500, 1 << 20])
def test_what_is_kept_comes_back(memory_bytes: int) -> None:
    kept = KeptBlocks(memory_bytes)
    for number in range(6):
        kept.keep(number, block(number))
    for number in (0, 3, 5):
        kept.drop(number)
    for number in (6, 7, 8, 9):
        kept.keep(number, block(number, 1000 if number % 2 else 700))
    for number in (1, 2, 4, 6, 7, 8, 9, 1):
        expected = block(number, 700 if number in (6, 8) else 1000)
        assert np.array_equal(kept.get(number), expected)


def test_places_in_the_file_are_used_again() -> None:
    kept = KeptBlocks(0)
    for number in range(100):
        kept.keep(number, block(number))
        kept.drop(number)
    assert kept._file_bytes == 1000


def test_no_room_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(FileSystemError, match="No space left"):
        KeptBlocks(0).keep(1, block(1))
