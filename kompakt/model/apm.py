"""Adaptive probability maps: correct a prediction by what came of such predictions in a small context."""

import numpy as np

from kompakt.model.compiling import inlined
from kompakt.model.tables import MIX_LIMIT, tables
from kompakt.model.words import i32, u16, u32, u64

APM_STEP_BITS = 8
APM_CELLS = 2 * MIX_LIMIT // (1 << APM_STEP_BITS) + 1
"""Cells of one context: one for every nat of the stretched prediction."""

APM_STRIDE = 32
"""Cells from one context to the next: a context is one cache line."""

_STEP = u32(1 << APM_STEP_BITS)
_MIX_LIMIT = i32(MIX_LIMIT)
_LAST = u32(2 * MIX_LIMIT)


def apm_start() -> np.ndarray:
    """Return uint16 (APM_STRIDE,): the cells of one context that change nothing."""
    cells = np.zeros(APM_STRIDE, np.uint16)
    cells[:APM_CELLS] = tables().squash[:: 1 << APM_STEP_BITS]
    return cells


@inlined
def refine(cells, row, stretched):
    """Return (p16, nearest cell, its value): `stretched` interpolated between the two cells around it.

    cells:     uint16 (contexts * APM_STRIDE,), probability of a one
    row:       first cell of the context
    stretched: int32 within ±MIX_LIMIT
    """
    place = min(u32(stretched + _MIX_LIMIT), u32(_LAST - u32(1)))
    weight = u32(place & u32(_STEP - u32(1)))
    low = u32(row + u32(place >> u32(APM_STEP_BITS)))
    left = u32(cells[low])
    right = u32(cells[u64(low) + u64(1)])
    p16 = u32(u32(u32(left * u32(_STEP - weight)) + u32(right * weight)) >> u32(APM_STEP_BITS))
    upper = u32(weight >> u32(APM_STEP_BITS - 1))
    return p16, u32(low + upper), i32(right if upper == u32(1) else left)


@inlined
def adapt_cell(cells, cell, value, bit):
    """Move one cell, now `value`, towards `bit` by 1/64 of the distance."""
    target = i32(i32(bit) * i32(65535))
    cells[cell] = u16(i32(value + i32(i32(target - value) >> i32(6))))
