"""The predictor: the one file that knows the order of the parts.

For each byte: begin_byte(). For each of its nibbles: announce_nibble(), then open_nibble(). For each bit:
predict(), then update(bit). Encoder, decoder, CPU and GPU all go through these five.

announce_nibble() only asks for the cache lines that open_nibble() will need. The block loop calls it
before it updates the last bit of the previous nibble, so that memory latency passes during that work.
"""

from typing import NamedTuple

from kompakt.model.apm import APM_STRIDE, adapt_cell, refine
from kompakt.model.buckets import announce_buckets, open_buckets
from kompakt.model.compiling import inlined
from kompakt.model.contexts import C4, hash_contexts, scramble, update_registers
from kompakt.model.lanes import lane_first, lane_step, lane_sum, lane_sync, prefetch
from kompakt.model.match import BUCKET, EXPECTED, find_match
from kompakt.model.mixer import clamp, dot, train
from kompakt.model.spec import SELECTOR_COLUMNS
from kompakt.model.state_map import adapted, read_lanes, update_lanes
from kompakt.model.tables import MIX_LIMIT
from kompakt.model.words import i32, u32, u64

_MIX_LIMIT = i32(MIX_LIMIT)
_COLUMNS = u32(SELECTOR_COLUMNS)
_NO_BIT = u32(2)
_RATE_HALF_LIFE = u32(1 << 14)


class Prediction(NamedTuple):
    """What update() must know of predict(), the same in every lane."""

    p16: int  # probability of a one, 1..65535
    stretched: int  # final mixer's result, before the APMs
    expected_bit: int  # of the match model, 2 without a match
    expected_byte: int


@inlined
def learning_rate(numbers, position):
    """Return the weight sets' learning rate, in 1/65536: high at first, falling with 1/position."""
    extra = u32(u32(numbers.rate_extra) * _RATE_HALF_LIFE)
    return i32(numbers.rate + i32(extra // u32(_RATE_HALF_LIFE + position)))


@inlined
def begin_byte(state, spec, numbers, scratch, data, position):
    """Prepare for the byte at `position`; everything before it is in `data`."""
    lane_sync()
    if position != u32(0) and lane_first() == u32(0):
        update_registers(state, data, u32(position - u32(1)))
        find_match(state, data, position, numbers.min_match, numbers.match_bits)
    lane_sync()
    registers = state.registers
    hash_contexts(spec, registers, scratch.hashes)
    for s in range(lane_first(), numbers.sets, lane_step()):
        at = u32(s * _COLUMNS)
        value = u32(
            u32(registers[spec.selectors[at]] >> spec.selectors[at + u32(1)]) & spec.selectors[at + u32(2)]
        )
        scratch.set_base[s] = u32(spec.selectors[at + u32(6)] + u32(value * spec.selectors[at + u32(3)]))


@inlined
def announce_nibble(state, numbers, scratch, c0):
    """Ask for the buckets of the nibble that starts with partial byte `c0` (1, or 16..31)."""
    announce_buckets(state, numbers, scratch, c0)


@inlined
def open_nibble(state, numbers, scratch):
    """Point every lane at its bucket of the announced nibble."""
    open_buckets(state, numbers, scratch)


@inlined
def match_entry(k, bucket, bit_index, expected_byte):
    """Return the match map entry of input `k`: by length and bit, or by length and expected byte."""
    by_bit = u32(u32(bucket << u32(3)) | bit_index)
    by_byte = u32(u32(128) + u32(u32(bucket << u32(8)) | expected_byte))
    return by_bit if k == u32(0) else by_byte


@inlined
def apm_context(k, c0, c4, bucket):
    """Return the context of APM `k` within all APMs: match length, last byte, or last three bytes hashed."""
    if k == u32(0):
        return u32(c0 | u32(bucket << u32(8)))
    if k == u32(1):
        return u32(u32(65536) + u32(c0 | u32(u32(c4 & u32(255)) << u32(8))))
    return u32(u32(131072) + u32(scramble(u32(u32(c4 & u32(0xFFFFFF)) + u32(c0 << u32(24)))) >> u32(16)))


@inlined
def predict(state, tables, spec, numbers, scratch, c0, bit_index, node):
    """Return the `Prediction` of the next bit.

    c0:   the byte so far behind a leading one, 1..255
    node: the nibble so far behind a leading one, 1..15
    """
    bucket = state.registers[BUCKET]
    c4 = state.registers[C4]
    for k in range(lane_first(), numbers.apms, lane_step()):
        row = apm_context(k, c0, c4, bucket)
        scratch.rows[k] = row
        prefetch(state.apms, u64(row) * u64(APM_STRIDE))
    read_lanes(state, tables, numbers, scratch, node)

    expected = state.registers[EXPECTED]
    expected_byte = u32(u32(expected - u32(1)) & u32(255))
    expected_bit = _NO_BIT
    if expected != u32(0) and u32(u32(expected_byte | u32(256)) >> u32(u32(8) - bit_index)) == c0:
        expected_bit = u32(u32(expected_byte >> u32(u32(7) - bit_index)) & u32(1))
    first = u32(numbers.inputs - u32(2))
    for k in range(lane_first(), u32(2), lane_step()):
        st = i32(0)
        if expected_bit != _NO_BIT:
            st = tables.stretch[
                u32(state.match_maps[match_entry(k, bucket, bit_index, expected_byte)] >> u32(20))
            ]
        scratch.inputs[u32(first + k)] = st if expected_bit == u32(1) else i32(-st)

    for s in range(lane_first(), numbers.sets, lane_step()):
        at = u32(s * _COLUMNS)
        by_bits = u32(c0 & spec.selectors[u32(at + u32(4))])
        by_index = u32(bit_index & spec.selectors[u32(at + u32(5))])
        scratch.set_offset[s] = u32(u32(scratch.set_base[s] + u32(by_bits + by_index)) * numbers.inputs)
    lane_sync()
    for s in range(numbers.sets):
        scratch.mixed[s] = dot(state.weights, scratch.set_offset[s], scratch.inputs, numbers.inputs)
    lane_sync()
    for s in range(lane_first(), numbers.sets, lane_step()):
        scratch.mixed[s] = clamp(i32(scratch.mixed[s] >> i32(16)))
    if numbers.sets == u32(1):
        lane_sync()
        stretched = scratch.mixed[0]
    else:
        final = u32(c0 * numbers.sets)
        stretched = clamp(i32(dot(state.final_weights, final, scratch.mixed, numbers.sets) >> i32(16)))

    p16 = u32(tables.squash[u32(stretched + _MIX_LIMIT)])
    if numbers.apms != u32(0):
        total = i32(0)
        for k in range(lane_first(), numbers.apms, lane_step()):
            refined, cell = refine(state.apms, scratch.rows[k], stretched)
            scratch.cells[k] = cell
            total = i32(total + i32(refined * u32(k + u32(1))))
        weight = u32(
            u32(u32(1) << numbers.apms) - u32(u32(numbers.apms * u32(numbers.apms + u32(1))) >> u32(1))
        )
        p16 = u32(u32(u32(p16 * weight) + u32(lane_sum(total))) >> numbers.apms)
    p16 = min(max(p16, u32(1)), u32(65535))
    return Prediction(p16, stretched, expected_bit, expected_byte)


@inlined
def update(state, tables, numbers, scratch, prediction, rate, c0, bit_index, node, bucket, bit):
    """Teach every part the coded bit.

    rate: learning rate of the weight sets, in 1/65536
    bucket: match length bucket at the time of the prediction
    """
    target = i32(i32(bit) << i32(16))
    if numbers.sets != u32(1):
        final = u32(c0 * numbers.sets)
        p16 = tables.squash[u32(prediction.stretched + _MIX_LIMIT)]
        error = i32(i32(i32(target - p16) * numbers.final_rate) >> i32(10))
        train(state.final_weights, final, scratch.mixed, numbers.sets, error)
    for s in range(lane_first(), numbers.sets, lane_step()):
        p16 = tables.squash[u32(scratch.mixed[s] + _MIX_LIMIT)]
        scratch.errors[s] = i32(i32(i32(target - p16) * rate) >> i32(10))
    lane_sync()
    for s in range(numbers.sets):
        train(state.weights, scratch.set_offset[s], scratch.inputs, numbers.inputs, scratch.errors[s])
    lane_sync()  # the next predict() overwrites inputs that other lanes have just read
    for k in range(lane_first(), numbers.apms, lane_step()):
        adapt_cell(state.apms, scratch.cells[k], bit)
    if prediction.expected_bit != _NO_BIT:
        right = u32(prediction.expected_bit == bit)
        for k in range(lane_first(), u32(2), lane_step()):
            at = match_entry(k, bucket, bit_index, prediction.expected_byte)
            entry = state.match_maps[at]
            limit = u32(1000) if k == u32(0) else u32(127)
            state.match_maps[at] = adapted(entry, right, limit, tables.reciprocal[u32(entry & u32(1023))])
    update_lanes(state, tables, numbers, scratch, node, bit)
