"""Blocks to streams and back without a backend, for tests of the model."""

import functools

import numpy as np
from numba import config

from kompakt.model.geometry import Geometry
from kompakt.model.loops import block_loops
from kompakt.model.spec import Spec, array_spec
from kompakt.model.state import Start, allocate, begin, scratch, spec_arrays
from kompakt.model.tables import tables

ARRAYS = [
    array_spec(1, Geometry(1, 3, 12)),
    array_spec(5, Geometry(4, 1, 3, 1, True)),
    array_spec(5, Geometry(2, 2, 0, 0, False, True)),
    array_spec(9, Geometry(2, 1, 6, 0, False, False, 18)),
    array_spec(9, Geometry(8, 2, 5, 3)),
    array_spec(9, Geometry(8, 1, 3, 0, True, True, 6)),
    array_spec(3, Geometry(1, 3, 12)),
]
"""Specs for arrays: of three channels, with the highest byte first, of pairs of short floats, of planes of 16
bits, of pairs of 64 bits, of planes of floats; and the first again for another level.
"""


@functools.cache
def _loops(spec: Spec):
    if config.DISABLE_JIT:
        return block_loops(spec)
    from kompakt.cpu.compiled import block_loop

    return tuple(block_loop(spec, decoding, lambda text: None) for decoding in (False, True))


def fresh(spec: Spec, table_bits: int, start: Start | None = None):
    """Return the arguments that stand before the data in a call of a block loop."""
    state = begin(allocate(spec, table_bits), spec, table_bits, start)
    base_bits = np.uint32(start.base_bits if start else 0)
    return state, tables(), spec_arrays(spec), scratch(spec), np.uint32(table_bits), base_bits


def encoded(data: bytes, spec: Spec, room: int | None = None, start: Start | None = None) -> bytes:
    """Return the stream of `data`, or b"" when it needs more than `room` bytes."""
    raw = np.frombuffer(data, np.uint8).copy()
    out = np.zeros(len(raw) * 17 // 16 + 64 if room is None else room, np.uint8)
    written = _loops(spec)[0](*fresh(spec, spec.table_bits_for(len(raw)), start), raw, out)
    return out[: int(written)].tobytes()


def decoded(stream: bytes, size: int, spec: Spec) -> bytes:
    """Return the `size` bytes that `stream` stands for."""
    data = np.zeros(size, np.uint8)
    _loops(spec)[1](*fresh(spec, spec.table_bits_for(size)), np.frombuffer(stream, np.uint8).copy(), data)
    return data.tobytes()
