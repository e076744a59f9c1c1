"""One block coded for itself, for whoever wants to know what a model makes of it."""

from collections.abc import Callable

import numpy as np

from kompakt.cpu.compiled import block_loop
from kompakt.model.spec import Spec
from kompakt.model.state import allocate, begin, scratch, spec_arrays
from kompakt.model.tables import tables

_ROOM_BYTES = 1 << 10
"""What a stream may have more than twice the bytes of its block, which is for short ones that surprise."""


def coded_alone(
    spec: Spec, data: np.ndarray, notice: Callable[[str], None] = lambda text: None
) -> np.ndarray:
    """Return the stream, uint8 (m,), of the block `data`, uint8 (n,), which starts from nothing."""
    bits = spec.table_bits_for(data.size)
    loop = block_loop(spec, False, notice)
    state, out = begin(allocate(spec, bits), spec, bits), np.empty(2 * data.size + _ROOM_BYTES, np.uint8)
    written = loop(
        state, tables(), spec_arrays(spec), scratch(spec), np.uint32(bits), np.uint32(0), data, out
    )
    return out[:written]
