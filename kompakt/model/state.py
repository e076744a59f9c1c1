"""The arrays a model runs on: its adaptive state, the spec's numbers, and scratch for one byte.

All adaptive arrays are views into one buffer, because a snapshot is then one copy. The layout of the
buffer follows from the spec and `table_bits` alone.
"""

from typing import NamedTuple

import numpy as np

from kompakt.model.apm import APM_STRIDE, apm_start
from kompakt.model.contexts import RECORD_LIMIT
from kompakt.model.registers import REGISTERS
from kompakt.model.spec import Spec
from kompakt.model.tables import state_probabilities

CACHE_LINE = 64
MATCH_MAP_ENTRIES = 128 + 4096


class State(NamedTuple):
    """Adaptive arrays. `histories` and `counters` are two views of the same buckets (buckets.py)."""

    histories: np.ndarray  # uint8
    counters: np.ndarray  # uint16
    state_maps: np.ndarray  # uint32 (contexts * 256,), p22 << 10 | visits
    match_maps: np.ndarray  # uint32 (MATCH_MAP_ENTRIES,), p22 << 10 | visits
    weights: np.ndarray  # int32, 16.16
    final_weights: np.ndarray  # int32 (256 * sets,), 16.16
    apms: np.ndarray  # uint16 (apms * 65536 * APM_STRIDE,)
    match_table: np.ndarray  # uint32 (2**match_bits,)
    registers: np.ndarray  # uint32 (REGISTERS,)
    followers1: np.ndarray  # uint16 (256,)
    followers2: np.ndarray  # uint16 (65536,)
    last_seen: np.ndarray  # uint32 (512,)
    votes: np.ndarray  # uint16 (RECORD_LIMIT,)


class SpecArrays(NamedTuple):
    """A spec as the model reads it; see spec.py for the meaning of each column."""

    masks: np.ndarray  # uint32 (contexts * 2,)
    sources: np.ndarray  # uint32 (contexts * 2,)
    selectors: np.ndarray  # uint32 (sets * SELECTOR_COLUMNS,)


class Scratch(NamedTuple):
    """What predict() leaves for update(), and begin_byte() for both. Nothing here outlives a byte."""

    hashes: np.ndarray  # uint32 (contexts,)
    keys: np.ndarray  # uint32 (contexts,), hashes of the next nibble's buckets
    buckets: np.ndarray  # uint32 (contexts,)
    seen: np.ndarray  # uint32 (contexts,)
    entries: np.ndarray  # uint32 (contexts,)
    counts: np.ndarray  # int32 (contexts,)
    inputs: np.ndarray  # int32 (inputs,)
    set_base: np.ndarray  # uint32 (sets,)
    set_offset: np.ndarray  # uint32 (sets,)
    mixed: np.ndarray  # int32 (sets,)
    errors: np.ndarray  # int32 (sets,)
    cells: np.ndarray  # uint32 (3,), APM cells to adapt
    rows: np.ndarray  # uint32 (3,), APM contexts


class Field(NamedTuple):
    """One array of a state: name, NumPy type, first byte within the buffer, number of items."""

    name: str
    kind: type
    offset: int
    count: int


def _fields(spec: Spec, table_bits: int) -> list[tuple[str, type, int]]:
    contexts = len(spec.contexts)
    sets = len(spec.selectors)
    return [
        ("histories", np.uint8, contexts << table_bits << spec.bucket_shift),
        ("state_maps", np.uint32, contexts * 256),
        ("match_maps", np.uint32, MATCH_MAP_ENTRIES),
        ("weights", np.int32, spec.weight_sets * spec.inputs),
        ("final_weights", np.int32, 256 * sets),
        ("apms", np.uint16, spec.apms * 65536 * APM_STRIDE),
        ("match_table", np.uint32, 1 << spec.match_bits(table_bits)),
        ("registers", np.uint32, REGISTERS),
        ("followers1", np.uint16, 256),
        ("followers2", np.uint16, 65536),
        ("last_seen", np.uint32, 512),
        ("votes", np.uint16, RECORD_LIMIT),
    ]


def _aligned(size: int) -> int:
    return -(-size // CACHE_LINE) * CACHE_LINE


def layout(spec: Spec, table_bits: int) -> list[Field]:
    """Return the arrays of a state in the order in which they lie in its buffer."""
    placed, offset = [], 0
    for name, kind, count in _fields(spec, table_bits):
        placed.append(Field(name, kind, offset, count))
        offset += _aligned(np.dtype(kind).itemsize * count)
    return placed


def state_bytes(spec: Spec, table_bits: int) -> int:
    """Return the size of a state buffer in bytes."""
    last = layout(spec, table_bits)[-1]
    return last.offset + _aligned(np.dtype(last.kind).itemsize * last.count)


def allocate(spec: Spec, table_bits: int) -> np.ndarray:
    """Return an aligned uint8 buffer of state_bytes(), zeroed by the operating system."""
    size = state_bytes(spec, table_bits)
    buffer = np.zeros(size + CACHE_LINE, np.uint8)
    start = -buffer.ctypes.data % CACHE_LINE
    return buffer[start : start + size]


def views(buffer: np.ndarray, spec: Spec, table_bits: int) -> State:
    """Return the arrays of a state that lies in `buffer`."""
    arrays = {}
    for name, kind, offset, count in layout(spec, table_bits):
        arrays[name] = buffer[offset : offset + np.dtype(kind).itemsize * count].view(kind)
    arrays["counters"] = arrays["histories"].view(np.uint16)
    return State(**arrays)


def starting_patterns(spec: Spec) -> dict[str, np.ndarray]:
    """Return what repeats in each array of the empty state; arrays that are not named start as zeros.

    Each pattern is as long as a power of two, and divides the array it belongs to.
    """
    patterns = {
        "state_maps": state_probabilities() << np.uint32(10),
        "match_maps": np.array([(3 << 20) << 10], np.uint32),
        "weights": np.array([spec.first_weight], np.int32),
        "final_weights": np.array([65536 // len(spec.selectors)], np.int32),
    }
    return patterns | {"apms": apm_start()} if spec.apms else patterns


def reset(state: State, spec: Spec) -> None:
    """Put a zeroed state into the empty state from which a block without parent starts."""
    for name, pattern in starting_patterns(spec).items():
        getattr(state, name).reshape(-1, len(pattern))[:] = pattern


def spec_arrays(spec: Spec) -> SpecArrays:
    """Return `spec` as arrays."""
    return SpecArrays(
        masks=np.array([mask for context in spec.contexts for mask in context[:2]], np.uint32),
        sources=np.array([source for context in spec.contexts for source in context[2:]], np.uint32),
        selectors=np.array(spec.selector_rows(), np.uint32).ravel(),
    )


def scratch(spec: Spec) -> Scratch:
    """Return scratch arrays for one block at a time."""
    contexts, sets = len(spec.contexts), len(spec.selectors)
    sizes = dict.fromkeys(("hashes", "keys", "buckets", "seen", "entries", "counts"), contexts)
    sizes |= {
        "inputs": spec.inputs,
        "set_base": sets,
        "set_offset": sets,
        "mixed": sets,
        "errors": sets,
        "cells": 3,
        "rows": 3,
    }
    signed = {"counts", "inputs", "mixed", "errors"}
    return Scratch(**{k: np.zeros(n, np.int32 if k in signed else np.uint32) for k, n in sizes.items()})
