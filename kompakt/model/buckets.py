"""Nibble buckets: where a context keeps what it has seen, four bits at a time.

A bucket serves one context and one nibble (the upper or the lower half of a byte) and holds 15 nodes,
one for each state of knowledge about the nibble: node 1 before its first bit, nodes 2 and 3 before the
second, 4..7 and 8..15 after that. It is one cache line:

    byte 0        8-bit check (levels without direct counters)
    bytes 1..15   bit history of each node
    bytes 17..31  visits of each node's counter (specs whose counters have visits of their own)
    bytes 32..33  16-bit check (levels with direct counters)
    bytes 34..63  direct counter of each node, uint16 probability of a one

Levels without direct counters keep only the first 16 bytes. The bucket index is the low bits of a hash,
the check its high bits. Three neighbours inside the same group of four are probed; if none fits, the one
that has seen least (smallest state of node 1) is replaced.
"""

from kompakt.model.compiling import inlined
from kompakt.model.contexts import scramble
from kompakt.model.lanes import lane_first, lane_step, looked_up, prefetch
from kompakt.model.words import u8, u16, u32, u64

FOUR_COUNTERS = u64(0x8000_8000_8000_8000)
"""Direct counters that have seen nothing: one half, 16 bits each."""

NOWHERE = u32(0xFFFFFFFF)
NIBBLE_SALT = u32(0x9E3779B1)

COUNTER_SHIFT = u32(6)
"""log2 of a bucket's bytes where it has direct counters; 4 where it has not."""


@inlined
def claim(state, numbers, bucket, check):
    """Empty `bucket` and put `check` on it."""
    shift = numbers.bucket_shift
    word = u64(bucket) << u64(shift - u32(3))
    state.words[word] = u64(0)
    state.words[word + u64(1)] = u64(0)
    if numbers.counter_limit != u32(0):
        state.words[word + u64(2)] = u64(0)
        state.words[word + u64(3)] = u64(0)
    if shift == COUNTER_SHIFT:
        state.words[word + u64(4)] = FOUR_COUNTERS
        state.words[word + u64(5)] = FOUR_COUNTERS
        state.words[word + u64(6)] = FOUR_COUNTERS
        state.words[word + u64(7)] = FOUR_COUNTERS
        state.counters[u64(u64(bucket) << u64(5)) + u64(16)] = u16(check)
    else:
        state.histories[u64(bucket) << u64(4)] = u8(check)


@inlined
def adopt(state, numbers, bucket, known):
    """Make `bucket` a copy of bucket `known` of the base.

    All is read before anything is written: the compiler cannot know that a load may pass a store.
    """
    shift = numbers.bucket_shift
    source = u64(known) << u64(shift - u32(3))
    target = u64(bucket) << u64(shift - u32(3))
    w0, w1 = state.base_words[source], state.base_words[source + u64(1)]
    if shift == COUNTER_SHIFT:
        w4, w5 = state.base_words[source + u64(4)], state.base_words[source + u64(5)]
        w6, w7 = state.base_words[source + u64(6)], state.base_words[source + u64(7)]
        if numbers.counter_limit != u32(0):
            w2, w3 = state.base_words[source + u64(2)], state.base_words[source + u64(3)]
            state.words[target + u64(2)] = w2
            state.words[target + u64(3)] = w3
        state.words[target + u64(4)] = w4
        state.words[target + u64(5)] = w5
        state.words[target + u64(6)] = w6
        state.words[target + u64(7)] = w7
    state.words[target] = w0
    state.words[target + u64(1)] = w1


@inlined
def holds(histories, counters, bucket, shift, check):
    """Tell whether `bucket` belongs to the context with this check."""
    at = u64(bucket) << u64(shift)
    if shift == COUNTER_SHIFT:
        return u32(counters[u64(at >> u64(1)) + u64(16)]) == check
    return u32(histories[at]) == check


@inlined
def worth(state, bucket, shift):
    """Return how much the bucket has seen, as the state of its first node."""
    return state.histories[u64(u64(bucket) << u64(shift)) + u64(1)]


@inlined
def base_bits_of(state, numbers):
    """Return log2 of the buckets that each context has in the base."""
    return looked_up(numbers.base_bits, state.base_sizes, 0)


@inlined
def has_base(state, numbers):
    """Tell whether there is a base to look in."""
    return base_bits_of(state, numbers) != u32(0)


@inlined
def table_bits_of(numbers, lane, bits):
    """Return log2 of the buckets of context `lane`, where most contexts have 2**bits."""
    if numbers.small_contexts != u32(0) and lane < numbers.small_contexts:
        return u32(bits - u32(2))
    if numbers.large_contexts != u32(0) and lane >= u32(numbers.contexts - numbers.large_contexts):
        return u32(bits + u32(2))
    return bits


@inlined
def first_bucket(numbers, lane, bits):
    """Return the first bucket of context `lane`, where most contexts have 2**bits."""
    if u32(numbers.small_contexts | numbers.large_contexts) == u32(0):
        return u32(lane << bits)
    first_large = u32(numbers.contexts - numbers.large_contexts)
    quarters = u32(u32(lane << u32(2)) - u32(u32(3) * min(lane, numbers.small_contexts)))
    quarters = u32(quarters + u32(u32(12) * u32(max(lane, first_large) - first_large)))
    return u32(quarters << u32(bits - u32(2)))


@inlined
def base_bucket(state, numbers, lane, key):
    """Return the bucket of the base that is looked at first, and its place among those of `lane`."""
    base_bits = base_bits_of(state, numbers)
    index = u32(key & u32(u32(u32(1) << table_bits_of(numbers, lane, base_bits)) - u32(1)))
    return u32(first_bucket(numbers, lane, base_bits) + index), index


@inlined
def find_known(state, numbers, lane, key, shift, check):
    """Return the bucket of the base with this check, NOWHERE if none of the three that may have it does."""
    bucket, index = base_bucket(state, numbers, lane, key)
    if holds(state.base_histories, state.base_counters, bucket, shift, check):
        return bucket
    first = u32(bucket - index)
    bucket = u32(first + u32(index ^ u32(1)))
    if holds(state.base_histories, state.base_counters, bucket, shift, check):
        return bucket
    bucket = u32(first + u32(index ^ u32(2)))
    return bucket if holds(state.base_histories, state.base_counters, bucket, shift, check) else NOWHERE


@inlined
def find_bucket(state, numbers, lane, key):
    """Return the bucket of hash `key` among those of `lane`.

    If none fits, the one of three that has seen least becomes a copy of the base's bucket, or is emptied.
    """
    shift = numbers.bucket_shift
    first = first_bucket(numbers, lane, numbers.table_bits)
    index = u32(key & u32(u32(u32(1) << table_bits_of(numbers, lane, numbers.table_bits)) - u32(1)))
    check = u32(key >> u32(16)) if shift == COUNTER_SHIFT else u32(key >> u32(24))
    bucket = u32(first + index)
    if holds(state.histories, state.counters, bucket, shift, check):
        return bucket
    b1 = u32(first + u32(index ^ u32(1)))
    if holds(state.histories, state.counters, b1, shift, check):
        return b1
    b2 = u32(first + u32(index ^ u32(2)))
    if holds(state.histories, state.counters, b2, shift, check):
        return b2
    w0 = worth(state, bucket, shift)
    w1 = worth(state, b1, shift)
    w2 = worth(state, b2, shift)
    if w0 > w1 or w0 > w2:
        bucket = b1 if w1 <= w2 else b2
    if has_base(state, numbers):
        known = find_known(state, numbers, lane, key, shift, check)
        if known != NOWHERE:
            adopt(state, numbers, bucket, known)
            return bucket
    claim(state, numbers, bucket, check)
    return bucket


@inlined
def announce_buckets(state, numbers, scratch, c0):
    """Hash every lane's context with partial byte `c0` into scratch.keys and ask for the cache lines."""
    salt = u32(c0 * NIBBLE_SALT)
    for lane in range(lane_first(), numbers.contexts, lane_step()):
        key = scramble(u32(scratch.hashes[lane] + salt))
        scratch.keys[lane] = key
        announce(state, numbers, lane, key)


@inlined
def announce(state, numbers, lane, key):
    """Ask for the cache lines that find_bucket() will look at first."""
    shift = u64(numbers.bucket_shift)
    mask = u32(u32(u32(1) << table_bits_of(numbers, lane, numbers.table_bits)) - u32(1))
    at = u64(u32(first_bucket(numbers, lane, numbers.table_bits) + u32(key & mask))) << shift
    prefetch(state.histories, at)
    if numbers.bucket_shift == COUNTER_SHIFT:
        prefetch(state.histories, at ^ u64(64))
        prefetch(state.histories, at ^ u64(128))
    if has_base(state, numbers):
        bucket, _ = base_bucket(state, numbers, lane, key)
        prefetch(state.base_histories, u64(bucket) << shift)


@inlined
def open_buckets(state, numbers, scratch):
    """Find or claim the bucket of every lane's key."""
    for lane in range(lane_first(), numbers.contexts, lane_step()):
        scratch.buckets[lane] = find_bucket(state, numbers, lane, scratch.keys[lane])
