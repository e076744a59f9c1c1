"""Where models are found: those that ship with the program, and those a user has imported."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kompakt.atomic_file import AtomicFile
from kompakt.errors import FileSystemError, ModelError, UsageError
from kompakt.models.recipe import MAX_FILE_BYTES, SUFFIX, Recipe

SHIPPED_FOLDER = Path(__file__).parent / "data"
_SHORTEST_PREFIX = 8


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model and its file."""

    recipe: Recipe
    path: Path
    is_shipped: bool


def user_folder() -> Path:
    """Return the folder of imported models."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "kompakt" / "models"


def all_models() -> Iterator[Shelved]:
    """Yield all models, shipped ones first, each once; files that are no models are passed over."""
    seen = set()
    for folder, is_shipped in ((SHIPPED_FOLDER, True), (user_folder(), False)):
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                recipe = read_recipe(path)
            except (ModelError, FileSystemError):
                continue
            if recipe.model_id not in seen:
                seen.add(recipe.model_id)
                yield Shelved(recipe, path, is_shipped)


def find_model(wanted: str) -> Shelved:
    """Return the model with that name, id, or beginning of an id. Raises UsageError unless there is one."""
    models = list(all_models())
    found = [model for model in models if model.recipe.name == wanted]
    if not found and len(wanted) >= _SHORTEST_PREFIX:
        found = [model for model in models if model.recipe.model_id.hex().startswith(wanted.lower())]
    if not found:
        raise UsageError(f"model {wanted}: there is none of that name or id; see `kompakt-gpu models list`")
    if len(found) > 1:
        raise UsageError(f"model {wanted}: {len(found)} models are called that; give an id")
    return found[0]


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a file. Raises ModelError and FileSystemError."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FileSystemError(f"{path}: {error.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise ModelError(f"{path}: is larger than a model may be")
    return Recipe.decode(data, str(path))


def import_model(path: Path) -> Recipe:
    """Put the model in a file among the user's, once its texts have been checked; return it."""
    recipe = read_recipe(path)
    _ = recipe.texts  # raises if they do not fit the id
    folder = user_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileSystemError(f"{folder}: {error.strerror}") from None
    with AtomicFile(folder / f"{recipe.model_id.hex()}{SUFFIX}", replace=True) as output:
        output.file.write(recipe.encode())
        output.commit()
    return recipe


def remove_model(wanted: str) -> Recipe:
    """Remove one of the user's models; return it. Raises UsageError for shipped ones."""
    model = find_model(wanted)
    if model.is_shipped:
        raise UsageError(f"model {wanted}: is part of the program and cannot be removed")
    try:
        model.path.unlink()
    except OSError as error:
        raise FileSystemError(f"{model.path}: {error.strerror}") from None
    return model.recipe
