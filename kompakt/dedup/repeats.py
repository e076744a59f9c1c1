"""Pieces of a batch that were there before, in whichever file, and where they were.

A digest of 32 bytes proposes. Where the file in which a chunk was first can still be read, and lies in the
archive as it is, its bytes decide; elsewhere, in streams and behind filters, the digest does.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import numpy as np
from blake3 import blake3

from kompakt.dedup.chunking import Chunker
from kompakt.dedup.table import ChunkTable, Origin

Digest = Callable[[np.ndarray], bytes]


def blake3_of_chunk(data: np.ndarray) -> bytes:
    """Return the BLAKE3 of a chunk, 32 bytes."""
    return blake3(data).digest()


class Chunk(NamedTuple):
    """A chunk of a file, uint8 (n,), `offset` in what is stored of it, and its digest."""

    offset: int
    data: np.ndarray
    digest: bytes


class Cutter:
    """Cuts what is stored of a file into chunks; knows nothing of other files, so any thread may do it.

    average, align: see Chunker
    digest:         of a chunk, 32 bytes
    """

    def __init__(self, average: int, align: int = 1, digest: Digest = blake3_of_chunk):
        self._chunker = Chunker(average, align)
        self._digest = digest
        self._offset = 0

    def feed(self, data: np.ndarray) -> Iterator[Chunk]:
        """Yield the chunks that `data`, uint8 (n,), completes. Nobody may change it later."""
        return self._chunks(self._chunker.feed(data))

    def end(self) -> Iterator[Chunk]:
        """Yield the chunks of what is left: something else begins behind it."""
        return self._chunks(self._chunker.end())

    def skip(self, length: int) -> None:
        """Leave out `length` bytes behind an end."""
        self._offset += length

    def _chunks(self, chunks: Iterator[np.ndarray]) -> Iterator[Chunk]:
        for data in chunks:
            yield Chunk(self._offset, data, self._digest(data))
            self._offset += data.size


class RepeatFinder:
    """Finds chunks that were there before.

    average: bytes of a chunk
    digest:  of a chunk, 32 bytes
    """

    def __init__(self, average: int, digest: Digest = blake3_of_chunk):
        self._average = average
        self._digest = digest
        self._table = ChunkTable()
        self._opens: dict[int, Callable[[], BinaryIO]] = {}
        self._opened: tuple[int, BinaryIO] | None = None

    def cutter(self, align: int = 1) -> Cutter:
        """Return what cuts a file into chunks, aligned as Chunker does."""
        return Cutter(self._average, align, self._digest)

    def may_reopen(self, file: int, open_again: Callable[[], BinaryIO]) -> None:
        """Take note that what is stored of file number `file` is what it holds, and can be read again."""
        self._opens[file] = open_again

    def origins(self, file: int, chunks: Sequence[Chunk]) -> list[Origin | None]:
        """Return where chunks of file number `file`, the next of all content, were before, if they were."""
        if not chunks:
            return []
        digests = b"".join([chunk.digest for chunk in chunks])
        origins = self._table.find_or_add(digests, file, [chunk.offset for chunk in chunks])
        return [
            origin if origin is not None and self._is_equal(origin, chunk.data) else None
            for origin, chunk in zip(origins, chunks, strict=True)
        ]

    def close(self) -> None:
        """Close the file that was read again last."""
        if self._opened:
            self._opened[1].close()
            self._opened = None

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
