"""Runs kernels of codes.py in the emulated warp; started by test_codes.py with NUMBA_DISABLE_JIT=1.

    python -m tests.kernels.emulate_codes CASES.pickle SEED

The file holds (kernel, rows, source, tables, target, results) for each launch; what the kernel makes of
target and results takes their place. Lanes of prefix codes share nothing; those of rANS meet.
"""

import pickle
import sys
from pathlib import Path

import numpy as np

from kompakt.kernels import codes
from tests.kernels.fake_codes import LANES_APART, WARPS
from tests.kernels.warp import LaneCell, Warp, Watched


def run(seed: int, kernel: str, rows, source, tables, target, results) -> None:
    """Run one launch."""
    if kernel in LANES_APART:
        with np.errstate(over="ignore"):
            for lane in range(len(rows)):
                results[lane, 0] = LANES_APART[kernel](rows, np.uint32(lane), source, tables, target)
        return
    for first in range(0, len(rows), codes.BLOCKS_OF_WARP):
        warp = Warp(seed + first)
        watched = Watched("target", target, warp)

        def arguments(lane: int, first: int = first, watched: Watched = watched) -> tuple:
            cells = (LaneCell(np.zeros(32, np.uint32)) for _ in range(2))
            return rows, np.uint32(first), source, tables, watched, results, *cells

        warp.run(WARPS[kernel], arguments)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    launches = pickle.loads(path.read_bytes())
    for launch in launches:
        run(int(sys.argv[2]), *launch)
    path.write_bytes(pickle.dumps(launches))
