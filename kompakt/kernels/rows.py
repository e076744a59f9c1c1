"""The table by which host and kernel speak about blocks: one row of uint64 a block, one uint32 back."""

from collections.abc import Sequence

import numpy as np

from kompakt.model.spec import Spec
from kompakt.model.state import State, layout, state_bytes

SOURCE, SOURCE_BYTES, TARGET, TARGET_BYTES, TABLE_BITS, STATE_BYTES = range(6)
"""Columns: where the input begins in the input buffer and its size, the same for the output, model size."""

FIRST_FIELD = 6
"""First of the columns with the offset of each array of the state, in the order of `FIELDS`."""

FIELDS = tuple(name for name in State._fields if name not in ("words", "counters", "maps"))
COLUMNS = FIRST_FIELD + len(FIELDS)

UNFINISHED = 0xFFFFFFFF
"""Status of a block that no kernel has finished. Encoders put the stream's bytes there, decoders 0."""


def row(spec: Spec, table_bits: int, source: tuple[int, int], target: tuple[int, int]) -> Sequence[int]:
    """Return the row of a block; `source` and `target` are (offset, size) in bytes."""
    offsets = {field.name: field.offset for field in layout(spec, table_bits)}
    return (*source, *target, table_bits, state_bytes(spec, table_bits), *(offsets[name] for name in FIELDS))


def rows(blocks: Sequence[Sequence[int]]) -> np.ndarray:
    """Return rows as the kernel reads them, uint64 (blocks, COLUMNS)."""
    return np.array(blocks, np.uint64).reshape(-1, COLUMNS)
