"""Codes blocks in the emulated warp; started by test_warp.py with NUMBA_DISABLE_JIT=1.

Reads a JSON list of {level, seed, data: hex} and prints one of {stream: hex, data: hex}: what the warp made
of the data, and what it made of its own stream.
"""

import json
import sys

import numpy as np

from kompakt.kernels.shared import AMONG_LANES, BY_MAP, SharedLayout
from kompakt.model.loops import block_loops
from kompakt.model.spec import TABLE_BITS_MIN, Spec, spec_for_level
from kompakt.model.state import Scratch, State, allocate, reset, scratch, spec_arrays, views
from kompakt.model.tables import tables
from tests.kernels.warp import LaneCell, Warp, Watched


def run_warp(spec: Spec, decoding: bool, seed: int, source: np.ndarray, target: np.ndarray) -> int:
    """Run the encode or decode loop of `spec` in a warp; return what it returned, the same in all lanes."""
    warp = Warp(seed)
    state = views(allocate(spec, TABLE_BITS_MIN), spec, TABLE_BITS_MIN)
    reset(state, spec)
    watched = State(**{name: Watched(name, array, warp) for name, array in state._asdict().items()})
    among_lanes = {
        name: Watched(name, array, warp)
        for name, array in scratch(spec)._asdict().items()
        if name in AMONG_LANES
    }
    source, target = Watched("source", source, warp), Watched("target", target, warp)

    layout = SharedLayout(spec)

    def arguments(lane: int) -> tuple:
        cells = {
            name: LaneCell(array)
            for name, array in scratch(spec)._asdict().items()
            if not (layout.shares_maps and name in BY_MAP)
        }
        own = Scratch(**(scratch(spec)._asdict() | cells | among_lanes))
        return watched, tables(), spec_arrays(spec), own, np.uint32(TABLE_BITS_MIN), source, target

    (result,) = set(warp.run(block_loops(spec)[decoding], arguments))
    return result


def code_both_ways(level: int, seed: int, data: bytes) -> tuple[bytes, bytes]:
    """Return the stream of `data`, and what that stream decodes to."""
    spec = spec_for_level(level)
    stream = np.zeros(len(data) + 64, np.uint8)
    written = run_warp(spec, False, seed, np.frombuffer(data, np.uint8), stream)
    decoded = np.zeros(len(data), np.uint8)
    run_warp(spec, True, seed + 1, stream[:written], decoded)
    return stream[:written].tobytes(), decoded.tobytes()


if __name__ == "__main__":
    answers = []
    for case in json.load(sys.stdin):
        stream, decoded = code_both_ways(case["level"], case["seed"], bytes.fromhex(case["data"]))
        answers.append({"stream": stream.hex(), "data": decoded.hex()})
    json.dump(answers, sys.stdout)
