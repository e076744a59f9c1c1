"""Direct counters and bit histories: the two predictors that every lane owns.

A direct counter is a 16-bit probability that moves towards each bit; how fast it moves is read from the
bit history beside it (much seen: slowly; just surprised: faster again). A bit history is a state of a
finite machine; what a state means is learned by a state map of the lane: 22 bits of probability and
10 bits of visit count.

Loads and stores at scattered places are kept in loops of their own, so that on the CPU the arithmetic
between them becomes vector instructions.
"""

from kompakt.model.buckets import COUNTER_SHIFT
from kompakt.model.compiling import inlined
from kompakt.model.lanes import lane_first, lane_step
from kompakt.model.words import i32, u16, u32, u64


@inlined
def adapted(entry, bit, limit, reciprocal):
    """Return state map entry `entry` (p22 << 10 | visits) after `bit`; visits stop at `limit`.

    reciprocal: int32, 32768 / (visits + 1.5)
    """
    visits = u32(entry & u32(1023))
    p22 = i32(entry >> u32(10))
    target = i32(i32(bit) * i32(4194303))
    p22 = i32(p22 + i32(i32(i32(i32(target - p22) >> i32(5)) * reciprocal) >> i32(10)))
    return u32(u32(u32(p22) << u32(10)) | u32(visits + u32(visits < limit)))


@inlined
def read_lanes(state, tables, numbers, scratch, node):
    """Write both stretched predictions of every lane.

    inputs: int32 (lanes,), bit histories from 0 on, direct counters behind them
    """
    contexts = numbers.contexts
    shift = u64(numbers.bucket_shift)
    inputs = scratch.inputs
    for lane in range(lane_first(), contexts, lane_step()):
        at = u64(u64(scratch.buckets[lane]) << shift) + u64(node)
        history = u32(state.histories[at])
        entry = state.state_maps[u32(u32(lane << u32(8)) | history)]
        scratch.seen[lane] = history
        scratch.entries[lane] = entry
        inputs[lane] = tables.stretch[u32(entry >> u32(20))]
    if numbers.bucket_shift == COUNTER_SHIFT:
        for lane in range(lane_first(), contexts, lane_step()):
            word = u64(u64(u64(scratch.buckets[lane]) << u64(5)) + u64(node)) + u64(16)
            p16 = i32(state.counters[word])
            scratch.counts[lane] = p16
            inputs[u32(lane + contexts)] = tables.stretch[u32(p16) >> u32(4)]


@inlined
def update_lanes(state, tables, numbers, scratch, node, bit):
    """Teach every lane's counter, history and state map the coded bit."""
    contexts = numbers.contexts
    shift = u64(numbers.bucket_shift)
    if numbers.bucket_shift == COUNTER_SHIFT:
        target = i32(i32(bit) * i32(65535))
        for lane in range(lane_first(), contexts, lane_step()):
            p16 = scratch.counts[lane]
            rate = tables.rate[scratch.seen[lane]]
            scratch.counts[lane] = i32(p16 + i32(i32(i32(target - p16) * rate) >> i32(15)))
        for lane in range(lane_first(), contexts, lane_step()):
            word = u64(u64(u64(scratch.buckets[lane]) << u64(5)) + u64(node)) + u64(16)
            state.counters[word] = u16(scratch.counts[lane])
    for lane in range(lane_first(), contexts, lane_step()):
        entry = scratch.entries[lane]
        scratch.entries[lane] = adapted(
            entry, bit, numbers.map_limit, tables.reciprocal[u32(entry & u32(1023))]
        )
    for lane in range(lane_first(), contexts, lane_step()):
        at = u64(u64(scratch.buckets[lane]) << shift) + u64(node)
        history = scratch.seen[lane]
        state.histories[at] = tables.next_state[u32(u32(history << u32(1)) | bit)]
        state.state_maps[u32(u32(lane << u32(8)) | history)] = scratch.entries[lane]
