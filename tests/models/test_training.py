from pathlib import Path

import numpy as np
import pytest

from kompakt.cpu.backend import CpuBackend
from kompakt.errors import UsageError
from kompakt.model.spec import spec_for_level
from kompakt.models.library import Library, model_bits
from kompakt.models.origin import ModelOrigin
from kompakt.models.recipe import Recipe
from kompakt.models.training import measure_gain, split_files, training_texts
from tests.inputs import random_bytes

LINES = "{:06d} worker {} finished job {} in {} ms: status ok, retries 0\n"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder of 20 logs alike."""
    for number in range(20):
        lines = (LINES.format(n, n % 7, n * 31 % 1000, n * n % 977) for n in range(number, number + 60))
        (tmp_path / f"{number:02}.log").write_text("".join(lines))
    return tmp_path


def test_one_file_in_five_is_held_out_and_always_the_same(logs: Path):
    split = split_files([logs])
    assert len(split.held_out) == 4
    assert len(split.learned) == 16
    assert not set(split.held_out) & set(split.learned)
    assert split == split_files([logs])


def test_few_files_are_all_learned_from(tmp_path: Path):
    (tmp_path / "a").write_text("some text")
    (tmp_path / "empty").touch()
    split = split_files([tmp_path])
    assert (len(split.learned), split.held_out) == (1, [])


def test_nothing_to_learn_from_is_refused(tmp_path: Path):
    (tmp_path / "empty").touch()
    with pytest.raises(UsageError, match="no file"):
        split_files([tmp_path])


def test_texts_take_no_more_than_asked_and_cover_all_files(tmp_path: Path):
    for number in range(6):
        (tmp_path / f"{number}").write_bytes(random_bytes(40_000 if number < 3 else 900, number))
    files = sorted(tmp_path.iterdir())
    texts = training_texts(files, 30_000)
    whole = b"".join(part.tobytes() for part in texts)
    assert 25_000 < len(whole) <= 30_000
    for path in files:
        assert path.read_bytes()[:500] in whole


def test_a_piece_that_comes_twice_is_learned_once(tmp_path: Path):
    for number in range(8):
        (tmp_path / f"{number}").write_bytes(random_bytes(5_000))
    (tmp_path / "other").write_bytes(random_bytes(5_000, 9))
    assert sum(map(len, training_texts(sorted(tmp_path.iterdir()), 1 << 20))) == 10_000


def test_a_model_of_some_logs_makes_others_smaller(logs: Path):
    spec = spec_for_level(5)
    split = split_files([logs])
    recipe = Recipe.of("logs", "", training_texts(split.learned, 1 << 20))
    origin = ModelOrigin(recipe, spec, model_bits(spec, recipe), print, keeps=False)
    none = Library(Recipe.of("nothing", "", [np.frombuffer(random_bytes(100), np.uint8)]))
    gain = measure_gain(split.held_out, spec, origin, none, CpuBackend(1))
    assert gain.files == 4
    assert gain.own_bytes * 2 < gain.none_bytes
