"""What predicts an element of an array: sums of its neighbours, as tables that the model reads.

A place is (i, j, k): i elements of its channel before, j rows above, k planes behind; i can be negative. A
predictor is a weight for each place, in quarters. A difference of order (p, q, r), p times along the row, q
across rows and r across planes, that is taken to be 0 gives a predictor too: what the binomial coefficients
of the other elements in it say (Lorenzo: Lindstrom and Isenburg, "fpzip", 2006).
"""

from itertools import product
from math import comb

import numpy as np

from kompakt.model.geometry import MANTISSA_BITS, Geometry

type_place = tuple[int, int, int]
type_predictor = dict[type_place, int]

W, W2, N, U = (1, 0, 0), (2, 0, 0), (0, 1, 0), (0, 0, 1)
NE = (-1, 1, 0)

FIXED = 14
"""Predictors of a geometry, besides those that adapt."""

ADAPTIVE = 2
FIRST_ADAPTIVE = 8
"""How many adapt, and behind how many others they stand: a spec with no more than those has none."""

MOST_TAPS = 96
MOST_ADAPTIVE_TAPS = 24
MOST_PAIRS = 480

WIDTH, PHASE, BIG_ENDIAN, MANTISSA, TAPS, ADAPTIVE_TAPS = range(6)
DISTANCES = 6
ADAPTIVE_AT = DISTANCES + MOST_TAPS
STARTS = ADAPTIVE_AT + MOST_ADAPTIVE_TAPS
PAIRS = STARTS + FIXED + 1
GEOMETRY_NUMBERS = PAIRS + MOST_PAIRS
"""Places in SpecArrays.geometry: numbers; from DISTANCES on the bytes from an element to each that is looked
at, W first; from ADAPTIVE_AT on which of these the adaptive predictors weigh; from STARTS on where the
pairs of each fixed predictor begin, and where the last ones end; from PAIRS on tap and weight, the weight in
the upper half.
"""


def difference(p: int, q: int = 0, r: int = 0) -> type_predictor:
    """Return the predictor that makes the difference of this order 0."""
    return {
        (i, j, k): -4 * (-1) ** (i + j + k) * comb(p, i) * comb(q, j) * comb(r, k)
        for i, j, k in product(range(p + 1), range(q + 1), range(r + 1))
        if i + j + k
    }


def adaptive_count(predictors: int) -> int:
    """Return how many predictors of a spec that uses so many adapt."""
    return ADAPTIVE if predictors > FIRST_ADAPTIVE else 0


def geometry_count(predictors: int) -> int:
    """Return how many numbers tell a geometry to specs that use so many predictors."""
    return GEOMETRY_NUMBERS if predictors else 1


def fixed_predictors(geometry: Geometry) -> list[type_predictor]:
    """Return the FIXED predictors of a geometry; the first is W."""
    if geometry.plane:
        orders = [(2, 0, 0), (2, 2, 1), (4, 4, 2), (2, 2, 2), (3, 3, 2), (0, 0, 2), (1, 2, 1)]
        first = [{W: 4}, {N: 4}, difference(1, 1), {U: 4}, difference(1, 1, 1), difference(1, 0, 1)]
        return [*first, difference(0, 1, 1), *(difference(*order) for order in orders)]
    if geometry.row:
        orders = [(2, 2), (1, 2), (2, 1), (3, 0), (3, 3), (4, 4)]
        middle = {W: 2, N: 2}
        first = [{W: 4}, {N: 4}, difference(1, 1), difference(2), difference(0, 2), {W: 4, NE: 4, N: -4}]
        return [*first, middle, {W: 2, N: 1, NE: 1}, *(difference(*order) for order in orders)]
    mean = {W: 1, W2: 1, (3, 0, 0): 1, (4, 0, 0): 1}
    first = [{W: 4}, difference(2), difference(3), difference(4), {W: 2, W2: 2}, {W2: 4}, mean]
    return [*first, *(difference(order) for order in (5, 8, 10, 6, 7, 9, 11))]


def adaptive_places(geometry: Geometry) -> list[type_place]:
    """Return the places that adaptive predictors weigh, as differences from W."""
    if geometry.plane:
        across = [N, (1, 1, 0), NE, (0, 2, 0)]
        behind = [(i, j, 1) for j in (0, 1, -1) for i in (0, 1, -1)]
        return [W2, (3, 0, 0), *across, *behind, (0, 0, 2), (1, 0, 2), (0, 1, 2), (2, 0, 1)]
    if geometry.row:
        across = [(i, j, 0) for j, most in ((1, 3), (2, 2)) for i in range(-most, most + 1)]
        return [W2, (3, 0, 0), (4, 0, 0), (5, 0, 0), *across, (0, 3, 0), (1, 3, 0), (-1, 3, 0)]
    return [(i, 0, 0) for i in range(2, 22)]


def geometry_numbers(geometry: Geometry, predictors: int) -> np.ndarray:
    """Return a geometry and its predictors as the model reads them, uint32 (geometry_count(predictors),).

    predictors: how many a spec uses, with the adaptive ones; 0 in specs that are not for arrays
    """
    numbers = np.zeros(geometry_count(predictors), np.uint32)
    if not geometry.width:
        return numbers
    taps: list[int] = []

    def tap(place: type_place) -> int:
        i, j, k = place
        distance = i * geometry.step + j * geometry.row + k * geometry.plane
        distance = distance if distance > 0 else geometry.step
        if distance not in taps:
            taps.append(distance)
        return taps.index(distance)

    pairs: list[int] = []
    anchors = [W, *([N] if geometry.row else [W2]), *([U] if geometry.plane else [])]
    for place in anchors:
        tap(place)
    fixed = predictors - adaptive_count(predictors)
    for number, predictor in enumerate(fixed_predictors(geometry)[:fixed]):
        numbers[STARTS + number] = len(pairs)
        pairs += [tap(place) | (weight & 0xFFFF) << 16 for place, weight in predictor.items()]
    numbers[STARTS + fixed] = len(pairs)
    adaptive = [tap(place) for place in adaptive_places(geometry)] if fixed < predictors else []
    mantissa = MANTISSA_BITS[geometry.width] if geometry.is_float else 0
    head = (geometry.width, geometry.phase, geometry.is_big_endian, mantissa, len(taps), len(adaptive))
    numbers[: len(head)] = head
    numbers[DISTANCES : DISTANCES + len(taps)] = [distance * geometry.width for distance in taps]
    numbers[ADAPTIVE_AT : ADAPTIVE_AT + len(adaptive)] = adaptive
    numbers[PAIRS : PAIRS + len(pairs)] = pairs
    return numbers
