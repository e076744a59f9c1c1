"""Dictionaries as models, through archives."""

import io
from pathlib import Path

import numpy as np
import pytest

import kompakt
from kompakt import batch
from kompakt.archive.entry import Entry, Kind
from kompakt.classic.dict16 import Dict16, train
from kompakt.contents import Content, Group
from kompakt.device import Device
from kompakt.errors import ModelError, UnknownModelError, UsageError
from kompakt.model.spec import spec_for_level
from kompakt.models.choice import codec_and_models
from kompakt.models.dictionary import dictionary_of, dictionary_recipe
from kompakt.models.recipe import DICTIONARY_METHOD, Recipe
from kompakt.models.shelf import import_model
from tests.classic.codecs import array
from tests.inputs import random_bytes, text

LEARNED = [array(text(60_000, 1)), array(text(40_000, 2))]
DATA = text(8_000, 3) + random_bytes(300)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a dictionary; nobody has imported it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = tmp_path / "words.kmodel"
    path.write_bytes(dictionary_recipe("words", "from tests", LEARNED).encode())
    return path


def write(model: Path, embeds: bool) -> bytes:
    """Return an archive of DATA in blocks of 2 KiB, coded with the dictionary."""
    codec, models = codec_and_models("dict16+rans", 1, None, str(model), embeds)
    output = io.BytesIO()
    batch.write_archive(
        output,
        "x.kmp",
        [Entry(b"file", Kind.FILE, 0o644, 0)],
        [Content(0, lambda: io.BytesIO(DATA), Group(0, 2048), len(DATA))],
        spec=spec_for_level(1),
        device=Device("cpu", 2),
        models=models,
        codec=codec,
    )
    return output.getvalue()


def test_a_recipe_keeps_the_dictionary_under_its_id():
    recipe = dictionary_recipe("words", "", LEARNED)
    assert recipe.model_id == dictionary_recipe("other", "", LEARNED).model_id
    again = Recipe.decode(recipe.encode(), "file")
    assert (again.model_id, again.method) == (recipe.model_id, DICTIONARY_METHOD)
    wanted, found = train(np.concatenate(LEARNED)), dictionary_of(again)
    assert found.lengths.tobytes() == wanted.lengths.tobytes()
    assert found.strings.tobytes() == wanted.strings.tobytes()
    as_texts = Recipe.of("words", "", [wanted.lengths, wanted.strings])
    assert as_texts.model_id != recipe.model_id
    with pytest.raises(ModelError, match="no dictionary"):
        dictionary_of(as_texts)


def test_a_dictionary_saves_what_blocks_would_carry(model: Path):
    with_model, without = write(model, False), kompakt.compress(DATA, codec="dict16+rans", block_bytes=2048)
    assert len(with_model) < 0.9 * len(without)


def test_an_archive_needs_the_dictionary_or_has_it(model: Path):
    assert kompakt.decompress(write(model, True)) == DATA
    with pytest.raises(UnknownModelError, match=dictionary_recipe("words", "", LEARNED).model_id.hex()):
        kompakt.decompress(write(model, False))
    import_model(model)
    assert kompakt.decompress(write(model, False)) == DATA
    assert kompakt.decompress(kompakt.compress(DATA, codec="dict16+rans", model="words")) == DATA


@pytest.mark.parametrize(("codec", "embeds"), [("rans", False), ("auto", False), ("cm", False)])
def test_only_dict16_takes_a_dictionary(model: Path, codec: str, embeds: bool):
    with pytest.raises(UsageError):
        codec_and_models(codec, 1, None, str(model), embeds)


def test_dict16_takes_no_start_of_context_mixing(model: Path):
    with pytest.raises(ModelError, match="no dictionary"):
        codec_and_models("dict16", 1, None, "english", False)


def test_a_dictionary_without_a_byte_is_refused():
    dictionary = train(np.concatenate(LEARNED), whole=False)
    recipe = Recipe.of("words", "", [dictionary.lengths, dictionary.strings], DICTIONARY_METHOD)
    with pytest.raises(ModelError, match="single bytes"):
        dictionary_of(recipe)
    lengths = dictionary.lengths.copy()
    lengths[0] = 200
    with pytest.raises(ModelError):
        dictionary_of(Recipe.of("words", "", [lengths, dictionary.strings], DICTIONARY_METHOD))


def test_a_given_dictionary_does_not_stand_in_the_stream():
    codec = Dict16(train(np.concatenate(LEARNED)))
    assert codec.split(array(DATA))[0].size == 0
