from pathlib import Path

import numpy as np
import pytest

from kompakt.errors import FileSystemError, ModelError, UsageError
from kompakt.models.recipe import Recipe
from kompakt.models.shelf import (
    SHIPPED_FOLDER,
    all_models,
    find_model,
    import_model,
    read_recipe,
    remove_model,
    user_folder,
)
from tests.inputs import text

SHIPPED = ["english", "european", "markup", "source", "tables", "x86-64"]


def written(folder: Path, name: str, seed: int = 1) -> tuple[Path, Recipe]:
    recipe = Recipe.of(name, "", [np.frombuffer(text(500, seed), np.uint8)])
    path = folder / f"{name}.kmodel"
    path.write_bytes(recipe.encode())
    return path, recipe


def test_six_models_ship_with_the_program_and_are_what_their_ids_say():
    shipped = [model for model in all_models() if model.is_shipped]
    assert [model.recipe.name for model in shipped] == SHIPPED
    for model in shipped:
        assert sum(map(len, model.recipe.texts)) == model.recipe.text_bytes
        assert "docs/MODELS.md" in model.recipe.note


def test_shipped_models_take_at_most_three_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED_FOLDER.iterdir()) <= 3_000_000


def test_an_imported_model_is_found_by_name_and_id_until_it_is_removed(tmp_path: Path):
    path, recipe = written(tmp_path, "mine")
    assert import_model(path).model_id == recipe.model_id
    path.unlink()
    digits = recipe.model_id.hex()
    for wanted in ("mine", digits, digits[:8], digits[:12].upper()):
        assert find_model(wanted).recipe.model_id == recipe.model_id
    with pytest.raises(UsageError, match="none of that name"):
        find_model(digits[:7])
    remove_model("mine")
    with pytest.raises(UsageError, match="model mine"):
        find_model("mine")


def test_importing_twice_is_once(tmp_path: Path):
    path, _ = written(tmp_path, "mine")
    import_model(path)
    import_model(path)
    assert len([model for model in all_models() if not model.is_shipped]) == 1


def test_two_models_of_a_name_need_an_id(tmp_path: Path):
    for seed in (1, 2):
        path, recipe = written(tmp_path, "mine", seed)
        import_model(path)
    with pytest.raises(UsageError, match="2 models"):
        find_model("mine")
    assert find_model(recipe.model_id.hex()).recipe.model_id == recipe.model_id


def test_shipped_models_stay():
    with pytest.raises(UsageError, match="part of the program"):
        remove_model("english")


def test_what_is_no_model_is_not_imported(tmp_path: Path):
    path, _ = written(tmp_path, "mine")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"mine\.kmodel"):
        import_model(path)
    with pytest.raises(FileSystemError, match="gone"):
        import_model(tmp_path / "gone")
    assert not user_folder().exists()


def test_a_damaged_file_among_the_models_hides_no_other(tmp_path: Path):
    user_folder().mkdir(parents=True)
    (user_folder() / "bad.kmodel").write_bytes(b"nothing")
    assert [model.recipe.name for model in all_models()] == SHIPPED
    with pytest.raises(ModelError):
        read_recipe(user_folder() / "bad.kmodel")
