"""Adaptive codes of order 0, 1 and 2: each byte, bit by bit, in the context of the bytes before it.

A byte is eight binary decisions, the highest bit first; a counter for every node of that tree in every
context says how likely a one is. A counter holds 22 bits of probability and a count n, and moves by 1/(n +
1.5) of its error, at least by 1/LIMIT.

    stream: words of the range coder, u16

Memory: counters of 4 bytes, 1 KiB a context, so at most 1 KiB, 256 KiB and 64 MiB for order 0, 1 and 2;
contexts that do not occur take none. A decoder takes a copy of the stream besides.

Source: Rissanen and Langdon, "Universal modeling and coding", 1981; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic.arrays import as_bytes, check_nothing
from kompakt.classic.compiling import compiled, inlined
from kompakt.classic.errors import StreamError
from kompakt.classic.range_coder import (
    AHEAD_WORDS,
    FULL_RANGE,
    decode_bit,
    encode_bit,
    finish,
    start,
)

LIMIT = 127  # of 127, 255, 511, 1023 the best on the first 2 MiB of five Silesia files, by 0.1 to 3 %
_COUNT_BITS = 10
_HALF = np.uint32(1 << 31)  # a counter of 0 is p = 1/2, so that fresh memory needs no writing


class Order:
    """The codec whose context is the last `order` bytes, 0 to 2."""

    def __init__(self, order: int):
        self._context_mask = np.uint64((1 << 8 * order) - 1)

    def encode(self, data: np.ndarray) -> np.ndarray:
        """Return the stream, uint8, of `data`, uint8."""
        data = as_bytes(data)
        if not data.size:
            return np.zeros(0, np.uint8)
        room = _likely_words(data.size)
        while True:
            words = np.empty(room, np.uint16)
            written = _encode(data, self._counters(), rates(), self._context_mask, words)
            if written:
                return words[:written].astype(">u2").view(np.uint8)
            room *= 2

    def decode(self, stream: np.ndarray, raw_bytes: int) -> np.ndarray:
        """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
        stream = as_bytes(stream)
        if not raw_bytes:
            return check_nothing(stream)
        if stream.size % 2 or not stream.size:
            raise StreamError("words are not whole")
        words = np.zeros(stream.size // 2 + AHEAD_WORDS, np.uint16)
        words[:-AHEAD_WORDS] = stream.view(">u2")
        data = np.empty(raw_bytes, np.uint8)
        read = _decode(words, self._counters(), rates(), self._context_mask, data)
        if read != stream.size // 2 + AHEAD_WORDS - 1:
            raise StreamError("words end before the block, or the block before them")
        return data

    def _counters(self) -> np.ndarray:
        return np.zeros((int(self._context_mask) + 1) << 8, np.uint32)


def _likely_words(raw_bytes: int) -> int:
    """Return how many words nearly every block of `raw_bytes` fits in."""
    return raw_bytes // 2 + raw_bytes // 16 + 64


def rates() -> np.ndarray:
    """Return 2**16 / (n + 1.5), rounded, uint32, for n = 0 … LIMIT."""
    n = np.arange(LIMIT + 1)
    return ((2 * 65536 + n + 1) // (2 * n + 3)).astype(np.uint32)


@inlined
def p16_of(counter):
    """Return the probability of a one, 1 … 65535."""
    return np.uint64(max((counter ^ _HALF) >> np.uint32(16), np.uint32(1)))


@inlined
def updated(counter, bit, steps):
    """Return the counter after `bit`: p22 moves towards it, and n counts up to LIMIT."""
    count = counter & np.uint32((1 << _COUNT_BITS) - 1)
    p22 = np.int64((counter ^ _HALF) >> np.uint32(_COUNT_BITS))
    target = np.int64((1 << 22) - 1) if bit else np.int64(0)
    p22 += ((target - p22) * np.int64(steps[count])) >> np.int64(16)
    count = min(count + np.uint32(1), np.uint32(LIMIT))
    return np.uint32(np.uint32(p22) << np.uint32(_COUNT_BITS) | count) ^ _HALF


@compiled
def _encode(data, counters, steps, context_mask, words):
    """Write `words` and return how many, or 0 when they do not suffice."""
    low = np.uint64(0)
    span = FULL_RANGE
    at = np.uint64(0)
    history = np.uint64(0)
    for i in range(np.uint64(data.size)):
        if at + np.uint64(9) > np.uint64(words.size):
            return np.uint64(0)
        base = (history & context_mask) << np.uint64(8)
        node = np.uint64(1)
        byte = np.uint64(data[i])
        for shift in range(np.uint64(8)):
            bit = (byte >> (np.uint64(7) - shift)) & np.uint64(1)
            counter = counters[base + node]
            low, span, at = encode_bit(low, span, words, at, bit, p16_of(counter))
            counters[base + node] = updated(counter, bit, steps)
            node = node << np.uint64(1) | bit
        history = history << np.uint64(8) | byte
    return finish(low, words, at)


@compiled
def _decode(words, counters, steps, context_mask, data):
    """Fill `data`; return how many words were taken, at most many more than there are."""
    last = np.uint64(words.size - 1)
    code = start(words)
    span = FULL_RANGE
    at = np.uint64(AHEAD_WORDS)
    history = np.uint64(0)
    for i in range(np.uint64(data.size)):
        base = (history & context_mask) << np.uint64(8)
        node = np.uint64(1)
        for _ in range(np.uint64(8)):
            counter = counters[base + node]
            bit, code, span, at = decode_bit(code, span, words, at, last, p16_of(counter))
            counters[base + node] = updated(counter, bit, steps)
            node = node << np.uint64(1) | np.uint64(bit)
        history = history << np.uint64(8) | (node & np.uint64(0xFF))
        data[i] = node
    return at


ORDER_0, ORDER_1, ORDER_2 = Order(0), Order(1), Order(2)
