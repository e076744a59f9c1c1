"""Codes blocks in the emulated warp; started by test_warp.py with NUMBA_DISABLE_JIT=1.

Reads a JSON list of {level, seed, data: hex, start: path of a file by write_start() or ""} and prints one of
{stream: hex, data: hex, tables: hash}: what the warp made of the data, what it made of its own stream, and
what tables it trained by replaying the data.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from kompakt.kernels.shared import AMONG_LANES, BY_MAP, SharedLayout
from kompakt.model.lanes import lane_first, lane_step
from kompakt.model.loops import block_loops, replay_loop
from kompakt.model.spec import TABLE_BITS_MIN, Spec, spec_by_id
from kompakt.model.state import Scratch, Start, State, allocate, begin, scratch, spec_arrays
from kompakt.model.tables import tables
from tests.kernels.warp import LaneCell, Warp, Watched

TRAINED = ("histories", "match_table", "followers1", "followers2", "last_seen", "votes", "registers")


def write_start(path: Path, start: Start) -> None:
    """Write a start for another process."""
    np.savez(path, base=start.base, base_bits=start.base_bits, text=start.text, learned=start.learned)


def read_start(path: str) -> Start | None:
    """Return what write_start() wrote; None without a path."""
    if not path:
        return None
    with np.load(path) as file:
        return Start(file["base"], int(file["base_bits"]), file["text"], (), file["learned"])


def tables_hash(state: State) -> str:
    """Return a hash over what replay trains."""
    return hashlib.blake2b(b"".join(getattr(state, name).tobytes() for name in TRAINED)).hexdigest()


class Emulated:
    """A warp with a block to begin with, at `start`: its arrays notice what its lanes do with them."""

    def __init__(self, spec: Spec, seed: int, start: Start | None):
        self.warp = Warp(seed)
        self.spec = spec
        self.state = begin(allocate(spec, TABLE_BITS_MIN), spec, TABLE_BITS_MIN, start)
        arrays = self.state._asdict().items()
        self._watched = State(**{name: Watched(name, array, self.warp) for name, array in arrays})
        self._among_lanes = {
            name: Watched(name, array, self.warp)
            for name, array in scratch(spec)._asdict().items()
            if name in AMONG_LANES
        }

    def watch(self, name: str, array: np.ndarray) -> Watched:
        """Return an array that notices what lanes do with it."""
        return Watched(name, array, self.warp)

    def run(self, loop, *rest) -> int:
        """Run a loop with these arguments behind the scratch arrays; return what all lanes returned."""
        (result,) = set(self.warp.run(loop, lambda lane: (*self._arguments(), *rest)))
        return result

    def _arguments(self) -> tuple:
        spec, layout = self.spec, SharedLayout(self.spec)
        cells = {
            name: LaneCell(array)
            for name, array in scratch(spec)._asdict().items()
            if not (layout.shares_maps and name in BY_MAP)
        }
        own = Scratch(**(scratch(spec)._asdict() | cells | self._among_lanes))
        return self._watched, tables(), spec_arrays(spec), own, np.uint32(TABLE_BITS_MIN)


def code(spec: Spec, decoding: bool, seed: int, source: np.ndarray, target: np.ndarray, start) -> int:
    """Run the encode or decode loop of `spec` in a warp; return what it returned."""
    warp = Emulated(spec, seed, start)
    base_bits = np.uint32(start.base_bits if start else 0)
    before = None if start is None else tuple(part.tobytes() for part in (start.base, start.text))
    result = warp.run(
        block_loops(spec)[decoding], base_bits, warp.watch("source", source), warp.watch("target", target)
    )
    assert start is None or before == (start.base.tobytes(), start.text.tobytes())
    return result


def code_both_ways(spec: Spec, seed: int, data: bytes, start: Start | None) -> tuple[bytes, bytes]:
    """Return the stream of `data`, and what that stream decodes to."""
    stream = np.zeros(len(data) + 64, np.uint8)
    written = code(spec, False, seed, np.frombuffer(data, np.uint8), stream, start)
    decoded = np.zeros(len(data), np.uint8)
    code(spec, True, seed + 1, stream[:written], decoded, start)
    return stream[:written].tobytes(), decoded.tobytes()


def replay(spec: Spec, seed: int, data: bytes) -> str:
    """Return the hash of the tables that replaying `data` leaves, each lane with contexts of its own."""
    warp = Emulated(spec, seed, None)
    loop = replay_loop(spec)

    def replay_lane(*arguments):
        loop(*arguments, np.uint32(0), lane_first(), lane_step())

    warp.run(replay_lane, warp.watch("text", np.frombuffer(data, np.uint8)))
    return tables_hash(warp.state)


if __name__ == "__main__":
    answers = []
    for case in json.load(sys.stdin):
        data = bytes.fromhex(case["data"])
        spec = spec_by_id(case["spec"])
        stream, decoded = code_both_ways(spec, case["seed"], data, read_start(case["start"]))
        tables_by_warp = replay(spec, case["seed"], data)
        answers.append({"stream": stream.hex(), "data": decoded.hex(), "tables": tables_by_warp})
    json.dump(answers, sys.stdout)
