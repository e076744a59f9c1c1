"""Starts in the memory of a GPU: each lies there once, for all blocks that start from it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from kompakt.jobs import Origin
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.rows import StartRow, base_bytes, start_row
from kompakt.model.spec import Spec
from kompakt.model.state import Start

ALIGNMENT = 64


def start_bytes(spec: Spec, start: Start) -> int:
    """Return the device memory that a start takes."""
    return _parts(spec, start)[1]


@dataclass(frozen=True, slots=True)
class DeviceStart:
    """A start in device memory. `origin` stands for it: as long as it is held, no other has its identity."""

    origin: Origin
    array: Any
    row: StartRow


class DeviceStarts:
    """The starts on `gpu`, those used last at the end."""

    def __init__(self, gpu: Gpu):
        self._gpu = gpu
        self._held: dict[int, DeviceStart] = {}

    def bytes_of(self, origins: Collection[int]) -> int:
        """Return the device memory that the starts of these origins take, identities."""
        return sum(held.array.size for key, held in self._held.items() if key in origins)

    def bytes_beside(self, origins: Collection[int]) -> int:
        """Return the device memory that all others take."""
        return sum(held.array.size for key, held in self._held.items() if key not in origins)

    def put(self, spec: Spec, origin: Origin, start: Start, stream: Any) -> DeviceStart:
        """Return the start of `origin` in device memory; copies it there on `stream` if it is not yet.

        Raises MemoryError.
        """
        held = self._held.pop(id(origin), None) or self._copied(spec, origin, start, stream)
        self._held[id(origin)] = held
        return held

    def trim(self, kept: Collection[int], others_bytes: int) -> None:
        """Let go of what is not among the identities `kept`, oldest first, down to `others_bytes`."""
        for key in [key for key in self._held if key not in kept]:
            if self.bytes_beside(kept) <= others_bytes:
                break
            del self._held[key]

    def _copied(self, spec: Spec, origin: Origin, start: Start, stream: Any) -> DeviceStart:
        gpu = self._gpu
        places, size = _parts(spec, start)
        array = gpu.array(size)
        for part, at in places:
            if part.size:
                gpu.upload(array[at : at + part.size], np.ascontiguousarray(part), stream)
        base, text, learned = (gpu.address(array) + at for _, at in places)
        return DeviceStart(
            origin, array, start_row(spec, start.base_bits, base, text, start.text.size, learned)
        )


def _parts(spec: Spec, start: Start) -> tuple[list[tuple[np.ndarray, int]], int]:
    """Return the base's tables, the text and the learned part, each with its place, and the size of all."""
    placed, at = [], 0
    for part in (start.base[: base_bytes(spec, start.base_bits)], start.text, start.learned):
        placed.append((part, at))
        at += -(-part.size // ALIGNMENT) * ALIGNMENT
    return placed, at
