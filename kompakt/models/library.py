"""The models of a batch: which one suits some content, and where those that an archive names come from."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kompakt.archive.block_header import Parent
from kompakt.archive.layout import Codec, ParentKind
from kompakt.archive.reader import ArchiveReader
from kompakt.errors import ModelError, UnknownModelError, UnsupportedError
from kompakt.jobs import Origin
from kompakt.kinds import Kind, classify
from kompakt.model.spec import Spec
from kompakt.models.origin import ModelOrigin
from kompakt.models.profile import UNKNOWN_COST, bins_of, cost_of
from kompakt.models.recipe import METHOD, Recipe
from kompakt.models.shelf import all_models

if TYPE_CHECKING:
    from kompakt.classic.dict16 import Dictionary

SAMPLE_BYTES = 1 << 16
SAMPLES = 16
WORST_COST_PERMILLE = 985
"""Of UNKNOWN_COST: content whose trigrams cost more than this in every model starts from none.

Measured: held-out text of all kinds costs 830 to 980, x86-64 code 900 to 980, numeric arrays 930 to 1050.
"""


class Library:
    """Models to choose from.

    only:   the one to start from whatever the content; None to choose
    embeds: whether archives get the models that they use
    notice: is told what a person may wait for
    """

    def __init__(
        self,
        only: Recipe | None = None,
        embeds: bool = False,
        notice: Callable[[str], None] = lambda text: None,
    ):
        self._only = only
        self._embeds = embeds
        self._notice = notice
        self._embedded: set[bytes] = set()
        self._origins: dict[tuple[Parent, int], ModelOrigin] = {}
        self._dictionaries: dict[bytes, Dictionary] = {}

    def choose(self, spec: Spec, samples: Sequence[np.ndarray]) -> Parent:
        """Return the model in which the trigrams of `samples` are likeliest, or Parent.none()."""
        if spec.is_array:
            return Parent.none()  # models are of texts and code
        recipe = self._only or likeliest(self._starts, samples)
        if recipe is None:
            return Parent.none()
        return Parent.of_model(recipe.model_id, model_bits(spec, recipe))

    def to_embed(self, parent: Parent) -> bytes | None:
        """Return the recipe file of a model that is used for the first time, if archives get their models."""
        if not self._embeds or parent.kind != ParentKind.MODEL or parent.model_id in self._embedded:
            return None
        self._embedded.add(parent.model_id)
        return self._recipes[parent.model_id].encode()

    def origin(self, parent: Parent, spec: Spec, archive: str) -> Origin | None:
        """Return the start that `parent` is, which is a model or none. Raises UnknownModelError."""
        if parent.kind == ParentKind.NONE:
            return None
        recipe = self._recipes.get(parent.model_id)
        if recipe is None:
            raise _unknown(archive, parent.model_id)
        if recipe.method != METHOD:
            raise UnsupportedError(
                f"{archive}: a block starts from model {recipe.name}, which is a dictionary"
            )
        key = parent, spec.spec_id
        if key not in self._origins:
            self._origins[key] = ModelOrigin(recipe, spec, parent.base_bits, self._notice)
        return self._origins[key]

    def dictionary(self, parent: Parent, archive: str) -> "Dictionary":
        """Return the dictionary that `parent`, a model, is. Raises ArchiveError, beginning with `archive`."""
        from kompakt.models.dictionary import dictionary_of

        recipe = self._recipes.get(parent.model_id)
        if recipe is None:
            raise _unknown(archive, parent.model_id)
        if parent.model_id not in self._dictionaries:
            try:
                self._dictionaries[parent.model_id] = dictionary_of(recipe)
            except ModelError as error:
                raise UnsupportedError(f"{archive}: {error}") from None
        return self._dictionaries[parent.model_id]

    def with_models_of(self, archive: ArchiveReader) -> "Library":
        """Return this library with the models that lie in an archive. Raises ArchiveError for bad ones."""
        library = Library(self._only, self._embeds, self._notice)
        embedded = [record.number for record in archive.blocks if record.header.codec == Codec.MODEL]
        if embedded:
            library._recipes = dict(self._recipes)
        for number in embedded:
            try:
                recipe = Recipe.decode(archive.read_stream(number), archive.name)
            except ModelError:
                raise archive.corrupt_block(number, "the model in it is damaged") from None
            library._recipes[recipe.model_id] = recipe
            library._embedded.add(recipe.model_id)
        return library

    def check_known(self, archive: ArchiveReader) -> None:
        """Raise UnknownModelError unless every model that an archive needs is here."""
        for model_id in sorted(archive.model_ids):
            if model_id not in self._recipes:
                raise _unknown(archive.name, model_id)

    @property
    def _starts(self) -> list[Recipe]:
        return [recipe for recipe in self._recipes.values() if recipe.method == METHOD]

    @cached_property
    def _recipes(self) -> dict[bytes, Recipe]:
        recipes = [model.recipe for model in all_models()]
        return {recipe.model_id: recipe for recipe in (*([self._only] if self._only else []), *recipes)}


def _unknown(archive: str, model_id: bytes) -> UnknownModelError:
    return UnknownModelError(
        f"{archive}: needs model {model_id.hex()}, which is not here: kompakt-gpu models import FILE"
    )


def model_bits(spec: Spec, recipe: Recipe) -> int:
    """Return log2 of the buckets of each context that suit a model."""
    return min(17 if spec.with_counters else 19, spec.table_bits_for(recipe.text_bytes))


def likeliest(recipes: Sequence[Recipe], samples: Sequence[np.ndarray]) -> Recipe | None:
    """Return the model that suits `samples` best, or None if none does: no model knows arrays of numbers."""
    pieces = _pieces(samples)
    if not pieces or not recipes or classify(np.concatenate(pieces)).kind > Kind.BINARY:
        return None
    bins = np.concatenate([bins_of(piece) for piece in pieces])
    if not bins.size:
        return None
    cost, _, recipe = min(
        (cost_of(recipe.profile, bins), number, recipe) for number, recipe in enumerate(recipes)
    )
    return recipe if 1000 * cost < WORST_COST_PERMILLE * UNKNOWN_COST * bins.size else None


def _pieces(samples: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return at most SAMPLE_BYTES of `samples`, from all over them."""
    chosen = [samples[(2 * n + 1) * len(samples) // (2 * SAMPLES)] for n in range(min(SAMPLES, len(samples)))]
    if len(samples) <= SAMPLES:
        chosen = list(samples)
    share = SAMPLE_BYTES // len(chosen) if chosen else 0
    return [piece[max(len(piece) - share, 0) // 2 :][:share] for piece in chosen if len(piece) > 2]
