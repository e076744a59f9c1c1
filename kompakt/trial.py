"""Which model suits a file of numbers: a sample is coded with each, and the smallest stream decides."""

from collections.abc import Callable

import numpy as np

from kompakt.cpu.alone import coded_alone
from kompakt.kinds.elements import find_geometries
from kompakt.model.geometry import WIDTHS
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
    size = FAST_TRIAL_BYTES if spec.level == 1 else TRIAL_BYTES
    start = max(sample.size - size, 0) // 2 // max(WIDTHS) * max(WIDTHS)
    trial = np.ascontiguousarray(sample[start:][:size])
    usual_bytes = coded_alone(spec, trial, notice).size
    found = [geometry for geometry, _ in find_geometries(sample)]
    flat = found[0]._replace(row=0, plane=0)
    likely = [array_spec(spec.level, geometry) for geometry in dict.fromkeys([*found, flat])]
    best, best_bytes = None, usual_bytes
    for other in likely:
        coded_bytes = coded_alone(other, trial, notice).size
        if coded_bytes < best_bytes - best_bytes // LEAST_GAIN:
            best, best_bytes = other, coded_bytes
    return best
