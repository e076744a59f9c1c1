"""From a model's texts to the start it stands for, the same on every machine."""

from collections.abc import Callable, Sequence

import numpy as np

from kompakt.cpu.compiled import block_loop
from kompakt.cpu.training import BaseTraining
from kompakt.model.spec import Spec
from kompakt.model.state import (
    Start,
    allocate,
    begin,
    empty_start,
    learned_part,
    scratch,
    spec_arrays,
)
from kompakt.model.tables import tables


def build(
    spec: Spec, base_bits: int, texts: Sequence[np.ndarray], notice: Callable[[str], None] = lambda text: None
) -> Start:
    """Return the start after `texts`, uint8, none of them empty.

    The base learns from all of them. The rest is what coding the last one leaves, from a base that knows the
    others.
    """
    last = texts[-1]
    text = np.concatenate(texts)
    ends = tuple(np.cumsum([len(text) for text in texts]).tolist())
    known_bytes = len(text) - len(last)
    before = BaseTraining(spec, base_bits, None, text[:known_bytes], ends[:-1], 0, notice).finish()
    start = Start(before, base_bits, text[:known_bytes], ends[:-1], empty_start(spec).learned)
    learned = _end_of(spec, start, last, notice)
    base = BaseTraining(spec, base_bits, before, text, ends[-1:], known_bytes, notice).finish()
    return Start(base, base_bits, text, ends, learned)


def _end_of(spec: Spec, start: Start, data: np.ndarray, notice: Callable[[str], None]) -> np.ndarray:
    """Return learned_part() of the state after coding `data` from `start`."""
    table_bits = spec.table_bits_for(len(data))
    buffer = allocate(spec, table_bits)
    block_loop(spec, False, notice)(
        begin(buffer, spec, table_bits, start), tables(), spec_arrays(spec), scratch(spec),
        np.uint32(table_bits), np.uint32(start.base_bits), data, np.empty(2 * len(data) + 64, np.uint8),
    )  # fmt: skip
    return learned_part(buffer, spec, table_bits).copy()
