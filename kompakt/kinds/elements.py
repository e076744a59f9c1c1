"""How the elements of an array lie in its bytes, found by how well neighbours predict each other.

What a geometry costs is the entropy of the bytes of the differences between elements and a prediction, each
byte of an element by itself. Flat geometries, without rows, are compared first; the best of each width then
gets the row that helps most, and the best of these is it.
"""

from collections.abc import Iterator

import numpy as np

from kompakt.model.geometry import MAX_ROW, WIDTHS, Geometry

SAMPLE_BYTES = 1 << 18
"""A sample of this size shows rows of up to a third of it."""

_STEPS = (1, 2, 3, 4, 6, 8)
_FLAT_BYTES = 1 << 15
_SPREAD = 2 * np.e  # of two-sided exponential differences whose mean is m, the entropy is log2(2 e m) bits
_UNALIGNED_BITS = 0.05
_WIDER_BITS = 0.01
_FARTHER_BITS = 0.002
"""Of a byte, that elements have to save that do not begin at their multiples, are wider, or farther apart."""

_PROBES = 1 << 9
_AT_ONCE = 256
_ROWS_TRIED = 16
_WORTH_BITS = 0.02  # of a byte, that a row has to save to be believed


def find_geometry(sample: np.ndarray) -> tuple[Geometry, float]:
    """Return the likeliest geometry of `sample`, uint8 (n,), and what its differences cost, bits a byte."""
    flat = sample[: min(_FLAT_BYTES, sample.size)]
    costs = {geometry: _flat_cost(flat, geometry) for geometry in _flat_geometries()}
    finalists = []
    for width in WIDTHS:
        best = min((geometry for geometry in costs if geometry.width == width), key=costs.get)
        finalists.append(_with_row(sample, best))
    return min(finalists, key=lambda found: found[1])


def elements_of(data: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return the whole elements in `data`, int64 (n,), sign-extended."""
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


def _with_row(sample: np.ndarray, flat: Geometry) -> tuple[Geometry, float]:
    """Return `flat` with the row that helps most, if one helps, and the cost."""
    elements = elements_of(sample, flat)
    size, step, width = elements.size, flat.step, flat.width
    most = min(MAX_ROW, size // 3)
    if most <= 2 * step:
        return flat, _flat_cost(sample, flat)
    places = np.arange(most + step, size)
    west = elements[places - step]
    unlikely = _flat_cost(sample, flat) - _cost(elements[step:] - elements[:-step], width)
    usual = _cost(elements[places] - west, width) + unlikely
    costs = {}
    for row in _likely_rows(elements, step, most):
        north = elements[places - row]
        gradient = west + north - elements[places - row - step]
        guesses = (north, gradient, (west >> 1) + (north >> 1))
        costs[row] = min(_cost(elements[places] - guess, width) for guess in guesses) + unlikely
    best = min(costs, key=lambda row: (costs[row], row))
    return (flat._replace(row=best), costs[best]) if usual - costs[best] > _WORTH_BITS else (flat, usual)


def _likely_rows(elements: np.ndarray, step: int, most: int) -> list[int]:
    """Return the distances at which elements differ least, measured at some places."""
    probes = np.linspace(most, elements.size - 1, min(_PROBES, elements.size - most)).astype(np.int64)
    distances = np.arange(step + 1, most)
    parts = np.array_split(distances, -(-distances.size // _AT_ONCE))
    near = np.concatenate([_nearness(elements, probes, part) for part in parts])
    return distances[np.argsort(near, kind="stable")[:_ROWS_TRIED]].tolist()


def _nearness(elements: np.ndarray, probes: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Return the mean bits of the differences at each distance."""
    differences = elements[probes] - elements[probes - distances[:, None]]
    return np.log2(1.0 + _SPREAD * np.abs(differences.astype(np.float32))).mean(axis=1)


def _cost(differences: np.ndarray, width: int) -> float:
    """Return the entropy of the bytes of differences, int64, of elements of `width` bytes, bits a byte.

    Each byte is that of the difference rounded to it, so small ones of either sign have zeros above.
    """
    bits = 0.0
    for byte in range(width):
        rounded = differences + (1 << 8 * byte >> 1)
        counts = np.bincount((rounded >> 8 * byte) & 255, minlength=256)
        shares = counts[counts > 0] / differences.size
        bits -= (shares * np.log2(shares)).sum()
    return float(bits / width)
