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
from kompakt.model.counters import count_visit, counter_rate
from kompakt.model.lanes import (
    item_place,
    lane_first,
    lane_from,
    lane_step,
    lanes_with,
    lanes_without,
    usual_or,
)
from kompakt.model.match import MATCH_INPUTS
from kompakt.model.nearness import NEARNESS_LIMIT
from kompakt.model.words import i32, u16, u32, u64

_HALF = i32(1 << 15)
_LINEAR_SHIFT = i32(5)
"""From p16 to an input as large as a stretched one: certainty is ±1024, a stretched 4."""


@inlined
def adapted(entry, bit, limit, reciprocal):
    """Return state map entry `entry` (p22 << 10 | visits, at most `limit`) after `bit`.

    reciprocal: int32, 32768 / (visits + 1.5)
    """
    visits = u32(entry & u32(1023))
    p22 = i32(entry >> u32(10))
    target = i32(i32(bit) * i32(4194303))
    p22 = i32(p22 + i32(i32(i32(i32(target - p22) >> i32(5)) * reciprocal) >> i32(10)))
    return u32(u32(u32(p22) << u32(10)) | min(u32(visits + u32(1)), limit))


@inlined
def read_entry(state, tables, scratch, lane, sign):
    """Write the stretched prediction of the map entry that the lane is placed on."""
    entry = state.maps[scratch.places[lane]]
    scratch.entries[lane] = entry
    scratch.inputs[lane] = i32(tables.stretch[u32(entry >> u32(20))] * sign)


@inlined
def update_entry(tables, scratch, lane, bit, sign, limit):
    """Teach the map entry that was read the bit, or its opposite if that is what the input predicted."""
    entry = scratch.entries[lane]
    right = u32(bit ^ u32(u32(sign) >> u32(31)))
    scratch.entries[lane] = adapted(entry, right, limit, tables.reciprocal[u32(entry & u32(1023))])


@inlined
def read_lanes(state, tables, numbers, scratch, node):
    """Write the stretched predictions of all lanes; expect_bit() has placed those of the match model.

    inputs: int32 (inputs,), bit histories from 0 on, then the match model, then direct counters, then what
            the counters say in the linear domain, where the spec has such inputs
    """
    contexts = numbers.contexts
    matches = u32(contexts + MATCH_INPUTS)
    maps = u32(matches + numbers.predictors)
    others = u32(maps - contexts)
    for lane in range(lane_first(), lanes_with(contexts, others), lane_step()):
        if lane < contexts:
            at = item_place(scratch.buckets[lane], numbers.bucket_shift, node)
            scratch.places[lane] = u32(u32(lane << u32(8)) | u32(state.histories[at]))
        read_entry(state, tables, scratch, lane, usual_or(i32(1), scratch.signs, lane))
    rest = lanes_without(contexts, others)
    for lane in range(lane_from(rest), matches, lane_step()):
        scratch.inputs[lane] = i32(0)
        if scratch.signs[lane] != i32(0):
            read_entry(state, tables, scratch, lane, scratch.signs[lane])
    for lane in range(lane_from(max(rest, matches)), maps, lane_step()):
        read_entry(state, tables, scratch, lane, i32(1))
    if numbers.bucket_shift == COUNTER_SHIFT:
        for lane in range(lane_first(), contexts, lane_step()):
            word = u64(item_place(scratch.buckets[lane], u32(5), node)) + u64(16)
            p16 = i32(state.counters[word])
            scratch.counts[lane] = p16
            scratch.inputs[u32(lane + maps)] = tables.stretch[u32(p16) >> u32(4)]
            if numbers.linear_inputs != u32(0):
                place = u32(u32(lane + maps) + contexts)
                scratch.inputs[place] = i32(i32(p16 - _HALF) >> _LINEAR_SHIFT)


@inlined
def update_lanes(state, tables, numbers, scratch, node, bit):
    """Teach every lane's counter, history and map entry the coded bit, or that the match model was right."""
    contexts = numbers.contexts
    matches = u32(contexts + MATCH_INPUTS)
    maps = u32(matches + numbers.predictors)
    others = u32(maps - contexts)
    if numbers.bucket_shift == COUNTER_SHIFT:
        target = i32(i32(bit) * i32(65535))
        for lane in range(lane_first(), contexts, lane_step()):
            p16 = scratch.counts[lane]
            seen = u32(scratch.places[lane] & u32(255))
            rate = counter_rate(state, tables, numbers, scratch.buckets[lane], node, seen)
            scratch.counts[lane] = i32(p16 + i32(i32(i32(target - p16) * rate) >> i32(15)))
        for lane in range(lane_first(), contexts, lane_step()):
            word = u64(item_place(scratch.buckets[lane], u32(5), node)) + u64(16)
            state.counters[word] = u16(scratch.counts[lane])
            count_visit(state, numbers, scratch.buckets[lane], node)
    for lane in range(lane_first(), lanes_with(contexts, others), lane_step()):
        sign = usual_or(i32(1), scratch.signs, lane)
        limit = usual_or(u32(numbers.map_limit), scratch.limits, lane)
        update_entry(tables, scratch, lane, bit, sign, limit)
    for lane in range(lane_first(), lanes_with(contexts, others), lane_step()):
        place = scratch.places[lane]
        state.maps[place] = scratch.entries[lane]
        if lane < contexts:
            at = item_place(scratch.buckets[lane], numbers.bucket_shift, node)
            state.histories[at] = tables.next_state[u32(u32(u32(place & u32(255)) << u32(1)) | bit)]
    rest = lanes_without(contexts, others)
    for lane in range(lane_from(rest), matches, lane_step()):
        if scratch.signs[lane] != i32(0):
            update_entry(tables, scratch, lane, bit, scratch.signs[lane], scratch.limits[lane])
            state.maps[scratch.places[lane]] = scratch.entries[lane]
    for lane in range(lane_from(max(rest, matches)), maps, lane_step()):
        update_entry(tables, scratch, lane, bit, i32(1), u32(NEARNESS_LIMIT))
    for lane in range(lane_from(max(rest, matches)), maps, lane_step()):
        state.maps[scratch.places[lane]] = scratch.entries[lane]
