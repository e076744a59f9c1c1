"""What predicts elements of arrays: floats as fixed-point numbers, tables of neighbours, adaptive weights."""

import numpy as np
import pytest

from kompakt.model.arrays import FIRST_ERROR, update_elements
from kompakt.model.floats import exponent_of, fixed_point, float_bits
from kompakt.model.geometry import MANTISSA_BITS, MAX_PLANE, MAX_ROW, MAX_STEP, Geometry
from kompakt.model.neighbours import (
    ADAPTIVE,
    ADAPTIVE_TAPS,
    DISTANCES,
    FIRST_ADAPTIVE,
    FIXED,
    MOST_ADAPTIVE_TAPS,
    MOST_PAIRS,
    MOST_TAPS,
    PAIRS,
    STARTS,
    TAPS,
    difference,
    fixed_predictors,
    geometry_numbers,
)
from kompakt.model.registers import ARRAY_REGISTERS
from kompakt.model.words import u32, u64
from tests.model.calling import called

ALL = FIXED + ADAPTIVE
GEOMETRIES = [
    Geometry(8, 3, is_float=True),
    Geometry(2, 1, 480, 0, True),
    Geometry(4, 1, 96, is_float=True, plane=9216),
    Geometry(8, MAX_STEP, MAX_ROW, 7, True, True, MAX_PLANE),
    Geometry(1, 5, 1),
]
FLOATS = [1.0, -1.5, 3e-3, 65504.0, 0.1, -(2.0**-14)]


@pytest.mark.parametrize("width", MANTISSA_BITS)
@pytest.mark.parametrize("number", FLOATS)
def test_floats_come_back_from_fixed_point(number: float, width: int) -> None:
    bits = u64(int(np.array(number, f"f{width}").view(f"u{width}")))
    mantissa, width = u32(MANTISSA_BITS[width]), u32(width)
    exponent = u32(called(exponent_of)(bits, mantissa, width))
    for more in range(3):
        against = u32(exponent + more)
        value = u64(called(fixed_point)(bits, mantissa, width, against))
        lost = more and mantissa == 52
        assert lost or called(float_bits)(value, mantissa, width, against) == bits


def test_sums_in_fixed_point_are_those_of_floats() -> None:
    mantissa, width = u32(23), u32(4)
    numbers = np.random.default_rng(3).normal(0, 100, (200, 2)).astype(np.float32)
    for one, other in numbers:
        bits = [u64(int(number.view(np.uint32))) for number in (one, other)]
        exponent = u32(max(called(exponent_of)(each, mantissa, width) for each in bits))
        values = [u64(called(fixed_point)(each, mantissa, width, exponent)) for each in bits]
        with np.errstate(over="ignore"):
            total = u64(values[0] + values[1])
        halves_up = called(float_bits)(total, mantissa, width, exponent)  # numpy rounds them to even
        assert abs(halves_up - int((one + other).view(np.uint32))) <= 1


def test_a_difference_that_is_0_predicts_polynomials() -> None:
    line, square = difference(2), difference(3)
    assert line == {(1, 0, 0): 8, (2, 0, 0): -4}
    assert sum(weight * -((i - 5) ** 2) for (i, _, _), weight in square.items()) == 4 * -25
    plane = difference(1, 1)
    assert plane == {(1, 0, 0): 4, (0, 1, 0): 4, (1, 1, 0): -4}


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_tables_of_neighbours_fit(geometry: Geometry) -> None:
    numbers = geometry_numbers(geometry, ALL)
    taps, pairs = int(numbers[TAPS]), int(numbers[STARTS + FIXED])
    assert len(fixed_predictors(geometry)) == FIXED
    assert taps <= MOST_TAPS
    assert pairs <= MOST_PAIRS
    assert numbers[ADAPTIVE_TAPS] <= MOST_ADAPTIVE_TAPS
    assert (numbers[DISTANCES : DISTANCES + taps] > 0).all()
    assert ((numbers[PAIRS : PAIRS + pairs] & 0xFFFF) < taps).all()


def test_specs_that_use_few_predictors_look_at_fewer_neighbours() -> None:
    geometry = GEOMETRIES[2]
    assert geometry_numbers(geometry, FIRST_ADAPTIVE + ADAPTIVE)[TAPS] < geometry_numbers(geometry, ALL)[TAPS]


def test_adaptive_predictors_learn_to_predict_a_sine() -> None:
    """A sine is the sum of two elements before it; its own neighbours are no good prediction."""
    array = np.rint(20_000 * np.sin(np.arange(4000) * 1.3)).astype("<i2")
    data, geometry = array.view(np.uint8), geometry_numbers(Geometry(2), ALL)
    registers = np.zeros(ARRAY_REGISTERS, np.uint32)
    for here in range(1, len(data)):
        called(update_elements)(registers, data, geometry, u32(ALL), u32(here))
    bits = registers[FIRST_ERROR : FIRST_ERROR + ALL] >> 8
    assert bits[FIRST_ADAPTIVE] < 8
    assert bits[0] > 12
