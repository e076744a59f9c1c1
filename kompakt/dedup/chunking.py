"""Content-defined chunks: where content is cut follows from the bytes just before, so that equal content is
cut alike wherever it lies, and a byte that is inserted moves one border and no more.

A gear hash runs over the bytes (h = 2 h + gear[byte]); where its upper bits are zero is a border. Before the
average size more bits have to be, behind it fewer, so that sizes lie close to it (normalised chunking).
Source: Xia et al., "FastCDC", USENIX ATC 2016.
"""

from collections.abc import Iterator

import numpy as np

from kompakt.classic.compiling import compiled

SMALLEST_AVERAGE_BYTES = 1 << 15
LARGEST_AVERAGE_BYTES = 1 << 24
CHUNKS_WANTED = 1 << 21
"""Chunks in which a batch is cut, about, unless they would be smaller than SMALLEST_AVERAGE_BYTES."""

WHOLE = 8
"""What is no longer than so many average chunks is one chunk; also the largest chunk."""

_SHORTEST = 4  # parts of the average
_NORMAL_BITS = 2  # that a border needs more before the average, and fewer behind it
_GEAR_SEED = 0x9E3779B97F4A7C15


def average_of(batch_bytes: int) -> int:
    """Return the average bytes of a chunk that suit a batch: a power of two."""
    wanted = 1 << max(batch_bytes // CHUNKS_WANTED - 1, 0).bit_length()
    return min(max(wanted, SMALLEST_AVERAGE_BYTES), LARGEST_AVERAGE_BYTES)


class Chunker:
    """Cuts what it is fed; chunks are valid until the next call.

    average: bytes, a power of two
    align:   chunks are multiples of this, but for the last of what belongs together
    """

    def __init__(self, average: int, align: int = 1):
        self._average = average
        self._align = align
        self._buffer = np.empty(4 * WHOLE * average, np.uint8)
        self._filled = 0
        self._has_cut = False

    def feed(self, data: np.ndarray) -> Iterator[np.ndarray]:
        """Take `data`, uint8 (n,), and yield the chunks that are complete."""
        while data.size:
            taken = data[: self._buffer.size - self._filled]
            self._buffer[self._filled : self._filled + taken.size] = taken
            self._filled += taken.size
            data = data[taken.size :]
            if self._filled == self._buffer.size:
                yield from self._cut(WHOLE * self._average)

    def end(self) -> Iterator[np.ndarray]:
        """Yield the chunks of what is left: something else begins behind it."""
        if self._filled and not self._has_cut and self._filled <= WHOLE * self._average:
            yield self._buffer[: self._filled]
        else:
            yield from self._cut(0)
        self._filled = 0
        self._has_cut = False

    def _cut(self, rest_bytes: int) -> Iterator[np.ndarray]:
        """Yield chunks until at most `rest_bytes` are left."""
        self._has_cut = True
        start = 0
        while self._filled - start > rest_bytes:
            data = self._buffer[start : self._filled]
            length = int(chunk_length(data, _GEAR, self._average))
            if length < data.size:
                length -= length % self._align
            yield data[:length]
            start += length
        rest = self._buffer[start : self._filled]
        self._buffer[: rest.size] = rest.copy()
        self._filled = rest.size


@compiled
def chunk_length(data, gear, average):
    """Return how long the first chunk of `data`, uint8 (n,), is. gear: uint64 (256,)."""
    shortest = average // _SHORTEST
    end = min(len(data), WHOLE * average)
    if end <= shortest:
        return end
    bits = 0
    while 1 << bits < average - shortest:
        bits += 1
    hard = ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(bits + _NORMAL_BITS))
    easy = ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(bits - _NORMAL_BITS))
    middle = min(end, average)
    gear_hash = np.uint64(0)
    for at in range(np.uint64(shortest), np.uint64(middle)):
        gear_hash = (gear_hash << np.uint64(1)) + gear[data[at]]
        if gear_hash & hard == 0:
            return at + 1
    for at in range(np.uint64(middle), np.uint64(end)):
        gear_hash = (gear_hash << np.uint64(1)) + gear[data[at]]
        if gear_hash & easy == 0:
            return at + 1
    return end


def _gear() -> np.ndarray:
    """Return 256 numbers, uint64, that have nothing to do with each other: splitmix64."""
    state = np.arange(1, 257, dtype=np.uint64) * np.uint64(_GEAR_SEED)
    state = (state ^ state >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ state >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return state ^ state >> np.uint64(31)


_GEAR = _gear()
