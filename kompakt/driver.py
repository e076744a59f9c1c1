"""What NVIDIA's driver says about the GPUs here, and what is missing before they can be used.

It is asked through ctypes, so that a machine without a GPU imports nothing for one: neither CuPy nor
numba-cuda, which take seconds.
"""

import ctypes
import os
from dataclasses import dataclass
from importlib.util import find_spec

CUDA_OLDEST = 12
_SUCCESS, _NO_DEVICE = 0, 100
_CAPABILITY_MAJOR, _CAPABILITY_MINOR = 75, 76
_CLOCK_KHZ, _PROCESSORS, _MEMORY_CLOCK_KHZ, _MEMORY_BUS_BITS, _L2_BYTES = 13, 16, 36, 37, 38
_BYTES_A_BIT = 2 / 8
"""Of the memory's bus, in each cycle of its clock: it sends on both edges."""

_NAME_BYTES = 100


@dataclass(frozen=True, slots=True)
class VisibleGpu:
    """A GPU as the driver describes it. Its number is its place among those that are visible.

    clock_mhz: the highest of its processors
    """

    number: int
    name: str
    capability: tuple[int, int]
    memory_bytes: int
    processors: int
    clock_mhz: int
    memory_bytes_per_s: float
    l2_bytes: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What stands between this process and its GPUs, in brief, and what to do about it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Found:
    """The GPUs that CUDA_VISIBLE_DEVICES leaves, and what is missing to use them, or None."""

    gpus: tuple[VisibleGpu, ...]
    missing: Missing | None


def find_gpus() -> Found:
    """Return the GPUs of this process. Creates no context on any of them."""
    cuda = _load_driver()
    if cuda is None:
        return Found(
            (), Missing("no NVIDIA driver", "install NVIDIA's driver for this system, or take --device cpu")
        )
    status = cuda.cuInit(0)
    if status == _NO_DEVICE:
        return Found((), _none_visible())
    if status != _SUCCESS:
        return Found((), Missing(f"the NVIDIA driver fails with CUDA error {status}", "nvidia-smi says more"))
    release = _number(cuda.cuDriverGetVersion) // 1000
    if release < CUDA_OLDEST:
        what = f"the NVIDIA driver knows only CUDA {release}"
        return Found((), Missing(what, f"install a driver for CUDA {CUDA_OLDEST} or later"))
    gpus = tuple(_describe(cuda, number) for number in range(_number(cuda.cuDeviceGetCount)))
    if not gpus:
        return Found((), _none_visible())
    if find_spec("cupy") is None:
        return Found(gpus, Missing("CuPy is not installed", install_command(release)))
    return Found(gpus, None)


def install_command(release: int) -> str:
    """Return the command that installs what a driver of this CUDA release can use."""
    return f"pip install 'kompakt-gpu[cuda{13 if release >= 13 else CUDA_OLDEST}]'"


def visibility() -> str:
    """Return what hides GPUs, such as ` (CUDA_VISIBLE_DEVICES=0,1)`, or an empty string."""
    variable = os.environ.get("CUDA_VISIBLE_DEVICES")
    return "" if variable is None else f" (CUDA_VISIBLE_DEVICES={variable})"


def _none_visible() -> Missing:
    return Missing(f"no GPU is visible{visibility()}", "nvidia-smi -L lists the GPUs of this machine")


def _load_driver() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None


def _describe(cuda: ctypes.CDLL, number: int) -> VisibleGpu:
    device = _number(cuda.cuDeviceGet, number)
    name = ctypes.create_string_buffer(_NAME_BYTES)
    cuda.cuDeviceGetName(name, _NAME_BYTES, device)
    memory = ctypes.c_size_t()
    cuda.cuDeviceTotalMem_v2(ctypes.byref(memory), device)
    major, minor = (
        _number(cuda.cuDeviceGetAttribute, attribute, device)
        for attribute in (_CAPABILITY_MAJOR, _CAPABILITY_MINOR)
    )
    memory_clock_khz, bus_bits, l2_bytes, clock_khz, processors = (
        _number(cuda.cuDeviceGetAttribute, attribute, device)
        for attribute in (_MEMORY_CLOCK_KHZ, _MEMORY_BUS_BITS, _L2_BYTES, _CLOCK_KHZ, _PROCESSORS)
    )
    return VisibleGpu(
        number,
        name.value.decode(),
        (major, minor),
        memory.value,
        processors,
        clock_khz // 1000,
        memory_clock_khz * 1000 * bus_bits * _BYTES_A_BIT,
        l2_bytes,
    )


def _number(ask, *arguments: int) -> int:
    """Return the int that a function of the driver leaves where its first argument points."""
    answer = ctypes.c_int()
    ask(ctypes.byref(answer), *arguments)
    return answer.value
