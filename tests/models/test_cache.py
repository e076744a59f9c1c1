import os

import numpy as np
import pytest

from kompakt.model.spec import spec_for_level
from kompakt.models import cache
from kompakt.models.cache import cache_folder, load_start
from kompakt.models.recipe import Recipe
from tests.inputs import text

SPEC = spec_for_level(1)
BITS = 10


def recipe(seed: int = 1) -> Recipe:
    texts = [np.frombuffer(text(size, seed), np.uint8) for size in (3000, 900)]
    return Recipe.of("mine", "", texts)


def load(made: Recipe, notices: list[str] | None = None):
    return load_start(made, SPEC, BITS, (notices if notices is not None else []).append)


def check_equal(one, other) -> None:
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_start_is_built_once_and_then_read_from_disk():
    notices: list[str] = []
    built = load(recipe(), notices)
    assert any("building model mine" in notice for notice in notices)
    notices.clear()
    check_equal(built, load(recipe(), notices))
    assert notices == []
    assert len(list(cache_folder().iterdir())) == 1


def test_a_start_from_disk_can_be_written_to_without_harm():
    load(recipe())
    load(recipe()).base[:100] = 7
    check_equal(load(recipe()), cache.build_start(recipe(), SPEC, BITS, print))


@pytest.mark.parametrize("place", [0, 70, -1])
def test_a_damaged_file_is_built_again(place: int):
    built = load(recipe())
    (path,) = cache_folder().iterdir()
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    check_equal(built, load(recipe()))
    assert path.read_bytes() != bytes(data)


def test_a_file_that_was_cut_is_built_again():
    built = load(recipe())
    (path,) = cache_folder().iterdir()
    os.truncate(path, 50)
    check_equal(built, load(recipe()))


def test_no_folder_is_no_problem(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    check_equal(load(recipe()), load(recipe()))


def test_what_was_used_longest_ago_makes_room(monkeypatch: pytest.MonkeyPatch):
    load(recipe(1))
    (first,) = cache_folder().iterdir()
    os.utime(first, (1, 1))
    monkeypatch.setattr(cache, "MOST_BYTES", 2 * first.stat().st_size)
    load(recipe(2))
    load(recipe(3))
    kept = list(cache_folder().iterdir())
    assert len(kept) == 2
    assert first not in kept


def test_what_a_killed_process_left_is_removed_later():
    cache_folder().mkdir(parents=True)
    old, young = cache_folder() / "a.1.part", cache_folder() / "b.2.part"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    load(recipe())
    assert not old.exists() and young.exists()
