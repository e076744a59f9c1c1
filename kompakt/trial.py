"""Which model suits a file of numbers: a sample is coded with each, and the smallest stream decides."""

from collections.abc import Callable, Sequence

import numpy as np

from kompakt.cpu.alone import coded_alone
from kompakt.kinds.elements import find_geometries
from kompakt.model.geometry import WIDTHS, Geometry
from kompakt.model.spec import Spec, array_spec

TRIAL_BYTES = 1 << 17
FAST_TRIAL_BYTES = 1 << 16
"""At level 1, where trials are a tenth of the time."""

LEAST_GAIN = 100
"""An array spec has to save one part in so many, and so has each that is less likely."""

Notice = Callable[[str], None]


def no_notice(text: str) -> None:
    """Tell nobody."""


def better_spec(spec: Spec, sample: np.ndarray, notice: Notice = no_notice) -> Spec | None:
    """Return the spec for arrays that codes `sample`, uint8 (n,), shorter than `spec`, or None."""
    return best_spec(spec, sample, likely_geometries(sample), notice)


def likely_geometries(sample: np.ndarray) -> tuple[Geometry, ...]:
    """Return how the elements of an array may lie in `sample`, the likeliest first, then one without rows."""
    found = [geometry for geometry, _ in find_geometries(sample)]
    return tuple(dict.fromkeys([*found, found[0]._replace(row=0, plane=0)]))


def best_spec(
    spec: Spec, sample: np.ndarray, geometries: Sequence[Geometry], notice: Notice = no_notice
) -> Spec | None:
    """Return the spec for arrays of one of `geometries` that codes `sample` shorter than `spec`, or None."""
    size = FAST_TRIAL_BYTES if spec.level == 1 else TRIAL_BYTES
    start = max(sample.size - size, 0) // 2 // max(WIDTHS) * max(WIDTHS)
    trial = np.ascontiguousarray(sample[start:][:size])
    best, best_bytes = None, coded_alone(spec, trial, notice).size
    for geometry in geometries:
        other = array_spec(spec.level, geometry)
        coded_bytes = coded_alone(other, trial, notice).size
        if coded_bytes < best_bytes - best_bytes // LEAST_GAIN:
            best, best_bytes = other, coded_bytes
    return best
