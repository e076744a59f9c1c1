"""The kernels of codes.py: a thread a lane, or a warp eight blocks. Launch CTAs of (32, warps) threads."""

from collections.abc import Callable

import numpy as np
from numba import cuda
from numba.cuda import types

import kompakt.kernels.lanes  # noqa: F401, gives the lane functions their CUDA overloads
from kompakt.kernels import codes
from kompakt.kernels.memory import lane_cells
from kompakt.model.lanes import WARP_LANES
from kompakt.model.words import u32

_WARP = u32(WARP_LANES)
_BLOCKS = u32(codes.BLOCKS_OF_WARP)


def _array(kind):
    return types.Array(kind, 1, "C")


_ROWS = types.Array(types.uint64, 2, "C")
_RESULTS = types.Array(types.uint32, 2, "C")
_CODERS = {
    "encode_huffman": (codes.encode_prefix_lane, types.uint8, types.uint32, types.uint8),
    "decode_huffman": (codes.decode_prefix_lane, types.uint8, types.uint16, types.uint8),
    "encode_rans": (codes.encode_rans_warp, types.uint8, types.uint64, types.uint16),
    "decode_rans": (codes.decode_rans_warp, types.uint16, types.uint32, types.uint8),
}
NAMES = tuple(_CODERS)


def signature(name: str) -> types.Type:
    """Return the arguments of a kernel: rows, source, tables, target, results; see codes.py."""
    _, *kinds = _CODERS[name]
    return types.void(_ROWS, *map(_array, kinds), _RESULTS)


def kernel(name: str) -> Callable:
    """Return the kernel of that name, uncompiled, for its signature."""
    cuda_function = cuda.jit(device=True, forceinline=True)
    code = cuda_function(_CODERS[name][0])

    def lanes_apart(rows, source, tables, target, results):
        warp = u32(u32(u32(cuda.blockIdx.x) * u32(cuda.blockDim.y)) + u32(cuda.threadIdx.y))
        lane = u32(u32(warp * _WARP) + u32(cuda.threadIdx.x))
        if lane < u32(len(rows)):
            results[lane, 0] = code(rows, lane, source, tables, target)

    def warps(rows, source, tables, target, results):
        warp = u32(u32(u32(cuda.blockIdx.x) * u32(cuda.blockDim.y)) + u32(cuda.threadIdx.y))
        first = u32(warp * _BLOCKS)
        if first < u32(len(rows)):
            x, at = lane_cells(WARP_LANES, np.uint32), lane_cells(WARP_LANES, np.uint32)
            code(rows, first, source, tables, target, results, x, at)

    function = warps if name.endswith("rans") else lanes_apart
    function.__name__ = name
    return function
