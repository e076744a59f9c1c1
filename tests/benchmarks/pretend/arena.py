"""Memory at a fixed address that two processes share: what a pretended GPU and its host both see.

Kernels get addresses, also inside rows, so both processes must see each byte at the same one.
"""

import ctypes
import mmap
import os
from bisect import insort
from pathlib import Path

import numpy as np

ALIGNMENT = 512
_FIRST = 1 << 44
_APART = 1 << 34
_PLACES = 512
_FIXED_NOREPLACE = 0x100000  # MAP_FIXED_NOREPLACE
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.mmap.restype = ctypes.c_void_p
_LIBC.mmap.argtypes = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
)


class ArenaFullError(MemoryError):
    """No room."""


def own_address() -> int:
    """Return where this process puts its arena: processes that run at once take different places."""
    return _FIRST + os.getpid() % _PLACES * _APART


def map_at(path: Path, size: int, address: int) -> None:
    """Map a file of `size` bytes at `address`."""
    with open(path, "r+b") as file:
        flags = mmap.MAP_SHARED | _FIXED_NOREPLACE
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        if _LIBC.mmap(address, size, protection, flags, file.fileno(), 0) != address:
            raise OSError(ctypes.get_errno(), "mmap")


def unmap(size: int, address: int) -> None:
    """Take a mapping away."""
    _LIBC.munmap(ctypes.c_void_p(address), ctypes.c_size_t(size))


class Arena:
    """A new file in shared memory, and who has which part of it."""

    def __init__(self, size: int):
        self.size, self.address = size, own_address()
        self.path = Path("/dev/shm", f"kompakt-pretend-{os.getpid()}")
        with open(self.path, "wb") as file:
            file.truncate(size)
        map_at(self.path, size, self.address)
        self._taken: list[tuple[int, int]] = []  # first byte and the one behind the last, in order

    @property
    def free_bytes(self) -> int:
        """Return the bytes that nobody has."""
        return self.size - sum(end - start for start, end in self._taken)

    def array(self, shape: tuple[int, ...] | int, kind: np.dtype) -> np.ndarray:
        """Return a new array. Raises ArenaFullError."""
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        at = self._place(-(-max(size, 1) // ALIGNMENT) * ALIGNMENT)
        memory = (ctypes.c_uint8 * size).from_address(self.address + at)
        return np.frombuffer(memory, kind, int(np.prod(shape))).reshape(shape)

    def _place(self, size: int) -> int:
        start = 0
        for first, end in self._taken:
            if first - start >= size:
                break
            start = end
        if start + size > self.size:
            raise ArenaFullError(f"out of memory allocating {size} bytes")
        insort(self._taken, (start, start + size))
        return start

    def release(self, address: int) -> None:
        """Give back the array at `address`."""
        at = address - self.address
        self._taken = [part for part in self._taken if part[0] != at]
