"""Model states for the blocks in flight, within a bound on memory."""

import threading
from collections import Counter

import numpy as np

from kompakt.model.spec import Spec
from kompakt.model.state import allocate, state_bytes


class StateBuffers:
    """Lends zeroed state buffers and takes them back for re-use.

    A buffer is always lent when none is out, so a bound below one state only makes work sequential.
    Bases count too, each once, while states that look things up in them are out.
    """

    def __init__(self, memory_bytes: int):
        self._memory_bytes = memory_bytes
        self._free: list[np.ndarray] = []
        self._lent_bytes = 0
        self._bases: Counter[int] = Counter()
        self._returned = threading.Condition()

    def borrow(self, spec: Spec, table_bits: int, base: np.ndarray | None = None) -> np.ndarray:
        """Return a zeroed uint8 buffer of at least state_bytes(); waits while memory is short.

        base: that the state will look things up in
        """
        size = state_bytes(spec, table_bits)
        with self._returned:
            while self._lent_bytes and self._lent_bytes + size + self._more(base) > self._memory_bytes:
                self._returned.wait()
            if base is not None:
                self._lent_bytes += self._more(base)
                self._bases[id(base)] += 1
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

    def give_back(self, buffer: np.ndarray, base: np.ndarray | None = None) -> None:
        """Take a buffer back that was borrowed with `base`."""
        with self._returned:
            self._lent_bytes -= len(buffer)
            if base is not None:
                self._bases[id(base)] -= 1
                self._lent_bytes -= self._more(base)
            self._free.append(buffer)
            self._returned.notify_all()

    def _more(self, base: np.ndarray | None) -> int:
        return 0 if base is None or self._bases[id(base)] else len(base)
