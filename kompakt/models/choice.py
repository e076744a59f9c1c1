"""What a person calls a model, and the models that it stands for."""

from collections.abc import Callable
from pathlib import Path

from kompakt.models.library import Library
from kompakt.models.none import NoModels
from kompakt.models.recipe import SUFFIX
from kompakt.models.shelf import find_model, read_recipe


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
    is_file = name.endswith(SUFFIX) or "/" in name
    recipe = read_recipe(Path(name)) if is_file else find_model(name).recipe
    return Library(recipe, embeds, notice)
