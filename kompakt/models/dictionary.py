"""Dictionaries as models: the strings of a dict16 stage, shared by archives under an id.

A dictionary's recipe has two texts: the length of each string, a byte, and the strings one behind the other.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kompakt.archive.block_header import Parent
from kompakt.classic.dict16 import Dictionary, train
from kompakt.classic.errors import StreamError
from kompakt.classic.pipeline import parse_pipeline, with_dictionary
from kompakt.errors import FileSystemError, ModelError, UsageError
from kompakt.jobs import Origin
from kompakt.model.spec import Spec
from kompakt.models.recipe import DICTIONARY_METHOD, Recipe

DEFAULT_BYTES = 16 << 20
TRIED_PIPELINE = "dict16+rans"
TRIED_FILES = 64
TRIED_BYTES = 1 << 22


def dictionary_recipe(name: str, note: str, texts: Sequence[np.ndarray]) -> Recipe:
    """Return the dictionary of the frequent strings of these texts, with all single bytes, as a model."""
    dictionary = train(np.concatenate(texts))
    return Recipe.of(name, note, [dictionary.lengths, dictionary.strings], DICTIONARY_METHOD)


def dictionary_of(recipe: Recipe) -> Dictionary:
    """Return the dictionary that a model is. Raises ModelError where it is none, or no whole one."""
    if recipe.method != DICTIONARY_METHOD or len(recipe.lengths) != 2:
        raise ModelError(f"model {recipe.name}: is no dictionary")
    try:
        dictionary = Dictionary(*recipe.texts)
    except StreamError as error:
        raise ModelError(f"model {recipe.name}: {error}") from None
    begins = np.cumsum(dictionary.lengths, dtype=np.int64) - dictionary.lengths
    if np.unique(dictionary.strings[begins[dictionary.lengths == 1]]).size != 256:
        raise ModelError(f"model {recipe.name}: lacks strings of single bytes")
    return dictionary


class DictionaryModels:
    """The models of a batch whose blocks are all coded with one dictionary.

    embeds: whether the archive gets it
    """

    def __init__(self, recipe: Recipe, embeds: bool):
        self._recipe = recipe
        self._embeds = embeds

    def choose(self, spec: Spec, samples: Sequence[np.ndarray]) -> Parent:
        """Return the dictionary."""
        return Parent.of_model(self._recipe.model_id, 0)

    def to_embed(self, parent: Parent) -> bytes | None:
        """Return the recipe file the first time, if the archive gets it."""
        embeds, self._embeds = self._embeds, False
        return self._recipe.encode() if embeds else None

    def origin(self, parent: Parent, spec: Spec, archive: str) -> Origin | None:
        """Return None: a dictionary is no state of a model."""
        return None


class DictionaryGain(NamedTuple):
    """Bytes of held-out files, each alone: raw, with a dictionary of its own in the stream, with this one."""

    files: int
    raw_bytes: int
    none_bytes: int
    own_bytes: int


def measure_dictionary(files: Sequence[Path], dictionary: Dictionary) -> DictionaryGain:
    """Return what `files`, from which nothing was learned, take with and without a dictionary."""
    pipeline = parse_pipeline(TRIED_PIPELINE)
    chosen = files[:: -(-len(files) // TRIED_FILES)]
    datas = [_read(path) for path in chosen]
    without, given = (
        sum(min(codec.encode(data).size, data.size) for data in datas)
        for codec in (pipeline, with_dictionary(pipeline, dictionary))
    )
    return DictionaryGain(len(datas), sum(data.size for data in datas), without, given)


def _read(path: Path) -> np.ndarray:
    try:
        return np.fromfile(path, np.uint8, TRIED_BYTES)
    except OSError as error:
        raise FileSystemError(f"{path}: {error.strerror}") from None


def check_first_stage(name: str) -> None:
    """Raise UsageError unless a codec of that name begins with a dictionary."""
    if name.partition("+")[0] != "dict16":
        raise UsageError(f"codec {name} starts from no model; dict16, as a first stage, takes a dictionary")
