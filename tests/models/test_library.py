import numpy as np
import pytest

from kompakt.archive.block_header import Parent
from kompakt.errors import UnknownModelError, UsageError
from kompakt.model.spec import spec_for_level
from kompakt.models.choice import chosen_models
from kompakt.models.library import Library, likeliest, model_bits
from kompakt.models.none import NoModels
from kompakt.models.profile import bins_of, cost_of, profile_of
from kompakt.models.recipe import Recipe
from kompakt.models.shelf import all_models
from tests.inputs import random_bytes

SPEC = spec_for_level(5)
SAMPLES = {
    "english": b"The committee met on Tuesday and agreed that the report should be published as soon as the "
    b"figures had been checked. Nobody was in favour of another delay, although the weather had been bad.\n"
    * 3,
    "european": "Die Größe der Fläche wurde über mehrere Jahre gemessen; für die Änderung gibt es keine "
    "Erklärung. "
    "Les élèves étaient déjà là lorsque la leçon a commencé.\n".encode()
    * 4,
    "source": b"def main(argv):\n    for name in argv[1:]:\n        if not os.path.exists(name):\n"
    b"            raise ValueError(name)\n    return 0\n" * 5,
    "markup": b'{"id": 17, "name": "node", "version": "1.2.3", "dependencies": {"left-pad": "^1.0.0"}}\n' * 6,
    "tables": b"2024-03-01 12:00:01,123 INFO  [main] server.Worker: request 4711 took 12 ms\n" * 8,
}


def array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_kind_of_text_gets_its_model(name: str):
    recipes = [model.recipe for model in all_models()]
    assert likeliest(recipes, [array(SAMPLES[name])]).name == name


@pytest.mark.parametrize(
    "data",
    [b"", b"ab", random_bytes(5000), np.arange(3000, dtype="<f8").tobytes(), bytes(5000)],
    ids=["empty", "two bytes", "random", "numbers", "zeros"],
)
def test_what_no_model_knows_gets_none(data: bytes):
    assert likeliest([model.recipe for model in all_models()], [array(data)]) is None
    assert Library().choose(SPEC, [array(data)]) == Parent.none()


def test_many_samples_count_alike():
    recipes = [model.recipe for model in all_models()]
    samples = [array(SAMPLES["source"])] * 40 + [array(SAMPLES["english"])]
    assert likeliest(recipes, samples).name == "source"


def test_profiles_are_whole_numbers_and_cheap_for_what_they_know():
    known, other = array(SAMPLES["english"]), array(SAMPLES["source"])
    profile = profile_of([known])
    assert profile.dtype == np.uint8
    assert cost_of(profile, bins_of(known)) * len(other) < cost_of(profile, bins_of(other)) * len(known)


def test_a_model_that_is_asked_for_is_taken_whatever_the_content():
    recipe = Recipe.of("mine", "", [array(SAMPLES["tables"])])
    parent = Library(recipe).choose(SPEC, [array(random_bytes(4000))])
    assert parent == Parent.of_model(recipe.model_id, model_bits(SPEC, recipe))


def test_models_are_chosen_by_name_id_or_file(tmp_path):
    assert isinstance(chosen_models("none"), NoModels)
    english = next(model.recipe for model in all_models() if model.recipe.name == "english")
    path = tmp_path / "copy.kmodel"
    path.write_bytes(english.encode())
    for name in ("english", english.model_id.hex()[:8], str(path)):
        assert chosen_models(name).choose(SPEC, []).model_id == english.model_id
    with pytest.raises(UsageError, match="model klingon"):
        chosen_models("klingon")


def test_an_unknown_model_is_told_by_its_id():
    with pytest.raises(UnknownModelError, match=r"a.kmp: needs model 0{32}"):
        Library().origin(Parent.of_model(bytes(16), 17), SPEC, "a.kmp")
