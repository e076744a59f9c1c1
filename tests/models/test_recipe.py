"""The file of a model: it comes back, and whatever is wrong with it is refused."""

import dataclasses
import random

import numpy as np
import pytest

from kompakt.errors import ModelError, UnsupportedError, UsageError
from kompakt.models.recipe import MAX_NOTE_BYTES, Recipe
from tests.inputs import random_bytes, text


def array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def small(name: str = "logs", note: str = "made for a test") -> Recipe:
    return Recipe.of(name, note, [array(text(400, 1)), array(random_bytes(60)), array(text(200, 2))])


def test_a_recipe_comes_back():
    recipe = small(note="CC0, für alle")
    back = Recipe.decode(recipe.encode(), "x.kmodel")
    assert (back.model_id, back.name, back.note) == (recipe.model_id, "logs", "CC0, für alle")
    assert back.lengths == (400, 60, 200)
    assert [part.tobytes() for part in back.texts] == [text(400, 1), random_bytes(60), text(200, 2)]
    assert np.array_equal(back.profile, recipe.profile)


def test_the_id_follows_from_the_texts_alone():
    assert small("a", "x").model_id == small("b", "y").model_id
    one = Recipe.of("a", "", [array(b"abc"), array(b"def")])
    other = Recipe.of("a", "", [array(b"ab"), array(b"cdef")])
    assert one.model_id != other.model_id


def test_ids_never_change():
    recipe = Recipe.of("a", "", [array(b"some text"), array(b"and more")])
    assert recipe.model_id.hex() == "18eda5147744f7fb3606cc0f7b6280f1"


def test_every_flipped_bit_and_every_cut_is_refused():
    data = small().encode()
    source = random.Random(1)
    for bit in source.sample(range(8 * len(data)), 3000):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises((ModelError, UnsupportedError), match=r"x\.kmodel"):
            Recipe.decode(bytes(damaged), "x.kmodel")
    for end in range(0, len(data), 37):
        with pytest.raises(ModelError, match=r"x\.kmodel"):
            Recipe.decode(data[:end], "x.kmodel")


def test_texts_that_are_not_those_of_the_id_are_refused_where_they_are_used():
    recipe, other = small(), Recipe.of("b", "", [array(b"x" * 660)])
    false = dataclasses.replace(recipe, packed=other.packed)
    back = Recipe.decode(false.encode(), "x.kmodel")
    with pytest.raises(ModelError, match="not those of its id"):
        _ = back.texts
    broken = dataclasses.replace(recipe, packed=random_bytes(50))
    with pytest.raises(ModelError, match="texts"):
        _ = Recipe.decode(broken.encode(), "x.kmodel").texts


@pytest.mark.parametrize(
    "fields",
    [
        {"lengths": (1 << 40,)},
        {"lengths": (0, 660)},
        {"lengths": ()},
        {"lengths": (1,) * 5000},
        {"name": "../evil"},
        {"name": "n" * 65},
        {"name": ""},
        {"note": "n" * (MAX_NOTE_BYTES + 1)},
        {"profile": np.zeros(10, np.uint8)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_recipe_that_asks_for_too_much_is_refused(fields):
    false = dataclasses.replace(small(), **fields)
    with pytest.raises(ModelError, match=r"x\.kmodel"):
        Recipe.decode(false.encode(), "x.kmodel")


def test_a_packed_text_that_is_larger_than_it_says_takes_no_more_memory():
    zeros = Recipe.of("zeros", "", [np.zeros(30_000_000, np.uint8)])
    false = dataclasses.replace(zeros, lengths=(1000,))
    with pytest.raises(ModelError, match="not those of its id"):
        _ = Recipe.decode(false.encode(), "x").texts


def test_recipes_of_later_versions_are_refused_by_version():
    from blake3 import blake3

    data = bytearray(small().encode()[:-16])
    data[8] = 9
    with pytest.raises(UnsupportedError, match="version 9"):
        Recipe.decode(bytes(data) + blake3(data).digest(16), "x")


@pytest.mark.parametrize("texts", [[], [b""], [b"a", b""]])
def test_no_model_is_made_of_nothing(texts):
    with pytest.raises(UsageError):
        Recipe.of("a", "", [array(part) for part in texts])
