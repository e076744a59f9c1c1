"""The predictor: the one file that knows the order of the parts.

For each block: begin_block(). For each byte: begin_byte(), and remember_byte() once it is known. For each of
its nibbles: announce_nibble(), then open_nibble(). For each bit: predict(), then update(bit). Encoder,
decoder, CPU and GPU all go through these.

announce_nibble() only asks for the cache lines that open_nibble() will need. The block loop calls it
before it updates the last bit of the previous nibble, so that memory latency passes during that work.
"""

from typing import NamedTuple

from kompakt.model.apm import APM_STRIDE, adapt_cell, refine
from kompakt.model.arrays import update_elements
from kompakt.model.buckets import announce_buckets, open_buckets
from kompakt.model.compiling import inlined
from kompakt.model.contexts import C4, hash_contexts, scramble, update_registers
from kompakt.model.lanes import lane_first, lane_step, lane_sum, lane_sync, prefetch
from kompakt.model.match import (
    BUCKET,
    EXPECTED,
    MATCH_INPUTS,
    begin_matches,
    expect_bit,
    expect_byte,
    find_match,
)
from kompakt.model.mixer import clamp, dot, train
from kompakt.model.nearness import near_bit, near_byte
from kompakt.model.spec import KNOWN_SHIFT, SELECTOR_COLUMNS
from kompakt.model.state_map import read_lanes, update_lanes
from kompakt.model.sure import learn_sure
from kompakt.model.tables import MIX_LIMIT, RATE_LIMIT
from kompakt.model.words import i32, u32, u64

_MIX_LIMIT = i32(MIX_LIMIT)
_COLUMNS = u32(SELECTOR_COLUMNS)
_RATE_HALF_LIFE = u32(1 << 14)
_HASHED_APM = u32(2)
_BY_KNOWN = u32(256)
"""First weight set of the second final mixer, behind those of the partial byte."""

_VISITS_SHIFT = u32(10)
_SET_VISITS = u32(((RATE_LIMIT + 1) << 10) - 1)


class Prediction(NamedTuple):
    """What is the same in every lane: the probability for the coder, and the rest for update()."""

    p16: int  # probability of a one, 1..65535
    mixed: int  # what the final mixer made of it, before the APMs
    mixed_by_known: int  # what the second one made of it
    place: int  # bit index, and how many contexts know the place above it


@inlined
def first_rate(numbers, position):
    """Return the weight sets' learning rate, in 1/65536: high at first, falling with 1/position.

    position: bytes that the weights have learned from, in this block and before
    """
    extra = u32(u32(numbers.rate_extra) * _RATE_HALF_LIFE)
    return i32(numbers.rate + i32(extra // u32(_RATE_HALF_LIFE + position)))


@inlined
def following_rate(numbers, rate, position):
    """Return first_rate() at `position`, of which `rate` was that one before: it falls by one at most."""
    extra = u32(u32(numbers.rate_extra) * _RATE_HALF_LIFE)
    too_high = u32(u32(rate - numbers.rate) * u32(_RATE_HALF_LIFE + position)) > extra
    return i32(rate - i32(too_high))


@inlined
def own_rate(state, tables, numbers, number, rate):
    """Return the learning rate of weight set `number`: `rate`, and more while it has learned little.

    Counts that it learns once more. rate: first_rate() or following_rate()
    """
    if numbers.set_rate_extra == i32(0):
        return rate
    visits = state.set_visits[number]
    state.set_visits[number] = min(u32(visits + u32(1)), _SET_VISITS)
    share = i32(tables.reciprocal[u32(visits >> _VISITS_SHIFT)])
    return i32(rate + i32(i32(numbers.set_rate_extra * share) >> i32(15)))


@inlined
def begin_block(spec, numbers, scratch):
    """Write what stays the same for a whole block into `scratch`."""
    maps = u32(u32(numbers.contexts + MATCH_INPUTS) + numbers.predictors)
    for lane in range(lane_first(), maps, lane_step()):
        scratch.signs[lane] = i32(1)
        scratch.limits[lane] = spec.limits[lane]
    begin_matches(numbers.contexts, scratch)
    for s in range(lane_first(), numbers.sets, lane_step()):
        at = u32(s * _COLUMNS)
        scratch.set_bits[s] = spec.selectors[u32(at + u32(4))]
        scratch.set_index[s] = spec.selectors[u32(at + u32(5))]


@inlined
def learn_byte(state, tables, spec, numbers, data, position):
    """Bring registers and match model up to date with the byte before `position`; a lane does it for all."""
    byte = u32(data[u32(position - u32(1))])
    learn_sure(state, tables, numbers, u32(u32(state.registers[EXPECTED] & u32(0x1FF)) == u32(byte + u32(1))))
    update_registers(state, tables, numbers, data, u32(position - u32(1)))
    if numbers.predictors != u32(0):
        update_elements(state.registers, data, spec.geometry, numbers.predictors, position)
    find_match(state, tables, numbers, data, position)


@inlined
def remember_byte(state, tables, spec, numbers, data, position):
    """Do learn_byte() so that all lanes see what came of it; everything before `position` is in `data`."""
    lane_sync()
    if lane_first() == u32(0):
        learn_byte(state, tables, spec, numbers, data, position)
    lane_sync()


@inlined
def begin_byte(state, spec, numbers, scratch):
    """Prepare for the byte that follows those remembered."""
    registers = state.registers
    hash_contexts(spec, registers, scratch.hashes)
    expect_byte(registers, numbers.contexts, scratch)
    if numbers.predictors != u32(0):
        near_byte(state, spec.geometry, numbers, scratch)
    for s in range(lane_first(), numbers.sets, lane_step()):
        at = u32(s * _COLUMNS)
        value = u32(
            u32(registers[spec.selectors[at]] >> spec.selectors[at + u32(1)]) & spec.selectors[at + u32(2)]
        )
        scratch.set_base[s] = u32(spec.selectors[at + u32(6)] + u32(value * spec.selectors[at + u32(3)]))
    for k in range(lane_first(), numbers.apms, lane_step()):
        scratch.apm_bases[k] = apm_base(k, registers[C4], registers[BUCKET])


@inlined
def announce_nibble(state, numbers, scratch, c0):
    """Ask for the buckets of the nibble that starts with partial byte `c0` (1, or 16..31)."""
    announce_buckets(state, numbers, scratch, c0)


@inlined
def open_nibble(state, numbers, scratch):
    """Point every lane at its bucket of the announced nibble."""
    open_buckets(state, numbers, scratch)


@inlined
def apm_base(k, c4, bucket):
    """Return what the context of APM `k` looks at: match length, last byte, or the last three bytes."""
    if k == u32(0):
        return u32(bucket << u32(8))
    return u32(u32(65536) + u32(u32(c4 & u32(255)) << u32(8))) if k == u32(1) else u32(c4 & u32(0xFFFFFF))


@inlined
def apm_row(k, base, c0):
    """Return the first cell of the context of APM `k`: what it looks at with the partial byte."""
    hashed = u32(u32(131072) + u32(scramble(u32(base | u32(c0 << u32(24)))) >> u32(16)))
    return u32((hashed if k == _HASHED_APM else u32(base | c0)) * u32(APM_STRIDE))


@inlined
def count_known(numbers, scratch):
    """Return how many contexts have seen a bit where the next one stands; read_lanes() has placed them."""
    known = i32(0)
    for lane in range(lane_first(), numbers.contexts, lane_step()):
        known = i32(known + i32(u32(scratch.places[lane] & u32(255)) != u32(0)))
    return u32(lane_sum(known))


@inlined
def predict(state, tables, numbers, scratch, c0, bit_index, node):
    """Return the `Prediction` of the next bit.

    c0:   the byte so far behind a leading one, 1..255
    node: the nibble so far behind a leading one, 1..15
    """
    expect_bit(numbers.contexts, scratch, c0, bit_index)
    if numbers.predictors != u32(0):
        near_bit(numbers, scratch, c0, bit_index)
    read_lanes(state, tables, numbers, scratch, node)
    place = bit_index
    if numbers.with_known != u32(0):
        place = u32(bit_index | u32(count_known(numbers, scratch) << u32(KNOWN_SHIFT)))
    for s in range(lane_first(), numbers.sets, lane_step()):
        by_bits = u32(c0 & scratch.set_bits[s])
        by_index = u32(place & scratch.set_index[s])
        number = u32(scratch.set_base[s] + u32(by_bits + by_index))
        if numbers.set_rate_extra != i32(0):
            scratch.set_number[s] = number
        scratch.set_offset[s] = u32(number * numbers.inputs)
    for k in range(lane_first(), numbers.apms, lane_step()):
        row = apm_row(k, scratch.apm_bases[k], c0)
        scratch.rows[k] = row
        prefetch(state.apms, u64(row))
    lane_sync()
    for s in range(numbers.sets):
        scratch.sums[s] = dot(
            state.weights, scratch.set_offset[s], scratch.inputs, numbers.inputs, scratch.held, u32(s)
        )
    lane_sync()
    stretched = clamp(i32(scratch.sums[0] >> i32(16)))
    for s in range(lane_first(), numbers.sets, lane_step()):
        scratch.mixed[s] = clamp(i32(scratch.sums[s] >> i32(16)))
    if numbers.sets != u32(1):
        first = u32(c0 * numbers.sets)
        total = dot(state.final_weights, first, scratch.mixed, numbers.sets, scratch.held_final, u32(0))
        stretched = clamp(i32(total >> i32(16)))

    mixed = i32(tables.squash[u32(stretched + _MIX_LIMIT)])
    p16 = u32(mixed)
    mixed_by_known = mixed
    if numbers.final_mixers == u32(2):
        first = u32(u32(_BY_KNOWN + place) * numbers.sets)
        total = dot(state.final_weights, first, scratch.mixed, numbers.sets, scratch.held_final, u32(1))
        by_known = clamp(i32(total >> i32(16)))
        mixed_by_known = i32(tables.squash[u32(by_known + _MIX_LIMIT)])
        stretched = i32(i32(stretched + by_known) >> i32(1))
        p16 = u32(tables.squash[u32(stretched + _MIX_LIMIT)])
    if numbers.apms != u32(0):
        total = i32(0)
        for k in range(lane_first(), numbers.apms, lane_step()):
            refined, cell, value = refine(state.apms, scratch.rows[k], stretched)
            scratch.cells[k] = cell
            scratch.cell_values[k] = value
            total = i32(total + i32(refined * u32(k + u32(1))))
        weight = u32(
            u32(u32(1) << numbers.apms) - u32(u32(numbers.apms * u32(numbers.apms + u32(1))) >> u32(1))
        )
        p16 = u32(u32(u32(p16 * weight) + u32(lane_sum(total))) >> numbers.apms)
    return Prediction(max(p16, u32(1)), mixed, mixed_by_known, place)


@inlined
def update(state, tables, numbers, scratch, prediction, rate, c0, node, bit):
    """Teach every part the coded bit.

    rate: learning rate of the weight sets, in 1/65536
    """
    target = i32(i32(bit) << i32(16))
    if numbers.sets != u32(1):
        first = u32(c0 * numbers.sets)
        error = i32(i32(i32(target - prediction.mixed) * numbers.final_rate) >> i32(10))
        train(state.final_weights, first, scratch.mixed, numbers.sets, scratch.held_final, u32(0), error)
    if numbers.final_mixers == u32(2):
        first = u32(u32(_BY_KNOWN + prediction.place) * numbers.sets)
        error = i32(i32(i32(target - prediction.mixed_by_known) * numbers.final_rate) >> i32(10))
        train(state.final_weights, first, scratch.mixed, numbers.sets, scratch.held_final, u32(1), error)
    for s in range(lane_first(), numbers.sets, lane_step()):
        p16 = tables.squash[u32(scratch.mixed[s] + _MIX_LIMIT)]
        own = own_rate(state, tables, numbers, scratch.set_number[s], rate)
        scratch.errors[s] = i32(i32(i32(target - p16) * own) >> i32(10))
    lane_sync()
    for s in range(numbers.sets):
        train(
            state.weights, scratch.set_offset[s], scratch.inputs, numbers.inputs, scratch.held, u32(s),
            scratch.errors[s],
        )  # fmt: skip
    lane_sync()  # the next predict() overwrites inputs that other lanes have just read
    for k in range(lane_first(), numbers.apms, lane_step()):
        adapt_cell(state.apms, scratch.cells[k], scratch.cell_values[k], bit)
    update_lanes(state, tables, numbers, scratch, node, bit)
