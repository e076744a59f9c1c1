"""Device memory: one arena in which allocations lie between red zones, with a shadow byte for each byte."""

import mmap
import weakref

import numpy as np

from tests.kernels.ptx.access import NOT_ALLOCATED, UNWRITTEN, WRITTEN, Memory

ALIGNMENT = 256
RED_ZONE_BYTES = 256


class OutOfArenaError(MemoryError):
    """The arena is full."""


class Arena:
    """Memory of `size` bytes, of which the system gives what is used."""

    def __init__(self, size: int):
        self._bytes = np.frombuffer(mmap.mmap(-1, size), np.uint8)
        self._shadow = np.frombuffer(mmap.mmap(-1, size), np.uint8)
        self._free = [(0, size)]
        self.base = self._bytes.ctypes.data
        assert self.base % ALIGNMENT == 0

    @property
    def memory(self) -> Memory:
        """Return what the machine sees."""
        views = [part.view(kind) for part in (self._bytes, self._shadow) for kind in ("u1", "u2", "u4", "u8")]
        return Memory(*views, self.base)

    def array(self, size: int, kind: type = np.uint8) -> np.ndarray:
        """Return an array nobody has written; freed with the last view of it. Raises MemoryError."""
        size_bytes = size * np.dtype(kind).itemsize
        at, taken = self._take(size_bytes)
        self._shadow[at : at + size_bytes] = UNWRITTEN
        array = np.frombuffer(memoryview(self._bytes)[at : at + size_bytes], kind)
        array[:] = np.frombuffer(b"\xa5" * np.dtype(kind).itemsize, kind)[0]
        weakref.finalize(array, self._give_back, at, taken)
        return array

    def index(self, array: np.ndarray) -> int:
        """Return where an array lies, in bytes."""
        return array.__array_interface__["data"][0] - self.base

    def written(self, array: np.ndarray) -> None:
        """Note that the host has written an array."""
        at = self.index(array)
        self._shadow[at : at + array.nbytes] = WRITTEN

    def unwritten(self, array: np.ndarray) -> None:
        """Note that nobody has written an array."""
        at = self.index(array)
        self._shadow[at : at + array.nbytes] = UNWRITTEN

    def forbid(self, array: np.ndarray) -> None:
        """Let nobody touch an array."""
        at = self.index(array)
        self._shadow[at : at + array.nbytes] = NOT_ALLOCATED

    def _take(self, size: int) -> tuple[int, int]:
        taken = -(-(size + 2 * RED_ZONE_BYTES) // ALIGNMENT) * ALIGNMENT
        for number, (at, free) in enumerate(self._free):
            if free >= taken:
                self._free[number] = (at + taken, free - taken)
                return at + RED_ZONE_BYTES, taken
        raise OutOfArenaError(f"no room for {size} bytes")

    def _give_back(self, at: int, taken: int) -> None:
        first = at - RED_ZONE_BYTES
        self._shadow[first : first + taken] = NOT_ALLOCATED
        merged: list[tuple[int, int]] = []
        for start, size in sorted([*self._free, (first, taken)]):
            if merged and sum(merged[-1]) == start:
                merged[-1] = (merged[-1][0], merged[-1][1] + size)
            else:
                merged.append((start, size))
        self._free = [(start, size) for start, size in merged if size]
