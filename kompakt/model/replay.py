"""Replay: bytes that are known train the tables as coding them would, without a prediction.

Counters, histories and the choice of buckets learn from bits alone, not from what the mixer made of them.
So bytes that were coded as several blocks side by side can train one state afterwards. Every context has
buckets of its own, so contexts may be trained side by side too. Mixer weights, maps and APMs are not touched.
"""

from kompakt.model.buckets import COUNTER_SHIFT, NIBBLE_SALT, announce, find_bucket
from kompakt.model.compiling import inlined
from kompakt.model.contexts import begin_text, hash_contexts, scramble
from kompakt.model.counters import count_visit, counter_rate
from kompakt.model.predictor import remember_byte
from kompakt.model.words import i32, u16, u32, u64


@inlined
def train_bucket(state, tables, numbers, bucket, nibble):
    """Teach the four nodes on the way through a bucket the bits of `nibble`, the highest first."""
    shift = numbers.bucket_shift
    first = u64(u64(bucket) << u64(shift))
    for step in range(u32(4)):
        node = u32(u32(u32(16) | nibble) >> u32(u32(4) - step))
        bit = u32(u32(nibble >> u32(u32(3) - step)) & u32(1))
        at = first + u64(node)
        seen = u32(state.histories[at])
        if shift == COUNTER_SHIFT:
            word = u64(first >> u64(1)) + u64(u32(16) + node)
            p16 = i32(state.counters[word])
            target = i32(i32(bit) * i32(65535))
            rate = counter_rate(state, tables, numbers, bucket, node, seen)
            state.counters[word] = u16(i32(p16 + i32(i32(i32(target - p16) * rate) >> i32(15))))
            count_visit(state, numbers, bucket, node)
        state.histories[at] = tables.next_state[u32(u32(seen << u32(1)) | bit)]


@inlined
def replay(state, tables, spec, numbers, scratch, text, start, first, step):
    """Train the tables of contexts `first`, `first + step`, … with text[start:].

    text: uint8 (n,), n < 2**31; the state has learned from text[:start], and has no base
    """
    size = u32(len(text))
    begin_text(state, start)
    hash_contexts(spec, state.registers, scratch.hashes)
    byte = u32(0)
    for position in range(start, u32(size + u32(1))):
        if position != start:
            for context in range(first, numbers.contexts, step):
                upper = find_bucket(state, numbers, context, scratch.buckets[context])
                train_bucket(state, tables, numbers, upper, u32(byte >> u32(4)))
                lower = find_bucket(state, numbers, context, scratch.keys[context])
                train_bucket(state, tables, numbers, lower, u32(byte & u32(15)))
        if position < size:
            byte = u32(text[position])
            ahead = u32(u32(16) | u32(byte >> u32(4)))
            for context in range(first, numbers.contexts, step):
                upper = scramble(u32(scratch.hashes[context] + NIBBLE_SALT))
                lower = scramble(u32(scratch.hashes[context] + u32(ahead * NIBBLE_SALT)))
                scratch.buckets[context] = upper
                scratch.keys[context] = lower
                announce(state, numbers, context, upper)
                announce(state, numbers, context, lower)
            remember_byte(state, tables, spec, numbers, text, u32(position + u32(1)))
            hash_contexts(spec, state.registers, scratch.hashes)
