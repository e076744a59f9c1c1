"""Model states for the blocks in flight, within a bound on memory."""

import threading

import numpy as np

from kompakt.model.spec import Spec
from kompakt.model.state import allocate, state_bytes


class StateBuffers:
    """Lends zeroed state buffers and takes them back for re-use.

    A buffer is always lent when none is out, so a bound below one state only makes work sequential.
    """

    def __init__(self, memory_bytes: int):
        self._memory_bytes = memory_bytes
        self._free: list[np.ndarray] = []
        self._lent_bytes = 0
        self._returned = threading.Condition()

    def borrow(self, spec: Spec, table_bits: int) -> np.ndarray:
        """Return a zeroed uint8 buffer of at least state_bytes(); waits while memory is short."""
        size = state_bytes(spec, table_bits)
        with self._returned:
            while self._lent_bytes and self._lent_bytes + size > self._memory_bytes:
                self._returned.wait()
            fitting = [buffer for buffer in self._free if size <= len(buffer) <= 2 * size]
            buffer = min(fitting, key=len) if fitting else None
            self._free = [kept for kept in self._free if kept is not buffer]
            taken = len(buffer) if buffer is not None else size
            while self._free and self._lent_bytes + taken + sum(map(len, self._free)) > self._memory_bytes:
                self._free.pop(0)
            self._lent_bytes += taken
        if buffer is None:
            return allocate(spec, table_bits)
        buffer[:size] = 0
        return buffer

    def give_back(self, buffer: np.ndarray) -> None:
        """Take a buffer back."""
        with self._returned:
            self._lent_bytes -= len(buffer)
            self._free.append(buffer)
            self._returned.notify_all()
