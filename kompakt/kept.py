"""Decoded blocks that are needed again: in memory up to a bound, beyond it in a temporary file."""

import tempfile
from typing import BinaryIO

import numpy as np

from kompakt.errors import FileSystemError

MEMORY_BYTES = 1 << 29


class KeptBlocks:
    """Arrays of bytes by number. The temporary file has no name, and lies where TMPDIR says.

    Raises FileSystemError when there is no room for it.
    """

    def __init__(self, memory_bytes: int = MEMORY_BYTES):
        self._free_bytes = memory_bytes
        self._held: dict[int, np.ndarray] = {}
        self._places: dict[int, tuple[int, int]] = {}
        self._gaps: dict[int, list[int]] = {}
        self._file: BinaryIO | None = None
        self._file_bytes = 0

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, number: int, data: np.ndarray) -> None:
        """Keep `data`, uint8 (n,), as `number`, which is not kept yet."""
        if data.size <= self._free_bytes:
            self._free_bytes -= data.size
            self._held[number] = data
            return
        gaps = self._gaps.get(data.size)
        offset = gaps.pop() if gaps else self._file_bytes
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115
            self._file.seek(offset)
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise FileSystemError(f"{tempfile.gettempdir()}: {error.strerror or error}") from None
        self._file_bytes = max(self._file_bytes, offset + data.size)
        self._places[number] = (offset, data.size)

    def get(self, number: int) -> np.ndarray:
        """Return what is kept as `number`, only for reading."""
        if number in self._held:
            return self._held[number]
        offset, size = self._places[number]
        return np.memmap(self._file, np.uint8, "r", offset, size)

    def drop(self, number: int) -> None:
        """Forget what is kept as `number`."""
        if number in self._held:
            self._free_bytes += self._held.pop(number).size
        else:
            offset, size = self._places.pop(number)
            self._gaps.setdefault(size, []).append(offset)
