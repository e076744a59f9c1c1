"""The arrays a model runs on: its adaptive state, the spec's numbers, and scratch for one byte.

All adaptive arrays are views into one buffer, whose layout follows from the spec and `table_bits` alone:
first the tables, whose size goes with the block's, then what has the same size in every state, `learned`.

A block may start from a `Start`: it copies `learned`, and looks up in the tables of a base, which many blocks
share, what it does not find in its own.
"""

from typing import NamedTuple

import numpy as np

from kompakt.model.apm import APM_STRIDE, apm_start
from kompakt.model.contexts import RECORD_LIMIT
from kompakt.model.nearness import ENTRIES, NEARNESS_LIMIT
from kompakt.model.neighbours import geometry_numbers
from kompakt.model.registers import ARRAY_REGISTERS, REGISTERS
from kompakt.model.spec import MATCH_LIMITS, TABLE_BITS_MIN, Spec
from kompakt.model.sure import SURE_MAP_BITS
from kompakt.model.tables import state_probabilities
from kompakt.model.tags import TAG_LEVELS

CACHE_LINE = 64
MATCH_MAP_ENTRIES = 128 + 4096
LEARNED_FROM = "state_maps"
BASE_VIEWS = (
    ("base_words", "histories", np.uint64),
    ("base_histories", "histories", np.uint8),
    ("base_counters", "histories", np.uint16),
    ("base_matches", "match_table", np.uint32),
)
"""Arrays of a State that lie in its base: name, name there, type."""


class State(NamedTuple):
    """Adaptive arrays. The first three are views of the same buckets (buckets.py)."""

    words: np.ndarray  # uint64
    histories: np.ndarray  # uint8
    counters: np.ndarray  # uint16
    state_maps: np.ndarray  # uint32 (contexts * 256,), p22 << 10 | visits
    match_maps: np.ndarray  # uint32 (MATCH_MAP_ENTRIES,), p22 << 10 | visits
    element_maps: np.ndarray  # uint32 (predictors * ENTRIES,), p22 << 10 | visits, see nearness.py
    maps: np.ndarray  # uint32, these three, which lie side by side
    weights: np.ndarray  # int32, 16.16
    final_weights: np.ndarray  # int32 (final_mixers * 256 * sets,), 16.16
    set_visits: np.ndarray  # uint32 (weight_sets,), bits that each has learned from; (0,) without own rates
    sure_maps: np.ndarray  # uint32 (2**SURE_MAP_BITS,), see sure.py; (0,) in specs without sure matches
    tag_stack: np.ndarray  # uint32 (TAG_LEVELS,), see tags.py; (0,) in specs that do not follow tags
    apms: np.ndarray  # uint16 (apms * 65536 * APM_STRIDE,)
    match_table: np.ndarray  # uint32 (2**match_bits,), places, which count from the start of `base_text`
    registers: np.ndarray  # uint32 (REGISTERS,)
    followers1: np.ndarray  # uint16 (256,)
    followers2: np.ndarray  # uint16 (65536,)
    last_seen: np.ndarray  # uint32 (512,)
    votes: np.ndarray  # uint16 (RECORD_LIMIT,)
    base_words: np.ndarray  # uint64; this and the next two are views of the base's buckets, never written
    base_histories: np.ndarray  # uint8
    base_counters: np.ndarray  # uint16
    base_matches: np.ndarray  # uint32, the base's match_table
    base_sizes: np.ndarray  # uint32 (2,), log2 of the base's buckets a context, and of its match table
    base_text: np.ndarray  # uint8, what the base has learned from


class Start(NamedTuple):
    """Where a block starts, in place of the empty state. Nothing in it is ever written to."""

    base: np.ndarray  # uint8, the buffer of a state with tables of 2**base_bits buckets a context
    base_bits: int
    text: np.ndarray  # uint8 (n,), n < 2**30, what the base has learned from
    ends: tuple[int, ...]  # where the texts end that follow each other in `text`
    learned: np.ndarray  # uint8, learned_part() of the state that the block goes on from


class SpecArrays(NamedTuple):
    """A spec as the model reads it; see spec.py for the meaning of each column."""

    masks: np.ndarray  # uint32 (contexts * 2,)
    sources: np.ndarray  # uint32 (contexts * 2,)
    selectors: np.ndarray  # uint32 (sets * SELECTOR_COLUMNS,)
    limits: np.ndarray  # uint32 (contexts + 2,), visits at which a map entry stops to slow down
    geometry: np.ndarray  # uint32 (GEOMETRY_NUMBERS,), see arrays.py


class Scratch(NamedTuple):
    """What predict() leaves for update(), and begin_byte() for both. Nothing here outlives a byte."""

    hashes: np.ndarray  # uint32 (contexts,)
    keys: np.ndarray  # uint32 (contexts,), hashes of the next nibble's buckets
    buckets: np.ndarray  # uint32 (contexts,)
    places: np.ndarray  # uint32 (contexts + 2,), where in State.maps the entries come from
    entries: np.ndarray  # uint32 (contexts + 2,)
    signs: np.ndarray  # int32 (contexts + 2,), what an input is multiplied by: 1, or -1, 0 or 1 for matches
    limits: np.ndarray  # uint32 (contexts + 2,), as in SpecArrays
    counts: np.ndarray  # int32 (contexts,)
    inputs: np.ndarray  # int32 (inputs,)
    ahead: np.ndarray  # uint32 (1,), the expected byte behind a leading one; 0 without a match
    idle_places: np.ndarray  # uint32 (contexts + 2,), only the last two: as `places`, without a match
    match_places: np.ndarray  # uint32 (contexts + 2,), only the last two: as `places`, with a match
    match_steps: np.ndarray  # uint32 (contexts + 2,), only the last two: from one bit's place to the next
    set_bits: np.ndarray  # uint32 (sets,), mask over the partial byte
    set_index: np.ndarray  # uint32 (sets,), mask over the bit index
    set_base: np.ndarray  # uint32 (sets,)
    set_number: np.ndarray  # uint32 (sets,), which weight set each selector chose
    set_offset: np.ndarray  # uint32 (sets,), where it begins
    sums: np.ndarray  # int32 (sets,), dot products
    mixed: np.ndarray  # int32 (sets,), stretched
    errors: np.ndarray  # int32 (sets,)
    held: np.ndarray  # int32, see hold() of lanes.py
    held_final: np.ndarray  # int32
    apm_bases: np.ndarray  # uint32 (3,), the part of APM contexts that holds for a byte
    rows: np.ndarray  # uint32 (3,), first cell of each APM's context
    cells: np.ndarray  # uint32 (3,), APM cells to adapt
    cell_values: np.ndarray  # int32 (3,), what is in them


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
        ("histories", np.uint8, spec.buckets(table_bits) << spec.bucket_shift),
        ("match_table", np.uint32, 1 << spec.match_bits(table_bits)),
        ("state_maps", np.uint32, contexts * 256),
        ("match_maps", np.uint32, MATCH_MAP_ENTRIES),
        ("element_maps", np.uint32, spec.predictors * ENTRIES),
        ("weights", np.int32, spec.weight_sets * spec.inputs),
        ("final_weights", np.int32, spec.final_mixers * 256 * sets),
        ("set_visits", np.uint32, spec.weight_sets if spec.set_rate_extra else 0),
        ("sure_maps", np.uint32, 1 << SURE_MAP_BITS if spec.sure_match else 0),
        ("tag_stack", np.uint32, TAG_LEVELS if spec.with_tags else 0),
        ("apms", np.uint16, spec.apms * 65536 * APM_STRIDE),
        ("registers", np.uint32, ARRAY_REGISTERS if spec.is_array else REGISTERS),
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


def learned_part(buffer: np.ndarray, spec: Spec, table_bits: int) -> np.ndarray:
    """Return the part of a state's buffer that has the same size and meaning for all `table_bits`."""
    start = next(field.offset for field in layout(spec, table_bits) if field.name == LEARNED_FROM)
    return buffer[start : state_bytes(spec, table_bits)]


def views(buffer: np.ndarray, spec: Spec, table_bits: int, start: Start | None = None) -> State:
    """Return the arrays of a state that lies in `buffer`, and those of the base in `start`."""
    arrays = {}
    for name, kind, offset, count in layout(spec, table_bits):
        arrays[name] = buffer[offset : offset + np.dtype(kind).itemsize * count].view(kind)
    arrays["counters"] = arrays["histories"].view(np.uint16)
    arrays["words"] = arrays["histories"].view(np.uint64)
    maps_at = next(field.offset for field in layout(spec, table_bits) if field.name == "state_maps")
    maps = buffer[maps_at:].view(np.uint32)
    arrays["maps"] = maps[: sum(len(arrays[name]) for name in ("state_maps", "match_maps", "element_maps"))]
    base = {field.name: field for field in layout(spec, start.base_bits)} if start else {}
    for name, known, kind in BASE_VIEWS:
        if start is None:
            arrays[name] = np.zeros(0, kind)
        else:
            _, stored, offset, count = base[known]
            arrays[name] = start.base[offset : offset + np.dtype(stored).itemsize * count].view(kind)
    sizes = (start.base_bits, spec.match_bits(start.base_bits)) if start else (0, 0)
    arrays["base_sizes"] = np.array(sizes, np.uint32)
    arrays["base_text"] = np.zeros(0, np.uint8) if start is None else start.text
    return State(**arrays)


def starting_patterns(spec: Spec) -> dict[str, np.ndarray]:
    """Return what repeats in each array of the empty state; arrays that are not named start as zeros.

    Each pattern is as long as a power of two, and divides the array it belongs to.
    """
    patterns = {
        "state_maps": state_probabilities() << np.uint32(10),
        "match_maps": np.array([(3 << 20) << 10], np.uint32),
        "element_maps": np.array([(1 << 21) << 10], np.uint32),
        "weights": np.array([spec.first_weight], np.int32),
        "final_weights": np.array([65536 // len(spec.selectors)], np.int32),
    }
    return patterns | {"apms": apm_start()} if spec.apms else patterns


def empty_start(spec: Spec) -> Start:
    """Return the start that is no different from starting empty."""
    buffer = allocate(spec, TABLE_BITS_MIN)
    reset(views(buffer, spec, TABLE_BITS_MIN), spec)
    return Start(
        buffer, TABLE_BITS_MIN, np.zeros(0, np.uint8), (), learned_part(buffer, spec, TABLE_BITS_MIN)
    )


def begin(buffer: np.ndarray, spec: Spec, table_bits: int, start: Start | None = None) -> State:
    """Return the state in a zeroed `buffer`, as a block begins with it: empty, or from `start`."""
    state = views(buffer, spec, table_bits, start)
    if start is None:
        reset(state, spec)
    else:
        learned_part(buffer, spec, table_bits)[:] = start.learned
    return state


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
        limits=np.array(
            [spec.map_limit] * len(spec.contexts) + [*MATCH_LIMITS] + [NEARNESS_LIMIT] * spec.predictors,
            np.uint32,
        ),
        geometry=geometry_numbers(spec.geometry, spec.predictors),
    )


def scratch_counts(spec: Spec) -> tuple[int, ...]:
    """Return how many items each array of a Scratch has."""
    contexts, sets = len(spec.contexts), len(spec.selectors)
    counts = dict.fromkeys(("hashes", "keys", "buckets", "counts"), contexts)
    maps = contexts + len(MATCH_LIMITS) + spec.predictors
    counts |= dict.fromkeys(("places", "entries", "signs", "limits"), maps)
    counts |= dict.fromkeys(("idle_places", "match_places", "match_steps"), maps)
    counts |= {"inputs": spec.inputs, "ahead": 1, "held": 1, "held_final": 1}
    counts |= dict.fromkeys(("set_bits", "set_index", "set_base", "set_number", "set_offset"), sets)
    counts |= dict.fromkeys(("sums", "mixed", "errors"), sets)
    counts |= dict.fromkeys(("apm_bases", "rows", "cells", "cell_values"), 3)
    return tuple(counts[name] for name in Scratch._fields)


def scratch(spec: Spec) -> Scratch:
    """Return scratch arrays for one block at a time."""
    signed = {"signs", "counts", "inputs", "sums", "mixed", "errors", "held", "held_final", "cell_values"}
    arrays = {
        name: np.zeros(count, np.int32 if name in signed else np.uint32)
        for name, count in zip(Scratch._fields, scratch_counts(spec), strict=True)
    }
    arrays["mixed"] = arrays["sums"]
    return Scratch(**arrays)
