"""A stream of unknown length, whose beginning is read before it is decided what to do with all of it."""

import io
from typing import BinaryIO

AHEAD_BYTES = 1 << 22
"""As much as one block of the fast levels."""


class ReadAhead(io.RawIOBase):
    """The content of `file` from where it stands.

    head, is_whole: how it begins, as bytes, and whether that is all
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        self.head = file.read(AHEAD_BYTES)
        self.is_whole = len(self.head) < AHEAD_BYTES
        self._given = 0

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` or less of it with what comes next; return how many bytes that were, 0 at the end."""
        if self._given == len(self.head):
            return self._file.readinto(buffer)
        part = self.head[self._given :][: len(buffer)]
        buffer[: len(part)] = part
        self._given += len(part)
        return len(part)
