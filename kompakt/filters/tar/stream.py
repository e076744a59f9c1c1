"""Bytes that come in parts, taken in other parts."""

from collections.abc import Iterator

import numpy as np

from kompakt.archive.layout import MAX_VARINT_BYTES
from kompakt.archive.varint import append_varint, read_varint


class Source:
    """What is left of `parts`, uint8 arrays, each valid until the next is asked for."""

    def __init__(self, parts: Iterator[np.ndarray]):
        self._parts = parts
        self._part = np.zeros(0, np.uint8)
        self.taken = 0

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes, fewer where they end."""
        taken = []
        while length and self._fill():
            piece = self._part[:length]
            taken.append(piece.tobytes())
            self._part = self._part[piece.size :]
            self.taken += piece.size
            length -= piece.size
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def take_all(self, length: int) -> bytes:
        """Return the next `length` bytes. Raises ValueError where there are fewer."""
        data = self.take(length)
        if len(data) != length:
            raise ValueError("a tar ends too early")
        return data

    def number(self) -> int:
        """Take a varint. Raises ValueError for what is none."""
        data = bytearray()
        while not data or data[-1] & 0x80:
            data += self.take_all(1)
            if len(data) > MAX_VARINT_BYTES:
                break
        return read_varint(bytes(data), 0)[0]

    def rest(self) -> Iterator[np.ndarray]:
        """Yield all that is left."""
        while self._fill():
            part, self._part = self._part, self._part[:0]
            self.taken += part.size
            yield part

    def _fill(self) -> bool:
        while not self._part.size:
            part = next(self._parts, None)
            if part is None:
                return False
            self._part = part
        return True


def with_length(data: bytes) -> bytes:
    """Return `data` with its length in front."""
    head = bytearray()
    append_varint(head, len(data))
    return bytes(head) + data
