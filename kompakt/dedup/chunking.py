"""Content-defined chunks: where content is cut follows from the bytes just before, so that equal content is
cut alike wherever it lies, and a byte that is inserted moves one border and no more.

A gear hash runs over the bytes (h = 2 h + gear[byte]); where its upper bits are zero is a border. Before the
average size more bits have to be, behind it fewer, so that sizes lie close to it (normalised chunking).
Source: Xia et al., "FastCDC", USENIX ATC 2016.
"""

from collections.abc import Iterator
from typing import NamedTuple

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


class Chunks(NamedTuple):
    """Chunks that follow each other: `data`, uint8 (n,), and where in it each of them ends."""

    data: np.ndarray
    ends: list[int]


class Chunker:
    """Cuts what it is fed, which must not change until the chunks that it is in have been used.

    average: bytes, a power of two
    align:   chunks are multiples of this, but for the last of what belongs together
    """

    def __init__(self, average: int, align: int = 1):
        self._average = average
        self._align = align
        self._ends = np.empty(0, np.int64)
        self._begin()

    def _begin(self) -> None:
        self._fed_bytes = 0
        self._left: list[np.ndarray] = []  # of the chunk that has begun
        self._passed = 0
        self._hash = np.uint64(0)
        self._rest = 0

    def feed(self, data: np.ndarray) -> Iterator[Chunks]:
        """Take `data`, uint8 (n,), and yield the chunks that are complete."""
        if not data.size:
            return
        self._fed_bytes += data.size
        if self._fed_bytes <= WHOLE * self._average:
            self._left.append(data)
            return
        if self._fed_bytes - data.size <= WHOLE * self._average and self._left:
            data = _joined([*self._left, data])
            self._left = []
        elif self._rest:
            chunk = _joined(self._left)
            end = chunk.size - self._rest
            yield Chunks(chunk[:end], [end])
            self._left = [chunk[end:]]
        yield from self._cut(data)

    def end(self) -> Iterator[Chunks]:
        """Yield the chunk that is left, if one is: something else begins behind it."""
        if self._left:
            chunk = _joined(self._left)
            yield Chunks(chunk, [chunk.size])
        self._begin()

    def _cut(self, data: np.ndarray) -> Iterator[Chunks]:
        """Yield the chunks that end in `data`. One that ends with it may have a rest."""
        most = 2 + data.size // (self._average // _SHORTEST)
        if self._ends.size < most:
            self._ends = np.empty(most, np.int64)
        count, self._rest, self._passed, gear_hash = find_ends(
            data, _GEAR, self._average, self._align, self._passed, self._hash, self._ends
        )
        self._hash = np.uint64(gear_hash)
        ends = self._ends[: count - (self._rest > 0)].tolist()
        start = 0
        while ends and self._left:
            end = ends.pop(0)
            start = max(end, 0)
            whole = _joined([*self._left, data[:start]])
            cut = whole.size + min(end, 0)
            yield Chunks(whole[:cut], [cut])
            self._left = [whole[cut:]] if cut < whole.size else []
        if ends:
            yield Chunks(data[start : ends[-1]], [end - start for end in ends])
            start = ends[-1]
        if start < data.size:
            self._left.append(data[start:])


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@compiled
def find_ends(data, gear, average, align, passed, gear_hash, ends):
    """Write to `ends` where the chunks of `data`, uint8 (n,), end; return how many do.

    Behind that comes what alignment took from a chunk that ends with `data`, and the new state.

    gear:              uint64 (256,)
    passed, gear_hash: the state: bytes of the chunk that goes on with `data`, and the hash behind them
    ends:              int64, from the start of `data` on; the first may be negative, by less than `align`
    """
    shortest = average // _SHORTEST
    longest = WHOLE * average
    bits = 0
    while 1 << bits < average - shortest:
        bits += 1
    hard = ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(bits + _NORMAL_BITS))
    easy = ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(bits - _NORMAL_BITS))
    size = len(data)
    at = 0
    count = 0
    rest = 0
    while True:
        if passed < shortest:
            step = min(shortest - passed, size - at)
            at += step
            passed += step
            gear_hash = np.uint64(0)
        begin = at - passed  # of the chunk
        found = False
        for is_hard in (True, False):
            mask = hard if is_hard else easy
            stop = min(size, begin + (average if is_hard else longest))
            while at < stop and not found:
                gear_hash = (gear_hash << np.uint64(1)) + gear[data[at]]
                found = gear_hash & mask == 0
                at += 1
            if found:
                break
        passed = at - begin
        if not found and passed < longest:
            return count, rest if passed == rest else 0, passed, gear_hash
        rest = passed % align
        ends[count] = at - rest
        count += 1
        passed = rest


def _gear() -> np.ndarray:
    """Return 256 numbers, uint64, that have nothing to do with each other: splitmix64."""
    state = np.arange(1, 257, dtype=np.uint64) * np.uint64(_GEAR_SEED)
    state = (state ^ state >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ state >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return state ^ state >> np.uint64(31)


_GEAR = _gear()
