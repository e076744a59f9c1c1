"""Pieces of a batch that were there before, in whichever file, and where they were.

A digest of 32 bytes proposes. Where the file in which a chunk was first can still be read, and lies in the
archive as it is, its bytes decide; elsewhere, in streams and behind filters, the digest does.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

import numpy as np
from blake3 import blake3

from kompakt.dedup.chunking import Chunker, Chunks
from kompakt.dedup.table import ChunkTable, Origin

Digest = Callable[[np.ndarray], bytes]


def blake3_of_chunk(data: np.ndarray) -> bytes:
    """Return the BLAKE3 of a chunk, 32 bytes."""
    return blake3(data).digest()


class Digested(NamedTuple):
    """Chunks of a file that follow each other.

    offset:  of the first, in what is stored of the file
    data:    uint8 (n,)
    ends:    where in `data` each chunk ends
    digests: of all, one behind the other
    """

    offset: int
    data: np.ndarray
    ends: list[int]
    digests: bytes


class Found(NamedTuple):
    """Bytes `start` to `stop` of some chunks, and where they were before, if they were."""

    start: int
    stop: int
    origin: Origin | None


class Cutter:
    """Cuts what is stored of a file into chunks; knows nothing of other files, so any thread may do it.

    average, align: see Chunker
    digest:         of a chunk, 32 bytes
    """

    def __init__(self, average: int, align: int = 1, digest: Digest = blake3_of_chunk):
        self._chunker = Chunker(average, align)
        self._digest = digest
        self._offset = 0

    def feed(self, data: np.ndarray) -> Iterator[Digested]:
        """Yield the chunks that `data`, uint8 (n,), completes. Nobody may change it later."""
        return self._digested(self._chunker.feed(data))

    def end(self) -> Iterator[Digested]:
        """Yield the chunk that is left, if one is: something else begins behind it."""
        return self._digested(self._chunker.end())

    def skip(self, length: int) -> None:
        """Leave out `length` bytes behind an end."""
        self._offset += length

    def _digested(self, cut: Iterator[Chunks]) -> Iterator[Digested]:
        for data, ends in cut:
            digests = [self._digest(data[start:end]) for start, end in pairwise([0, *ends])]
            yield Digested(self._offset, data, ends, b"".join(digests))
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

    def find(self, file: int, chunks: Digested) -> Iterator[Found]:
        """Yield what chunks of file number `file`, the next of all content, consist of: new, or repeats."""
        starts = [0, *chunks.ends[:-1]]
        origins = self._table.find_or_add(chunks.digests, file, [chunks.offset + start for start in starts])
        new_from = 0
        for start, stop, origin in zip(starts, chunks.ends, origins, strict=True):
            if origin is None or not self._is_equal(origin, chunks.data[start:stop]):
                continue
            if new_from < start:
                yield Found(new_from, start, None)
            yield Found(start, stop, origin)
            new_from = stop
        if new_from < chunks.data.size:
            yield Found(new_from, chunks.data.size, None)

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
