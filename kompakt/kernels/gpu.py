"""One GPU, through CuPy: memory, streams, and kernels made by numba-cuda.

A kernel takes each array as numba-cuda passes it: two unused pointers, items, bytes of an item, address,
shape, strides.
"""

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np

from kompakt.errors import DeviceError
from kompakt.jobs import Job, blocks_named

MOST_DYNAMIC_SHARED_BYTES = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
_OUT_OF_MEMORY = 2  # cudaErrorMemoryAllocation and CUDA_ERROR_OUT_OF_MEMORY


class DeviceMemoryError(MemoryError):
    """The GPU's memory is used up. A MemoryError of NumPy says nothing of that."""


class HostMemoryError(Exception):
    """The host has no page-locked memory left. It says nothing of the GPU's own memory."""


class Gpu:
    """GPU `number` of those that CUDA_VISIBLE_DEVICES leaves. Raises DeviceError if it cannot be used."""

    def __init__(self, number: int):
        self.number = number
        # Or streams beyond the eighth share a queue with another one, and wait for what that waits for.
        os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")
        try:
            self._cupy = importlib.import_module("cupy")
        except ImportError as error:
            raise DeviceError(f"device {number}: CuPy cannot be imported: {_first_line(error)}") from None
        self._errors = (
            self._cupy.cuda.runtime.CUDARuntimeError,
            self._cupy.cuda.driver.CUDADriverError,
        )
        try:
            self._device = self._cupy.cuda.Device(number)
            facts = self._cupy.cuda.runtime.getDeviceProperties(number)
        except self._errors as error:
            raise DeviceError(f"device {number}: {_first_line(error)}") from None
        self.capability: tuple[int, int] = (facts["major"], facts["minor"])
        self.processors: int = facts["multiProcessorCount"]
        self.name = f"GPU {number}, {facts['name'].decode()}"

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What a failing copy or kernel raises."""
        return self._errors

    @property
    def free_bytes(self) -> int:
        """Return the device memory that can still be had, what CuPy's pool keeps included."""
        with self._device:
            return self._device.mem_info[0] + self._cupy.get_default_memory_pool().free_bytes()

    def array(self, size: int, kind: type = np.uint8):
        """Return a device array of `size` items. Raises DeviceMemoryError when there is no room."""
        with self._allocating():
            return self._cupy.empty(size, kind)

    def address(self, array) -> int:
        """Return where a device array lies."""
        return array.data.ptr

    def pinned(self, size: int) -> np.ndarray:
        """Return a uint8 host array of `size` bytes that copies reach without detour, freed with the array.

        Raises HostMemoryError. Not from CuPy's pool, which rounds sizes up to powers of two and keeps them.
        """
        cuda = self._cupy.cuda
        with self._device:  # so that no other GPU gets a context, and loses memory to it
            try:
                memory = cuda.PinnedMemory(size)
            except self._errors as error:
                if error.status == _OUT_OF_MEMORY:
                    raise HostMemoryError(f"no page-locked host memory for {size} bytes") from None
                raise
        return np.frombuffer(cuda.PinnedMemoryPointer(memory, 0), np.uint8, size)

    def stream(self):
        """Return a stream: what is put on it happens in order, beside other streams and this program."""
        with self._device:
            return self._cupy.cuda.Stream(non_blocking=True)

    def upload(self, target, source: np.ndarray, stream) -> None:
        """Copy host bytes to a device array of the same size."""
        with self._device, stream:
            target.set(source, stream=stream)

    def download(self, source, target: np.ndarray, stream) -> None:
        """Copy a device array to a host array of the same size."""
        with self._device, stream:
            source.get(stream=stream, out=target, blocking=False)

    def wait(self, stream) -> None:
        """Wait for all that was put on `stream`."""
        with self._device:
            stream.synchronize()

    def wait_for(self, event) -> None:
        """Wait until `event` has happened."""
        with self._device:
            event.synchronize()

    def event(self, stream, timed: bool = False):
        """Return an event that happens when all that was put on `stream` has happened.

        timed: whether `seconds_between` will be asked about it
        """
        with self._device:
            event = self._cupy.cuda.Event(disable_timing=not timed)
            event.record(stream)
            return event

    def seconds_between(self, first, second) -> float:
        """Return the seconds from one timed event to a later one; both must have happened."""
        with self._device:
            return self._cupy.cuda.get_elapsed_time(first, second) / 1000

    def after(self, stream, event) -> None:
        """Let what is put on `stream` from now on wait for `event`."""
        with self._device:
            stream.wait_event(event)

    def load(
        self,
        images: Sequence[bytes],
        name: str,
        shared_bytes: Callable[[int], int] = lambda warps: 0,
        most_warps: int = 0,
    ) -> Callable:
        """Return launch(ctas, warps_of_cta, stream, arguments) of the kernel `name`.

        images:       the kernel as machine code or PTX, best first; the driver may refuse all but the last
        shared_bytes: of a CTA of so many warps, at most `most_warps`, beside what the kernel declares
        Both raise DeviceMemoryError where the kernel's own memory does not fit.
        """
        driver = self._cupy.cuda.driver
        with self._allocating():
            function = self._module(images).get_function(name)
            most_bytes = shared_bytes(most_warps)
            if most_bytes:
                driver.funcSetAttribute(function.ptr, MOST_DYNAMIC_SHARED_BYTES, most_bytes)

        def launch(ctas: int, warps_of_cta: int, stream, arguments: Sequence) -> None:
            with self._allocating():
                function(
                    (ctas,),
                    (32, warps_of_cta),
                    tuple(parameters(arguments)),
                    shared_mem=shared_bytes(warps_of_cta),
                    stream=stream,
                )

        return launch

    def _module(self, images: Sequence[bytes]):
        """Return the first image that the driver takes; one of CUDA 12 refuses machine code of CUDA 13."""
        *preferred, last = images
        for image in preferred:
            with suppress(self._cupy.cuda.driver.CUDADriverError):
                return self._loaded(image)
        return self._loaded(last)

    def _loaded(self, image: bytes):
        module = self._cupy.cuda.function.Module()
        module.load(image)
        return module

    @contextmanager
    def _allocating(self) -> Iterator[None]:
        """Run on this device; whatever says that its memory is used up becomes DeviceMemoryError."""
        with self._device:
            try:
                yield
            except self._cupy.cuda.memory.OutOfMemoryError as error:
                raise DeviceMemoryError(_first_line(error)) from None
            except self._errors as error:
                if error.status == _OUT_OF_MEMORY:
                    raise DeviceMemoryError(_first_line(error)) from None
                raise


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def parameters(arguments: Sequence) -> list[np.generic]:
    """Return C-contiguous device arrays and scalars as the parameters of a kernel made by numba-cuda."""
    flat: list[np.generic] = []
    for argument in arguments:
        if not hasattr(argument, "shape") or isinstance(argument, np.generic):
            flat.append(np.uint64(argument))
            continue
        numbers = (
            0,
            0,
            argument.size,
            argument.itemsize,
            argument.data.ptr,
            *argument.shape,
            *argument.strides,
        )
        flat.extend(np.uint64(number) for number in numbers)
    return flat


def guarded(gpu: Gpu, jobs: Sequence[Job], work: Callable):
    """Run `work` on a batch; what the GPU raises becomes a DeviceError that names its blocks."""
    try:
        return work()
    except (*gpu.errors, DeviceMemoryError, HostMemoryError) as error:
        raise error_of(gpu, jobs, _first_line(error)) from error
    except MemoryError as error:
        raise error_of(gpu, jobs, f"no host memory: {_first_line(error) or 'used up'}") from error


def error_of(gpu: Gpu, jobs: Sequence[Job], text: str) -> DeviceError:
    """Return what to raise when `text` is wrong with these blocks."""
    return DeviceError(f"device {gpu.number}: {blocks_named(jobs)}: {text}")
