"""A GPU made of NumPy arrays whose kernels are the functions of codes.py, compiled for the CPU."""

import functools
from collections.abc import Callable, Sequence

import numba
import numpy as np

from kompakt.kernels import codes
from kompakt.kernels.packed import Kernel

LANES_APART = {"encode_huffman": codes.encode_prefix_lane, "decode_huffman": codes.decode_prefix_lane}
WARPS = {"encode_rans": codes.encode_rans_warp, "decode_rans": codes.decode_rans_warp}
CODE_KINDS = {
    "encode_huffman": (np.uint64, np.uint8, np.uint32, np.uint8, np.uint32),
    "decode_huffman": (np.uint64, np.uint8, np.uint16, np.uint8, np.uint32),
    "encode_rans": (np.uint64, np.uint8, np.uint64, np.uint16, np.uint32),
    "decode_rans": (np.uint64, np.uint16, np.uint32, np.uint8, np.uint32),
}
"""Items of rows, source, tables, target and results."""


@functools.cache
def compiled(function: Callable) -> Callable:
    """Return a function of codes.py compiled for the CPU, whose thread walks all lanes."""
    return numba.njit(function)


def run_code(name: str, arguments: Sequence[np.ndarray]) -> None:
    """Run a kernel of codes.py on the CPU."""
    rows, source, tables, target, results = arguments
    if name in LANES_APART:
        for lane in range(len(rows)):
            results[lane, 0] = compiled(LANES_APART[name])(rows, np.uint32(lane), source, tables, target)
        return
    assert len(rows) % codes.BLOCKS_OF_WARP == 0
    for first in range(0, len(rows), codes.BLOCKS_OF_WARP):
        cells = np.zeros((2, 32), np.uint32)
        compiled(WARPS[name])(rows, np.uint32(first), source, tables, target, results, *cells)


class FakeGpuError(Exception):
    """What a CUDA call raises."""


class CodesGpu:
    """Takes the place of kompakt.kernels.gpu.Gpu."""

    number = 0
    name = "GPU 0, made of NumPy"
    capability = (9, 0)
    errors = (FakeGpuError,)

    def __init__(self, failing: bool = False):
        self._failing = failing

    def array(self, size, kind=np.uint8):
        return np.full(size, 0xA5, kind)

    def stream(self):
        return object()

    def upload(self, target, source, stream):
        assert target.size in (source.size, 1)
        target[: source.size] = source

    def download(self, source, target, stream):
        target[:] = source[: target.size]

    def wait(self, stream):
        pass

    def load(self, images, name, shared_bytes=None, most_warps=0):
        def launch(ctas, warps_of_cta, stream, arguments):
            if self._failing:
                raise FakeGpuError("an illegal memory access was encountered\nand more")
            kinds = tuple(array.dtype for array in arguments)
            assert kinds == CODE_KINDS[name]
            assert ctas * warps_of_cta * 32 >= len(arguments[0]) * (4 if name in WARPS else 1)
            run_code(name, arguments)

        return launch


def fake_kernel(name: str, capability: tuple[int, int], notice: Callable) -> Kernel:
    """Take the place of kompakt.kernels.found.code_kernel_for."""
    return Kernel(name, (b"%s(" % name.encode(),))
