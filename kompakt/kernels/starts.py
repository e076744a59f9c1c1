"""Starts in the memory of a GPU: each is copied there once, for all blocks that start from it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kompakt.jobs import Origin
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.rows import StartRow, base_bytes, start_row
from kompakt.kernels.staging import ALIGNMENT, Staging
from kompakt.model.spec import Spec
from kompakt.model.state import Start


def start_bytes(spec: Spec, start: Start) -> int:
    """Return the device memory that a start takes."""
    return _parts(spec, start)[1]


@dataclass(frozen=True, slots=True)
class DeviceStart:
    """A start in device memory, once `arrived` has happened.

    `origin` stands for it: as long as it is held, no other has its identity.
    """

    origin: Origin
    array: Any
    row: StartRow
    arrived: Any


class DeviceStarts:
    """The starts on `gpu`, those used last at the end. A stream of their own copies them, beside kernels."""

    def __init__(self, gpu: Gpu, staging: Staging):
        self._gpu = gpu
        self._staging = staging
        self._stream = gpu.stream()
        self._held: dict[int, DeviceStart] = {}

    @property
    def held_bytes(self) -> int:
        """Return the device memory that all of them take."""
        return sum(held.array.size for held in self._held.values())

    def bytes_of(self, origins: Collection[int]) -> int:
        """Return the device memory that the starts of these origins take, identities."""
        return sum(held.array.size for key, held in self._held.items() if key in origins)

    def put(self, spec: Spec, origin: Origin, start: Start) -> DeviceStart:
        """Return the start of `origin` in device memory; begins to copy it there if it is not yet.

        Raises DeviceMemoryError and HostMemoryError.
        """
        held = self._held.pop(id(origin), None) or self._copied(spec, origin, start)
        self._held[id(origin)] = held
        return held

    def trim(self, kept: Collection[int], most_bytes: int) -> None:
        """Let go of others than those of the identities `kept`, oldest first, until all take `most_bytes`."""
        for key in [key for key in self._held if key not in kept]:
            if self.held_bytes <= most_bytes:
                break
            self._gpu.wait_for(self._held[key].arrived)
            del self._held[key]

    def _copied(self, spec: Spec, origin: Origin, start: Start) -> DeviceStart:
        gpu = self._gpu
        places, size = _parts(spec, start)
        array = gpu.array(size)
        self._staging.upload(array, ((at, part) for part, at in places), self._stream)
        base, text, learned = (gpu.address(array) + at for _, at in places)
        row = start_row(spec, start.base_bits, base, text, start.text.size, learned)
        return DeviceStart(origin, array, row, gpu.event(self._stream))


def _parts(spec: Spec, start: Start) -> tuple[list[tuple[Any, int]], int]:
    """Return the base's tables, the text and the learned part, each with its place, and the size of all."""
    placed, at = [], 0
    for part in (start.base[: base_bytes(spec, start.base_bits)], start.text, start.learned):
        placed.append((part, at))
        at += -(-part.size // ALIGNMENT) * ALIGNMENT
    return placed, at
