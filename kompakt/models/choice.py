"""What a person calls a model, and the models that it stands for."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kompakt.errors import UsageError
from kompakt.models.library import Library
from kompakt.models.none import NoModels
from kompakt.models.recipe import METHOD, SUFFIX, Recipe
from kompakt.models.shelf import find_model, read_recipe

if TYPE_CHECKING:
    from kompakt.classic.choice import Codec
    from kompakt.models.dictionary import DictionaryModels


def chosen_models(
    name: str, embeds: bool = False, notice: Callable[[str], None] = lambda text: None
) -> Library | NoModels:
    """Return the models that `name` stands for: `auto`, `none`, a name, an id, or a file.

    embeds: whether archives get the models that they use
    Raises UsageError, ModelError and FileSystemError.
    """
    if name == "none":
        return NoModels()
    if name == "auto":
        return Library(None, embeds, notice)
    recipe = _recipe(name)
    if recipe.method != METHOD:
        raise UsageError(f"model {name}: is a dictionary; a codec that begins with dict16 takes it")
    return Library(recipe, embeds, notice)


def codec_and_models(
    codec: str,
    level: int,
    budget: int | None,
    model: str,
    embeds: bool = False,
    notice: Callable[[str], None] = lambda text: None,
) -> "tuple[Codec | None, Library | NoModels | DictionaryModels]":
    """Return what codes blocks instead of the model of the level, None for nothing, and the batch's models.

    codec, budget: see chosen_codec(); a model that is named is the dictionary of its first stage, dict16
    Raises UsageError, ModelError and FileSystemError.
    """
    if codec == "cm" and budget is None:
        return None, chosen_models(model, embeds, notice)
    from kompakt.classic.choice import One, chosen_codec

    coder = chosen_codec(codec, level, budget)
    if model in ("auto", "none") and not embeds:
        return coder, NoModels()
    from kompakt.classic.pipeline import with_dictionary
    from kompakt.models.dictionary import DictionaryModels, check_first_stage, dictionary_of

    check_first_stage(codec)
    if model in ("auto", "none"):
        raise UsageError("--embed-model needs the --model that is to be embedded")
    recipe = _recipe(model)
    return One(with_dictionary(coder.pipeline, dictionary_of(recipe))), DictionaryModels(recipe, embeds)


def _recipe(name: str) -> Recipe:
    is_file = name.endswith(SUFFIX) or "/" in name
    return read_recipe(Path(name)) if is_file else find_model(name).recipe
