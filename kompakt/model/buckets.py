"""Nibble buckets: where a context keeps what it has seen, four bits at a time.

A bucket serves one context and one nibble (the upper or the lower half of a byte) and holds 15 nodes,
one for each state of knowledge about the nibble: node 1 before its first bit, nodes 2 and 3 before the
second, 4..7 and 8..15 after that. It is one cache line:

    byte 0        8-bit check (levels without direct counters)
    bytes 1..15   bit history of each node
    bytes 32..33  16-bit check (levels with direct counters)
    bytes 34..63  direct counter of each node, uint16 probability of a one

Levels without direct counters keep only the first 16 bytes. The bucket index is the low bits of a hash,
the check its high bits. Three neighbours inside the same group of four are probed; if none fits, the one
that has seen least (smallest state of node 1) is replaced.
"""

from kompakt.model.compiling import inlined
from kompakt.model.contexts import scramble
from kompakt.model.lanes import lane_first, lane_step, prefetch
from kompakt.model.words import u8, u16, u32, u64

FOUR_COUNTERS = u64(0x8000_8000_8000_8000)
"""Direct counters that have seen nothing: one half, 16 bits each."""

COUNTER_SHIFT = u32(6)
"""log2 of a bucket's bytes where it has direct counters; 4 where it has not."""


@inlined
def claim(state, bucket, shift, check):
    """Empty `bucket` and put `check` on it."""
    word = u64(bucket) << u64(shift - u32(3))
    state.words[word] = u64(0)
    state.words[word + u64(1)] = u64(0)
    if shift == COUNTER_SHIFT:
        state.words[word + u64(4)] = FOUR_COUNTERS
        state.words[word + u64(5)] = FOUR_COUNTERS
        state.words[word + u64(6)] = FOUR_COUNTERS
        state.words[word + u64(7)] = FOUR_COUNTERS
        state.counters[u64(u64(bucket) << u64(5)) + u64(16)] = u16(check)
    else:
        state.histories[u64(bucket) << u64(4)] = u8(check)


@inlined
def holds(state, bucket, shift, check):
    """Tell whether `bucket` belongs to the context with this check."""
    at = u64(bucket) << u64(shift)
    if shift == COUNTER_SHIFT:
        return u32(state.counters[u64(at >> u64(1)) + u64(16)]) == check
    return u32(state.histories[at]) == check


@inlined
def worth(state, bucket, shift):
    """Return how much the bucket has seen, as the state of its first node."""
    return state.histories[u64(u64(bucket) << u64(shift)) + u64(1)]


@inlined
def find_bucket(state, first, bits, shift, key):
    """Return the bucket of hash `key` among the 2**bits buckets from `first` on; claim one if none fits."""
    index = u32(key & u32(u32(u32(1) << bits) - u32(1)))
    check = u32(key >> u32(16)) if shift == COUNTER_SHIFT else u32(key >> u32(24))
    b0 = u32(first + index)
    if holds(state, b0, shift, check):
        return b0
    b1 = u32(first + u32(index ^ u32(1)))
    if holds(state, b1, shift, check):
        return b1
    b2 = u32(first + u32(index ^ u32(2)))
    if holds(state, b2, shift, check):
        return b2
    w0 = worth(state, b0, shift)
    w1 = worth(state, b1, shift)
    w2 = worth(state, b2, shift)
    if w0 > w1 or w0 > w2:
        b0 = b1 if w1 <= w2 else b2
    claim(state, b0, shift, check)
    return b0


@inlined
def announce_buckets(state, numbers, scratch, c0):
    """Hash every lane's context with partial byte `c0` into scratch.keys and ask for the cache lines."""
    bits = numbers.table_bits
    shift = u64(numbers.bucket_shift)
    mask = u32(u32(u32(1) << bits) - u32(1))
    salt = u32(c0 * u32(0x9E3779B1))
    for lane in range(lane_first(), numbers.contexts, lane_step()):
        key = scramble(u32(scratch.hashes[lane] + salt))
        scratch.keys[lane] = key
        at = u64(u32(u32(lane << bits) + u32(key & mask))) << shift
        prefetch(state.histories, at)
        if numbers.bucket_shift == COUNTER_SHIFT:
            prefetch(state.histories, at ^ u64(64))
            prefetch(state.histories, at ^ u64(128))


@inlined
def open_buckets(state, numbers, scratch):
    """Find or claim the bucket of every lane's key."""
    bits = numbers.table_bits
    for lane in range(lane_first(), numbers.contexts, lane_step()):
        scratch.buckets[lane] = find_bucket(
            state, u32(lane << bits), bits, numbers.bucket_shift, scratch.keys[lane]
        )
