"""Which model suits a file of numbers: a sample is coded with both, and the smaller stream decides."""

from collections.abc import Callable

import numpy as np

from kompakt.cpu.compiled import block_loop
from kompakt.kinds.elements import find_geometry
from kompakt.model.spec import Spec, array_spec
from kompakt.model.state import allocate, begin, scratch, spec_arrays
from kompakt.model.tables import tables

TRIAL_BYTES = 1 << 17
LEAST_GAIN = 50
"""An array spec has to save one part in so many."""


Notice = Callable[[str], None]


def better_spec(spec: Spec, sample: np.ndarray, notice: Notice = lambda text: None) -> Spec | None:
    """Return the spec for arrays that codes `sample`, uint8 (n,), shorter than `spec`, or None."""
    geometry, _ = find_geometry(sample)
    other = array_spec(spec.level, geometry)
    start = (sample.size - TRIAL_BYTES) // 2 // geometry.width * geometry.width
    trial = np.ascontiguousarray(sample[max(start, 0) :][:TRIAL_BYTES])
    usual_bytes = _coded_bytes(spec, trial, notice)
    return other if _coded_bytes(other, trial, notice) < usual_bytes - usual_bytes // LEAST_GAIN else None


def _coded_bytes(spec: Spec, data: np.ndarray, notice: Notice) -> int:
    bits = spec.table_bits_for(data.size)
    loop = block_loop(spec, False, notice)
    state, out = begin(allocate(spec, bits), spec, bits), np.empty(2 * data.size + 64, np.uint8)
    none = np.uint32(0)
    return loop(state, tables(), spec_arrays(spec), scratch(spec), np.uint32(bits), none, data, out)
