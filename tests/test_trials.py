"""No more trials than are needed to know the specs."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kompakt.kinds import Kind
from kompakt.kinds.resemblance import sketch_of
from kompakt.look import Look
from kompakt.model.geometry import Geometry
from kompakt.model.spec import Spec, array_spec
from kompakt.trials import spec_of_small, specs_of_large
from tests.inputs import random_bytes, text

ROWS = Geometry(2, 1, 300)
ONE, OTHER = array_spec(1, ROWS), array_spec(1, Geometry(4))


class Trials:
    """Answers trials with what is given, and counts them."""

    def __init__(self, answers: dict[int, Spec | None]):
        self.answers = answers
        self.tried: list[int] = []

    def __call__(self, number: int) -> Spec | None:
        self.tried.append(number)
        return self.answers[number]


def array_look(data: bytes = b"", geometries: tuple[Geometry, ...] = (ROWS,), may_be: bool = True) -> Look:
    sketch = sketch_of(np.frombuffer(data, np.uint8)) if data else None
    return Look(Kind.ARRAY16, sketch=sketch, may_be_array=may_be, geometries=geometries)


@pytest.mark.parametrize(
    ("answers", "spec", "most_tried"),
    [
        ([ONE] * 9, ONE, 9),
        ([ONE, OTHER] + [ONE] * 7, None, 2),
        ([None] + [ONE] * 8, None, 1),
        ([ONE] * 8 + [None], None, 9),
    ],
)
@pytest.mark.parametrize("at_once", [1, 2, 16])
def test_small_files_have_a_spec_if_all_want_the_same(
    answers: list[Spec | None], spec: Spec | None, most_tried: int, at_once: int
) -> None:
    trials = Trials(dict(enumerate(answers)))
    looks = {number: array_look() for number in range(9)}
    with ThreadPoolExecutor(at_once) as pool:
        assert spec_of_small(range(9), looks, trials, pool, at_once) == spec
    assert len(trials.tried) <= -(-most_tried // at_once) * at_once


def test_a_small_file_that_is_no_array_spares_all_trials() -> None:
    trials = Trials({})
    looks = {0: array_look(), 1: array_look(may_be=False)}
    with ThreadPoolExecutor(1) as pool:
        assert spec_of_small([0, 1], looks, trials, pool, 1) is None
    assert trials.tried == []


@pytest.mark.parametrize("threads", [1, 16])
def test_a_large_file_gets_the_spec_of_one_that_it_resembles(threads: int) -> None:
    noise = random_bytes(1 << 16)
    other = text(1 << 16)
    looks = {
        0: array_look(noise),
        1: array_look(noise[5:]),
        2: array_look(noise, (ROWS, Geometry(4))),
        3: array_look(other),
        4: array_look(other[9:]),
        5: array_look(noise, may_be=False),
    }
    trials = Trials({0: ONE, 2: OTHER, 3: None})
    with ThreadPoolExecutor(threads) as pool:
        specs = specs_of_large(range(6), looks, trials, pool)
    assert sorted(trials.tried) == [0, 2, 3]
    assert specs == {0: ONE, 1: ONE, 2: OTHER, 3: None, 4: None, 5: None}
