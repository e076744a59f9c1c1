"""Pieces of a batch that were there before, in whichever file, and where they were.

A digest of 32 bytes proposes. Where the file in which a chunk was first can still be read, and lies in the
archive as it is, its bytes decide; elsewhere, in streams and behind filters, the digest does.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from blake3 import blake3

from kompakt.dedup.chunking import Chunker
from kompakt.dedup.table import ChunkTable, Origin


class Chunk(NamedTuple):
    """A chunk of a file, `offset` in what is stored of it, and where it was before, if it was.

    data: uint8 (n,), valid until the next chunk is asked for
    """

    offset: int
    data: np.ndarray
    origin: Origin | None


class RepeatFinder:
    """Cuts files into chunks and finds those that were there before.

    average: bytes of a chunk
    digest:  of a chunk, 32 bytes
    """

    def __init__(
        self, average: int, digest: Callable[[np.ndarray], bytes] = lambda data: blake3(data).digest()
    ):
        self._average = average
        self._digest = digest
        self._table = ChunkTable()
        self._opens: dict[int, Callable[[], BinaryIO]] = {}
        self._opened: tuple[int, BinaryIO] | None = None

    def begin(self, file: int, align: int, open_again: Callable[[], BinaryIO] | None) -> None:
        """Go on with file number `file`, at its start.

        align:      see Chunker
        open_again: if what is fed is what the file holds, and it can be read again
        """
        self._file = file
        self._offset = 0
        self._chunker = Chunker(self._average, align)
        if open_again is not None:
            self._opens[file] = open_again

    def feed(self, data: np.ndarray) -> Iterator[Chunk]:
        """Yield the chunks that `data`, uint8 (n,), completes."""
        return self._found(self._chunker.feed(data))

    def end(self) -> Iterator[Chunk]:
        """Yield the chunks of what is left: something else begins behind it."""
        return self._found(self._chunker.end())

    def skip(self, length: int) -> None:
        """Leave out `length` bytes behind an end."""
        self._offset += length

    def close(self) -> None:
        """Close the file that was read again last."""
        if self._opened:
            self._opened[1].close()
            self._opened = None

    def _found(self, chunks: Iterator[np.ndarray]) -> Iterator[Chunk]:
        for data in chunks:
            digest = self._digest(data)
            origin = self._table.find(digest)
            if origin is None:
                self._table.add(digest, Origin(self._file, self._offset))
            elif not self._is_equal(origin, data):
                origin = None
            yield Chunk(self._offset, data, origin)
            self._offset += data.size

    def _is_equal(self, origin: Origin, data: np.ndarray) -> bool:
        if origin.file not in self._opens:
            return True
        try:
            if self._opened is None or self._opened[0] != origin.file:
                self.close()
                self._opened = origin.file, self._opens[origin.file]()
            file = self._opened[1]
            file.seek(origin.offset)
            return file.read(data.size) == data.tobytes()
        except OSError:
            return False
