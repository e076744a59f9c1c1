"""Bits packed into bytes, lowest first; numbers are int64, so that loops mix no signs."""

import numpy as np

from kompakt.classic.memory import load_le64, store_le64
from kompakt.filters.deflate.compiling import compiled, inlined

PADDING_BYTES = 16
"""Room behind every array that is read or written here: words of 8 bytes may begin at its last byte."""


@inlined
def word_at(stream, bit):
    """Return 57 bits or more of `stream`, uint8 with padding, from `bit` on, as uint64."""
    return load_le64(stream, np.uint64(bit >> 3)) >> np.uint64(bit & 7)


@inlined
def peek(stream, bit, count):
    """Return `count` bits, at most 32, from `bit` on."""
    return np.int64(word_at(stream, bit) & ((np.uint64(1) << np.uint64(count)) - np.uint64(1)))


@inlined
def put(stream, bit, value, count):
    """Write `count` bits, at most 48, at `bit`, and zeros behind; return the bit behind them."""
    at = bit >> 3
    kept = np.int64(stream[at]) & ((1 << (bit & 7)) - 1)
    store_le64(stream, np.uint64(at), np.uint64(kept | value << (bit & 7)))
    return bit + count


@inlined
def copy_bytes(source, begin, target, at, count):
    """Write `count` bytes of `source` from `begin` on to `target`, another array, from `at` on."""
    for i in range(count):
        target[at + i] = source[begin + i]


@compiled
def copy_bits(source, source_bit, count, target, bit):
    """Write to `target` the `count` bits of `source` from `source_bit` on; return the bit behind them."""
    while count > 0:
        step = min(count, 32)
        bit = put(target, bit, peek(source, source_bit, step), step)
        source_bit += step
        count -= step
    return bit


@compiled
def equal_bits(a, a_bit, b, b_bit, count):
    """Tell whether `count` bits of `a` from `a_bit` on are those of `b` from `b_bit` on."""
    while count > 0:
        step = min(count, 32)
        if peek(a, a_bit, step) != peek(b, b_bit, step):
            return False
        a_bit += step
        b_bit += step
        count -= step
    return True
