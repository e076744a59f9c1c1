"""CuPy made of NumPy: what kompakt.kernels.gpu calls, with the checks that CuPy 14 makes.

Device arrays are NumPy arrays with an address; a kernel gets its flat parameters and finds its arrays by
these addresses again, as a real one does. "PTX" is text with an entry named `kernel_SPEC_DECODING`.
"""

import contextlib
import ctypes
import math
import os
import sys
import time
import weakref
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from types import ModuleType, SimpleNamespace

import numpy as np

from kompakt.kernels.packed import Kernel
from kompakt.kernels.shared import TABLE_KINDS
from kompakt.model.spec import Spec, spec_by_id
from tests.kernels.fake_codes import CODE_KINDS, run_code
from tests.kernels.fake_gpu import FakeGpu

TOTAL_BYTES = 1 << 30
PINNED_BYTES = 1 << 28
OUT_OF_MEMORY = 2
_state = SimpleNamespace(used_bytes=0, limit_bytes=TOTAL_BYTES, launches=0)

FAILING_LAUNCH = "KOMPAKT_FAKE_FAILING_LAUNCH"
"""Environment variable: the number of the launch, from 0, at which the GPU breaks for good."""


class CUDARuntimeError(RuntimeError):
    """An error of the runtime."""

    def __init__(self, text: str, status: int = 700):
        super().__init__(text)
        self.status = status


class CUDADriverError(RuntimeError):
    """An error of the driver."""

    status = 218


class OutOfMemoryError(MemoryError):
    """The pool has no room."""


class DeviceArray(np.ndarray):
    """An array in device memory: host arrays go in and out by `set` and `get` only."""

    @property
    def data(self):
        return SimpleNamespace(ptr=self.__array_interface__["data"][0])

    def set(self, arr, stream=None):
        _check_equal_kind(self, arr)
        np.copyto(self.view(np.ndarray), arr)

    def get(self, stream=None, order="C", out=None, blocking=True):
        _check_equal_kind(self, out)
        np.copyto(out, self.view(np.ndarray))
        return out


def _check_equal_kind(device: DeviceArray, host: np.ndarray) -> None:
    if type(host) is not np.ndarray:
        raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
    if device.dtype != host.dtype:
        raise TypeError(f"{host.dtype} array cannot be set to {device.dtype} array")
    if device.shape != host.shape:
        raise ValueError(f"Shape mismatch. Old shape: {device.shape}, new shape: {host.shape}")
    if not device.flags.c_contiguous:
        raise RuntimeError("Cannot set to non-contiguous array")


def empty(shape, dtype=float) -> DeviceArray:
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    needed = size * np.dtype(dtype).itemsize
    if _state.used_bytes + needed > _state.limit_bytes:
        raise OutOfMemoryError(f"Out of memory allocating {needed} bytes")
    array = np.full(shape, 0xA5, dtype).view(DeviceArray)
    _state.used_bytes += needed
    weakref.finalize(array.base, _release, needed)
    return array


def _release(size: int) -> None:
    _state.used_bytes -= size


class _Pool:
    def free_bytes(self) -> int:
        return 0

    def total_bytes(self) -> int:
        return _state.used_bytes

    def free_all_blocks(self, stream=None) -> None:
        pass

    def set_limit(self, size=None, fraction=None) -> None:
        _state.limit_bytes = size or TOTAL_BYTES


class Device(contextlib.nullcontext):
    def __init__(self, device=None):
        super().__init__()
        self.id = device or 0

    @property
    def mem_info(self) -> tuple[int, int]:
        return TOTAL_BYTES - _state.used_bytes, TOTAL_BYTES


class Stream(contextlib.nullcontext):
    def __init__(self, null=False, non_blocking=False, ptds=False, priority=None):
        super().__init__()
        self.ptr = id(self)

    def synchronize(self) -> None:
        pass

    def wait_event(self, event: "Event") -> None:
        assert event.at is not None


class Event:
    def __init__(self, block=False, disable_timing=False, interprocess=False):
        self.timed = not disable_timing
        self.at = None

    def record(self, stream=None) -> None:
        self.at = time.perf_counter()

    def synchronize(self) -> None:
        assert self.at is not None


def get_elapsed_time(start_event: Event, end_event: Event) -> float:
    if not (start_event.timed and end_event.timed):
        raise CUDARuntimeError("cudaErrorInvalidResourceHandle: invalid resource handle")
    return (end_event.at - start_event.at) * 1000


class PinnedMemory:
    def __init__(self, size: int, flags: int = 0):
        if size > PINNED_BYTES:
            raise CUDARuntimeError("cudaErrorMemoryAllocation: out of memory", OUT_OF_MEMORY)
        self.size = size
        self.memory = bytearray(size)


def PinnedMemoryPointer(mem: PinnedMemory, offset: int) -> memoryview:
    """Return what gives its bytes by the buffer protocol, as CuPy's class does."""
    return memoryview(mem.memory)[offset:].cast("b")


class Module:
    def load(self, cubin: bytes) -> None:
        if type(cubin) is not bytes:
            raise TypeError("Argument 'cubin' has incorrect type")
        if b".entry" not in cubin:
            raise CUDADriverError("CUDA_ERROR_INVALID_PTX: a PTX JIT compilation failed")
        self.image = cubin

    def get_function(self, name: str) -> "Function":
        if f".entry {name}(".encode() not in self.image:
            raise CUDADriverError("CUDA_ERROR_NOT_FOUND: named symbol not found")
        return Function(self, name)


class Function:
    def __init__(self, module: Module, funcname: str):
        self.ptr = 1
        self._code = funcname.removeprefix("code_") if funcname.startswith("code_") else None
        if self._code:
            return
        _, spec_id, decoding = funcname.split("_")
        self._spec, self._decoding = spec_by_id(int(spec_id)), decoding == "1"

    def __call__(self, grid: tuple, block: tuple, args, shared_mem=0, stream=None) -> None:
        assert type(grid) is tuple
        assert type(block) is tuple
        assert block[0] == 32
        if _state.launches >= int(os.environ.get(FAILING_LAUNCH, sys.maxsize)):
            raise CUDARuntimeError("cudaErrorIllegalAddress: an illegal memory access was encountered")
        _state.launches += 1
        if self._code:
            run_code(self._code, list(_arrays(list(args), CODE_KINDS[self._code])))
            return
        arguments = list(_arguments(list(args)))
        FakeGpu()._launch(self._spec, self._decoding, grid[0], block[1], stream, arguments)


def _arguments(flat: list[np.generic]):
    """Yield the arguments of a kernel, arrays and one scalar, from its flat parameters."""
    assert all(type(parameter) is np.uint64 for parameter in flat)
    numbers = iter(map(int, flat))
    tables = [kind for kind, _ in TABLE_KINDS.values()]
    first = (np.uint64, np.uint32, np.uint32, np.uint8, None, np.uint8, np.uint8)
    for number, kind in enumerate((*first, *tables, *[np.uint32] * 6, np.uint16)):
        dimensions = 1 if number else 2
        if kind is None:
            yield next(numbers)
            continue
        assert (next(numbers), next(numbers)) == (0, 0)
        items, item_bytes, address = next(numbers), next(numbers), next(numbers)
        shape = [next(numbers) for _ in range(dimensions)]
        strides = [next(numbers) for _ in range(dimensions)]
        assert item_bytes == np.dtype(kind).itemsize
        assert items == math.prod(shape)
        assert strides[-1] == item_bytes
        memory = (ctypes.c_uint8 * (items * item_bytes)).from_address(address)
        yield np.frombuffer(memory, kind).reshape(shape)


def _arrays(flat: list[np.generic], kinds: tuple):
    """Yield the arrays of a kernel of codes.py; of the first and the last, two dimensions."""
    numbers = iter(map(int, flat))
    for number, kind in enumerate(kinds):
        dimensions = 2 if number in (0, len(kinds) - 1) else 1
        assert (next(numbers), next(numbers)) == (0, 0)
        items, item_bytes, address = next(numbers), next(numbers), next(numbers)
        shape = [next(numbers) for _ in range(dimensions)]
        strides = [next(numbers) for _ in range(dimensions)]
        assert item_bytes == np.dtype(kind).itemsize == strides[-1]
        assert items == math.prod(shape)
        memory = (ctypes.c_uint8 * (items * item_bytes)).from_address(address)
        yield np.frombuffer(memory, kind).reshape(shape)


def fake_code_kernel(name: str, *rest: object) -> Kernel:
    """Take the place of kompakt.kernels.found.code_kernel_for."""
    return Kernel(f"code_{name}", (b".visible .entry code_%s(" % name.encode(),))


def fake_kernel(spec: Spec, decoding: bool, *rest: object) -> Kernel:
    """Take the place of kompakt.kernels.found.kernel_for."""
    name = f"kernel_{spec.spec_id}_{decoding:d}"
    return Kernel(name, (b".visible .entry %s(" % name.encode(),))


def modules() -> dict[str, ModuleType]:
    """Return what sys.modules needs so that `import cupy` finds this."""
    cupy, cuda = (module_from_spec(ModuleSpec(name, None)) for name in ("cupy", "cupy.cuda"))
    facts = {"major": 9, "minor": 0, "multiProcessorCount": 2, "name": b"made of NumPy"}
    cuda.runtime = SimpleNamespace(
        CUDARuntimeError=CUDARuntimeError, getDeviceCount=lambda: 1, getDeviceProperties=lambda number: facts
    )
    cuda.driver = SimpleNamespace(
        CUDADriverError=CUDADriverError,
        funcGetAttribute=lambda attribute, function: attribute,
        funcSetAttribute=lambda function, attribute, value: None,
        occupancyMaxActiveBlocksPerMultiprocessor=lambda function, threads, shared_bytes: 2,
    )
    cuda.function = SimpleNamespace(Module=Module, Function=Function)
    cuda.memory = SimpleNamespace(OutOfMemoryError=OutOfMemoryError)
    for thing in (Device, Stream, Event, get_elapsed_time, PinnedMemory, PinnedMemoryPointer):
        setattr(cuda, thing.__name__, thing)
    pool = _Pool()
    cupy.empty, cupy.cuda, cupy.get_default_memory_pool = empty, cuda, lambda: pool
    return {"cupy": cupy, "cupy.cuda": cuda}
