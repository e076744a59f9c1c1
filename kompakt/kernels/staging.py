"""The host's side of all copies: page-locked memory of fixed size, used piece after piece.

Only from page-locked memory does a GPU copy while the host goes on. It takes long to get, and nobody else can
have it, so that blocks go through a few pieces of it instead of lying there.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kompakt.kernels.gpu import Gpu, HostMemoryError

PIECE_BYTES = 16 << 20
PIECES = 4
FEWEST_BYTES = 1 << 16  # that are worth a copy
ALIGNMENT = 64


@dataclass(slots=True, eq=False)
class _Piece:
    """Page-locked bytes, taken one behind the other, and free again when all of `used` has happened.

    used:     the last event of each stream that copies from or to it, by its identity
    arriving: arrays, and from which of the bytes on theirs arrive
    """

    memory: np.ndarray
    used: dict[int, Any] = field(default_factory=dict)
    arriving: list[tuple[int, np.ndarray]] = field(default_factory=list)


class Staging:
    """Copies between arrays of the host and `gpu`. The memory goes with this object.

    piece_bytes, pieces: of page-locked memory, allocated when first needed; fewer where the host has no more
    """

    def __init__(self, gpu: Gpu, piece_bytes: int = PIECE_BYTES, pieces: int = PIECES):
        self._gpu = gpu
        self._piece_bytes = piece_bytes
        self._most = pieces
        self._pieces: deque[_Piece] = deque()  # that used last at the end
        self._at = piece_bytes  # in the last one: what is taken of it

    def upload(self, target: Any, parts: Iterable[tuple[int, np.ndarray]], stream: Any) -> None:
        """Put copies on `stream`. When this returns, the parts have been read, but may not have arrived.

        target: device array
        parts:  contiguous arrays and at which byte of `target` each begins, ascending; what lies between two
                parts becomes anything
        Raises HostMemoryError.
        """
        target = target.reshape(-1).view(np.uint8)
        begin = end = room = 0  # of `target`, what the piece holds and how much it may
        for at, part in parts:
            data = part.reshape(-1).view(np.uint8)
            while data.size:
                if at >= begin + room:
                    self._send(target[begin:end], stream)
                    begin, room = at, self._room()
                memory = self._pieces[-1].memory[self._at + at - begin : self._at + room]
                size = min(memory.size, data.size)
                memory[:size] = data[:size]
                data, at = data[size:], at + size
                end = at
        self._send(target[begin:end], stream)

    def download(self, source: Any, parts: Iterable[tuple[int, np.ndarray]], stream: Any) -> None:
        """Copy parts of a device array into arrays, once all before on `stream` has happened.

        parts: uint8 arrays, each with the byte of `source` at which what it gets begins
        Raises HostMemoryError.
        """
        source = source.reshape(-1).view(np.uint8)
        for at, part in parts:
            while part.size:
                size = min(self._room(), part.size)
                piece = self._pieces[-1]
                self._gpu.download(source[at : at + size], piece.memory[self._at : self._at + size], stream)
                piece.arriving.append((self._at, part[:size]))
                self._take(size, stream)
                part, at = part[size:], at + size
        for piece in self._pieces:
            if piece.arriving:
                self._settle(piece)

    def _send(self, target: Any, stream: Any) -> None:
        """Copy what lies in the last piece, from where it is not taken."""
        if target.size:
            self._gpu.upload(target, self._pieces[-1].memory[self._at : self._at + target.size], stream)
            self._take(target.size, stream)

    def _take(self, size: int, stream: Any) -> None:
        self._at += -(-size // ALIGNMENT) * ALIGNMENT
        self._pieces[-1].used[id(stream)] = self._gpu.event(stream)

    def _room(self) -> int:
        """Return how many bytes of the last piece are not taken; begins another one if hardly any."""
        if self._piece_bytes - self._at < min(FEWEST_BYTES, self._piece_bytes):
            piece = self._new() if len(self._pieces) < self._most else None
            if piece is None:
                piece = self._pieces.popleft()
                self._settle(piece)
            self._pieces.append(piece)
            self._at = 0
        return self._piece_bytes - self._at

    def _new(self) -> _Piece | None:
        try:
            return _Piece(self._gpu.pinned(self._piece_bytes))
        except HostMemoryError:
            if not self._pieces:
                raise
            self._most = len(self._pieces)
            return None

    def _settle(self, piece: _Piece) -> None:
        """Wait for the piece, and hand on what has arrived in it."""
        for event in piece.used.values():
            self._gpu.wait_for(event)
        piece.used.clear()
        for at, array in piece.arriving:
            array[:] = piece.memory[at : at + array.size]
        piece.arriving.clear()
