"""The table by which host and kernel speak about blocks: one row of uint64 a block, one uint32 back."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kompakt.model.spec import Spec
from kompakt.model.state import LEARNED_FROM, layout, state_bytes

SOURCE, SOURCE_BYTES, TARGET, TARGET_BYTES, TABLE_BITS, STATE_BYTES = range(6)
"""Columns: where the input begins in the input buffer and its size, the same for the output, model size."""

BASE_BITS, BASE_MATCH_BITS, BASE_HISTORIES, BASE_MATCHES, BASE_TEXT, BASE_TEXT_BYTES, LEARNED = range(6, 13)
"""Columns of a block with a start, addresses of device memory but for bits and size; zeros without one."""

FIRST_FIELD = 13
"""First of the columns with the offset of each array of the state, in the order of `FIELDS`."""

FIELDS = (
    "histories", "state_maps", "match_maps", "element_maps", "weights", "final_weights", "set_visits",
    "sure_maps", "tag_stack", "apms", "match_table", "registers", "followers1", "followers2", "last_seen",
    "votes",
)  # fmt: skip
COLUMNS = FIRST_FIELD + len(FIELDS)

UNFINISHED = 0xFFFFFFFF
"""Status of a block that no kernel has finished. Encoders put the stream's bytes there, decoders 0."""


class StartRow(NamedTuple):
    """The columns of a start, see BASE_BITS."""

    base_bits: int = 0
    base_match_bits: int = 0
    base_histories: int = 0
    base_matches: int = 0
    base_text: int = 0
    base_text_bytes: int = 0
    learned: int = 0


NO_START = StartRow()


def base_bytes(spec: Spec, base_bits: int) -> int:
    """Return the size of a base's tables, which lie first in a state."""
    return _offsets(spec, base_bits)[LEARNED_FROM]


def start_row(spec: Spec, base_bits: int, base: int, text: int, text_bytes: int, learned: int) -> StartRow:
    """Return the columns of a start whose base, text and learned part lie at these addresses."""
    offsets = _offsets(spec, base_bits)
    histories, matches = base + offsets["histories"], base + offsets["match_table"]
    return StartRow(base_bits, spec.match_bits(base_bits), histories, matches, text, text_bytes, learned)


def row(
    spec: Spec,
    table_bits: int,
    source: tuple[int, int],
    target: tuple[int, int],
    start: StartRow = NO_START,
) -> Sequence[int]:
    """Return the row of a block; `source` and `target` are (offset, size) in bytes."""
    return (*source, *target, table_bits, slot_bytes(spec, table_bits), *start, *_fields(spec, table_bits))


def rows(blocks: Sequence[Sequence[int]]) -> np.ndarray:
    """Return rows as the kernel reads them, uint64 (blocks, COLUMNS)."""
    return np.array(blocks, np.uint64).reshape(-1, COLUMNS)


@functools.cache
def slot_bytes(spec: Spec, table_bits: int) -> int:
    """Return the size of a slot for blocks of so many table bits: that of their state."""
    return state_bytes(spec, table_bits)


@functools.cache
def _fields(spec: Spec, table_bits: int) -> tuple[int, ...]:
    offsets = _offsets(spec, table_bits)
    return tuple(offsets[name] for name in FIELDS)


def _offsets(spec: Spec, table_bits: int) -> dict[str, int]:
    return {field.name: field.offset for field in layout(spec, table_bits)}
