"""How the elements of an array lie in its bytes, found by how well neighbours predict each other.

What a geometry costs is the entropy of the bytes of the differences between elements and a prediction, each
byte of an element by itself. Flat geometries, without rows, are compared first; the best of each width then
gets the row and the plane that help most.
"""

from collections.abc import Iterator

import numpy as np

from kompakt.classic.compiling import compiled
from kompakt.model.geometry import MANTISSA_BITS, MAX_ROW, WIDTHS, Geometry

SAMPLE_BYTES = 1 << 18
"""A sample of this size shows rows and planes of up to a third of it."""

_STEPS = (1, 2, 3, 4, 6, 8)
_FLAT_BYTES = 1 << 15
_SPREAD = 2 * np.e  # of two-sided exponential differences whose mean is m, the entropy is log2(2 e m) bits
_UNALIGNED_BITS = 0.05
_WIDER_BITS = 0.02
_FARTHER_BITS = 0.01
"""Of a byte, that elements have to save that do not begin at their multiples, are wider, or farther apart."""

_FLOAT_WIDTHS = (4, 8)
_USUAL_EXPONENTS = 48  # of most floating-point numbers, from that of 1 up or down
_MOST = 0.95
_WIDTHS_TRIED = 2
_UNLIKELY_BITS = 0.15  # of a byte, that a geometry costs more than the likeliest to be left out
_PROBES = 1 << 8
_AT_ONCE = 512
_TERMS = 14  # of differences of 64 bits, whose product is a float64
_DISTANCES_TRIED = 8
_SHORTEST_ROW = 8  # in elements of a channel
_MUCH_SHORTER = 3
_PLACES_TRIED = 1 << 13
_WORTH_BITS = 0.02, 0.05  # of a byte, that a row has to save to be believed, and then a plane
_NEARLY_BITS = 0.01  # of a byte, in which multiples of a row differ by chance


def find_geometries(sample: np.ndarray) -> list[tuple[Geometry, float]]:
    """Return the likeliest geometries of the likeliest widths of elements, the likeliest first.

    sample: uint8 (n,)
    Each comes with what its differences cost, bits a byte.
    """
    flat = sample[: min(_FLAT_BYTES, sample.size)]
    costs = {geometry: _flat_cost(flat, geometry) for geometry in _flat_geometries()}
    best = [min((each for each in costs if each.width == width), key=costs.get) for width in WIDTHS]
    likely = sorted(best, key=costs.get)[:_WIDTHS_TRIED]
    found = [_with_rows(sample, each._replace(is_float=_are_floats(sample, each))) for each in likely]
    found.sort(key=lambda each: each[1])
    return [each for each in found if each[1] <= found[0][1] + _UNLIKELY_BITS]


def elements_of(data: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return the whole elements in `data`, int64 (n,), sign-extended; of floats the bits."""
    start = -geometry.phase % geometry.width
    count = max(data.size - start, 0) // geometry.width
    order = ">" if geometry.is_big_endian else "<"
    whole = np.ascontiguousarray(data[start : start + count * geometry.width])
    return whole.view(f"{order}i{geometry.width}").astype(np.int64)


def _flat_geometries() -> Iterator[Geometry]:
    for width in WIDTHS:
        for is_big_endian in (False, True)[: 1 + (width > 1)]:
            for phase in range(width):
                for step in _STEPS:
                    yield Geometry(width, step, 0, phase, is_big_endian)


def _flat_cost(sample: np.ndarray, geometry: Geometry) -> float:
    """Return the cost when each element is predicted by the one before; of equals the simpler costs less."""
    elements = elements_of(sample, geometry)
    if elements.size <= geometry.step:
        return np.inf
    differences = elements[geometry.step :] - elements[: -geometry.step]
    unlikely = (
        _UNALIGNED_BITS * (geometry.phase != 0) + _WIDER_BITS * geometry.width + _FARTHER_BITS * geometry.step
    )
    return _cost(differences, geometry.width) + unlikely


def _are_floats(sample: np.ndarray, geometry: Geometry) -> bool:
    """Return whether elements look like floating-point numbers, most of them not far from 1."""
    if geometry.width not in _FLOAT_WIDTHS:
        return False
    mantissa = MANTISSA_BITS[geometry.width]
    elements = elements_of(sample, geometry)
    elements = elements[elements != 0]
    highest = (1 << 8 * geometry.width - 1 - mantissa) - 1
    away = np.abs((elements >> mantissa & highest) - highest // 2)
    return bool(elements.size) and bool(np.count_nonzero(away <= _USUAL_EXPONENTS) >= _MOST * elements.size)


def _with_rows(sample: np.ndarray, flat: Geometry) -> tuple[Geometry, float]:
    """Return `flat` with the row and the plane that help most, where they help, and the cost."""
    usual = _flat_cost(sample, flat)
    bits = elements_of(sample, flat)
    most = min(MAX_ROW, bits.size // 3)
    if most <= _SHORTEST_ROW * flat.step:
        return flat, usual
    places = np.linspace(most + flat.step, bits.size - 1, _PLACES_TRIED).astype(np.int64)
    trial = _Trial(bits, flat, places[np.diff(places, prepend=-1) > 0])
    unlikely = usual - _cost(bits[flat.step :] - bits[: -flat.step], flat.width)
    rows = [flat._replace(row=row) for row in _likely_distances(bits, flat.step, most)]
    if not rows:
        return flat, trial.cost(flat) + unlikely
    with_row = trial.shortest_of_the_best(rows)
    row, distances = with_row.row, [geometry.row for geometry in rows]
    pairs = [with_row._replace(plane=plane) for plane in distances if plane >= 2 * row]
    pairs += [flat._replace(row=shorter, plane=row) for shorter in distances if 2 * shorter <= row]
    best, cost = flat, trial.cost(flat)
    others = with_row, trial.shortest_of_the_best(pairs or [flat])
    for other, worth in zip(others, _WORTH_BITS, strict=True):
        if cost - trial.cost(other) > worth:
            best, cost = other, trial.cost(other)
    return best, cost + unlikely


class _Trial:
    """What geometries cost at some places."""

    def __init__(self, bits: np.ndarray, flat: Geometry, places: np.ndarray):
        self._bits, self._places = bits, places
        self._kind = np.dtype(f"f{flat.width}") if flat.is_float else None
        self._values = bits
        if flat.is_float:
            self._values = bits.astype(f"i{flat.width}").view(self._kind).astype(np.float64)
        self._costs: dict[Geometry, float] = {}

    def cost(self, geometry: Geometry) -> float:
        """Return the cost, bits a byte, of the best of some predictions."""
        if geometry not in self._costs:
            guesses = self._guesses(geometry)
            self._costs[geometry] = min(self._cost_of(guess, geometry.width) for guess in guesses)
        return self._costs[geometry]

    def shortest_of_the_best(self, geometries: list[Geometry]) -> Geometry:
        """Return the geometry with the shortest plane and row of those that cost nearly as little as any."""
        least = min(map(self.cost, geometries))
        likely = (geometry for geometry in geometries if self.cost(geometry) <= least + _NEARLY_BITS)
        return min(likely, key=lambda geometry: (geometry.plane, geometry.row))

    def _cost_of(self, guess: np.ndarray, width: int) -> float:
        if self._kind is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                guess = guess.astype(self._kind).view(f"i{width}").astype(np.int64)
        return _cost(self._bits[self._places] - guess, width)

    def _guesses(self, geometry: Geometry) -> list[np.ndarray]:
        step, row, plane = geometry.step, geometry.row, geometry.plane
        west = self._before(step)
        if not row:
            west2, west3, west4 = (self._before(times * step) for times in (2, 3, 4))
            near, far = self._mean(west, west2), self._mean(west3, west4)
            return [west, 2 * west - west2, 3 * west - 3 * west2 + west3, self._mean(near, far)]
        north, north_west = self._before(row), self._before(row + step)
        if not plane:
            return [north, west + north - north_west, self._mean(west, north)]
        behind, behind_west = self._before(plane), self._before(plane + step)
        behind_north, behind_both = self._before(plane + row), self._before(plane + row + step)
        lorenzo = west + north - north_west + behind - behind_west - behind_north + behind_both
        return [behind, lorenzo, north + behind - behind_north, west + behind - behind_west]

    def _mean(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return (one >> 1) + (other >> 1) if self._kind is None else (one + other) / 2

    def _before(self, distance: int) -> np.ndarray:
        return self._values[np.maximum(self._places - distance, 0)]


def _likely_distances(elements: np.ndarray, step: int, most: int) -> list[int]:
    """Return distances at which elements differ less than at those beside, measured at some places.

    Those where they differ least, of those much shorter than the best one too, and halves and thirds of all.
    """
    probes = np.linspace(most, elements.size - 1, min(_PROBES, elements.size - most)).astype(np.int64)
    distances = np.arange(_SHORTEST_ROW * step, most)
    parts = np.array_split(distances, -(-distances.size // _AT_ONCE))
    near = np.concatenate([_nearness(elements, probes, part[0], part[-1]) for part in parts])
    beside = np.minimum(np.append(near[1:], np.inf), np.append(np.inf, near[:-1]))
    distances, near = distances[near <= beside], near[near <= beside]
    distances = distances[np.argsort(near, kind="stable")]
    shorter = distances[distances * _MUCH_SHORTER < distances[:1].sum()]
    found = [*distances[:_DISTANCES_TRIED].tolist(), *shorter[:_DISTANCES_TRIED].tolist()]
    parts = [far // times for far in found for times in (2, 3) if far % times == 0]
    return list(dict.fromkeys(distance for distance in found + parts if distance >= _SHORTEST_ROW * step))


@compiled
def _nearness(elements, probes, first, last):
    """Return the mean bits of the differences at each distance from `first` to `last`: float64.

    elements: int64 (n,); probes: int64, places at least `last` from the start
    """
    bits = np.zeros(last - first + 1)
    product = np.ones(last - first + 1)
    for number in range(len(probes)):
        here = elements[probes[number]]
        before = elements[probes[number] - last : probes[number] - first + 1]
        for place in range(len(product)):
            product[place] *= 1.0 + _SPREAD * abs(np.float64(here) - np.float64(before[place]))
        if number % _TERMS == _TERMS - 1 or number == len(probes) - 1:
            for place in range(len(product)):
                bits[place] += np.log2(product[place])
                product[place] = 1.0
    return bits[::-1] / len(probes)


@compiled
def _cost(differences, width):
    """Return the entropy of the bytes of differences, int64, of elements of `width` bytes, bits a byte.

    Each byte is that of the difference rounded to it, so small ones of either sign have zeros above.
    """
    total = 0.0
    for byte in range(width):
        counts = np.zeros(256, np.int64)
        half = np.int64(1) << np.int64(8 * byte) >> np.int64(1)
        for difference in differences:
            counts[(difference + half) >> np.int64(8 * byte) & 255] += 1
        for count in counts:
            if count:
                total += count * np.log2(count)
    return np.log2(len(differences)) - total / (width * len(differences))
