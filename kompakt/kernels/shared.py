"""Where things lie in a CTA's shared memory: tables first, then a part for each warp."""

from typing import NamedTuple

import numpy as np

from kompakt.model.lanes import WARP_LANES
from kompakt.model.neighbours import geometry_count
from kompakt.model.registers import ARRAY_REGISTERS, REGISTERS
from kompakt.model.spec import MATCH_LIMITS, SELECTOR_COLUMNS, Spec
from kompakt.model.tables import LENGTH_LIMIT, MIX_LIMIT, RATE_LIMIT, STATES, Tables

WARPS_MAX = 8
"""Most warps of a CTA."""

DECLARED_BYTES_MAX = 48 << 10
"""Of shared memory that a kernel may declare; more has to come with the launch."""

TABLE_KINDS = {
    "stretch": (np.int16, 4096),
    "squash": (np.uint16, 2 * MIX_LIMIT + 1),
    "next_state": (np.uint8, 2 * STATES),
    "rate": (np.uint16, STATES),
    "reciprocal": (np.uint16, RATE_LIMIT + 1),
    "character": (np.uint8, 256),
    "length_bucket": (np.uint8, LENGTH_LIMIT + 1),
}
"""Item type and length of each table: the narrowest types that hold the model's own tables."""


class Place(NamedTuple):
    """First byte, and number of items."""

    at: int
    count: int


AMONG_LANES = ("inputs", "set_offset", "sums", "errors")
"""Scratch arrays by which lanes talk; of all others each lane uses only its own item."""


BY_MAP = ("places", "entries", "signs", "limits", "idle_places", "match_places", "match_steps")
"""Scratch arrays with an item for each map entry of a bit: more than lanes, where a spec fills the warp."""


BASE_ARRAYS = ("histories", "matches", "text")
"""Arrays of a base: `base` holds the address and the length of each, uint64."""


class SharedLayout:
    """Places of a spec's arrays but the mixer inputs; those of a warp count from the warp's own part.

    tables, warp: name -> Place
    warp_base:    first byte of warp 0's part; each part has `warp_bytes`
    total_bytes:  for WARPS_MAX warps
    is_declared:  whether the kernel declares it all, so that ptxas and profilers know of it
    shares_maps:  whether the arrays BY_MAP need shared memory, because some lane has two items;
                  they lie in it one behind the other, `map_bytes` each
    """

    def __init__(self, spec: Spec):
        contexts, sets = len(spec.contexts), len(spec.selectors)
        maps = contexts + len(MATCH_LIMITS) + spec.predictors
        kinds = TABLE_KINDS | {
            "masks": (np.uint32, 2 * contexts),
            "sources": (np.uint32, 2 * contexts),
            "selectors": (np.uint32, SELECTOR_COLUMNS * sets),
            "limits": (np.uint32, maps),
            "geometry": (np.uint32, geometry_count(spec.predictors)),
        }
        self.tables, self.warp_base = _placed({k: (np.dtype(t).itemsize, n) for k, (t, n) in kinds.items()})
        words = {
            "registers": ARRAY_REGISTERS if spec.is_array else REGISTERS,
            "set_offset": sets,
            "sums": sets,
            "errors": sets,
            "base": 2 * 2 * len(BASE_ARRAYS),
            "base_sizes": 2,
        }
        self.map_bytes = 4 * maps
        self.shares_maps = maps > WARP_LANES
        if self.shares_maps:
            words["maps"] = maps * len(BY_MAP)
        self.warp, self.warp_bytes = _placed({name: (4, count) for name, count in words.items()})

        self.total_bytes = self.warp_base + WARPS_MAX * self.warp_bytes
        inputs_bytes = 4 * spec.inputs * WARPS_MAX
        self.is_declared = self.total_bytes + inputs_bytes <= DECLARED_BYTES_MAX

    def launch_bytes(self, warps: int) -> int:
        """Return what a launch has to give a CTA of `warps` warps, beside what the kernel declares."""
        return 0 if self.is_declared else self.warp_base + warps * self.warp_bytes


def narrow_tables(tables: Tables) -> Tables:
    """Return the tables in the types of TABLE_KINDS, equal in every value."""
    narrowed = {name: getattr(tables, name).astype(kind) for name, (kind, _) in TABLE_KINDS.items()}
    if any((narrowed[name] != getattr(tables, name)).any() for name in narrowed):
        raise ValueError("a table does not fit its type in shared memory")
    return Tables(**narrowed)


def _placed(sizes: dict[str, tuple[int, int]]) -> tuple[dict[str, Place], int]:
    places, at = {}, 0
    for name, (item_bytes, count) in sizes.items():
        places[name] = Place(at, count)
        at += -(-item_bytes * count // 16) * 16
    return places, at
