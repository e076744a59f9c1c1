"""Match model: find the last place where the recent bytes stood, and predict that history repeats."""

from kompakt.model.buckets import has_base
from kompakt.model.compiling import inlined
from kompakt.model.contexts import C4, C8
from kompakt.model.lanes import lane_from, lane_step, looked_up, worth_doing
from kompakt.model.registers import R
from kompakt.model.tables import LENGTH_LIMIT as BUCKET_LENGTH_LIMIT
from kompakt.model.words import i32, u32

EXPECTED, POINTER, LENGTH, BUCKET = (
    int(R.EXPECTED),
    int(R.MATCH_POINTER),
    int(R.MATCH_LENGTH),
    int(R.MATCH_BUCKET),
)

LENGTH_LIMIT = 65535
LOOKED_BACK = 400
"""Bytes before a place at which a match is measured; beyond that it grows as it goes on."""

MATCH_INPUTS = u32(2)
"""One input learns by match length and bit, the other by match length and expected byte."""

_BY_BYTE = u32(128)  # entries of the first input: those of the second follow


@inlined
def match_key(registers, min_length):
    """Return the hash of the last `min_length` bytes, uint32; its high bits are the place in a table."""
    key = u32(registers[C4] * u32(0x9E3779B1))
    recent = registers[C8] & u32(0xFFFF) if min_length >= u32(6) else registers[C8] & u32(0xFF)
    return u32(u32(key ^ u32(recent * u32(0x85EBCA6B))) * u32(0x2C1B3C6D))


@inlined
def byte_at(state, data, place):
    """Return the byte at `place`, which counts from the start of what the base has learned."""
    base_bytes = u32(len(state.base_text))
    if place < base_bytes:
        return u32(state.base_text[place])
    return u32(data[u32(place - base_bytes)])


@inlined
def common_length(state, data, pointer, position):
    """Return how many bytes before place `pointer` equal those before `position` of `data`."""
    length = u32(0)
    most = min(u32(LOOKED_BACK), min(pointer, position))
    while length < most and byte_at(state, data, u32(u32(pointer - length) - u32(1))) == u32(
        data[u32(u32(position - length) - u32(1))]
    ):
        length = u32(length + u32(1))
    return length


@inlined
def find_match(state, tables, numbers, data, position):
    """Follow the match across the byte just coded, or look for a new one of at least min_match bytes.

    What was expected tells whether the match holds, so neither byte is read again.
    state.match_table:  uint32 (2**match_bits,), hash of the last bytes -> place after them
    state.base_matches: the same of the base, which is asked second
    """
    registers = state.registers
    length = registers[LENGTH]
    pointer = registers[POINTER]
    if u32(registers[EXPECTED] & u32(0x1FF)) == u32(u32(registers[C4] & u32(255)) + u32(1)):
        length = u32(length + u32(length < u32(LENGTH_LIMIT)))
        pointer = u32(pointer + u32(1))
    else:
        length = u32(0)
    key = match_key(registers, numbers.min_match)
    at = u32(key >> u32(u32(32) - numbers.match_bits))
    if length == u32(0):
        pointer = state.match_table[at]
        if pointer != u32(0):
            length = common_length(state, data, pointer, position)
        if length < numbers.min_match and has_base(state, numbers):
            base_bits = looked_up(numbers.base_match_bits, state.base_sizes, 1)
            pointer = state.base_matches[u32(key >> u32(u32(32) - base_bits))]
            length = common_length(state, data, pointer, position)
        if length < numbers.min_match:
            length = u32(0)
    state.match_table[at] = u32(position + u32(len(state.base_text)))
    bucket = u32(tables.length_bucket[min(length, u32(BUCKET_LENGTH_LIMIT))])
    registers[LENGTH] = length
    registers[POINTER] = pointer
    registers[BUCKET] = bucket
    registers[EXPECTED] = (
        u32(u32(byte_at(state, data, pointer) + u32(1)) | u32(bucket << u32(12)))
        if length != u32(0)
        else u32(0)
    )


@inlined
def begin_matches(contexts, scratch):
    """Write what stays the same for a whole block; the lanes of both inputs are those behind the contexts."""
    for lane in range(lane_from(contexts), u32(contexts + MATCH_INPUTS), lane_step()):
        by_bit = lane == contexts
        scratch.idle_places[lane] = u32(u32(contexts << u32(8)) + (u32(0) if by_bit else _BY_BYTE))
        scratch.match_steps[lane] = u32(by_bit)


@inlined
def expect_byte(registers, contexts, scratch):
    """Prepare both inputs for the expected byte."""
    expected = registers[EXPECTED]
    bucket = registers[BUCKET]
    byte = u32(u32(expected - u32(1)) & u32(255))
    scratch.ahead[0] = u32(byte | u32(256)) if expected != u32(0) else u32(0)
    for lane in range(lane_from(contexts), u32(contexts + MATCH_INPUTS), lane_step()):
        by_byte = u32(u32(bucket << u32(8)) | byte)
        entry = u32(bucket << u32(3)) if lane == contexts else by_byte
        scratch.match_places[lane] = u32(scratch.idle_places[lane] + entry)


@inlined
def expect_bit(contexts, scratch, c0, bit_index):
    """Place both inputs in State.maps and give them the sign of the expected bit, 0 when there is none.

    Without an expected bit they are placed on entries of match length 0, which no prediction uses.
    """
    if worth_doing(scratch.ahead[0] != u32(0)):
        ahead = u32(scratch.ahead[0] << bit_index)
        agrees = u32(ahead >> u32(8)) == c0
        sign = i32(i32(u32(ahead >> u32(6)) & u32(2)) - i32(1)) if agrees else i32(0)
        for lane in range(lane_from(contexts), u32(contexts + MATCH_INPUTS), lane_step()):
            place = scratch.match_places[lane]
            scratch.match_places[lane] = u32(place + scratch.match_steps[lane])
            scratch.places[lane] = place if agrees else scratch.idle_places[lane]
            scratch.signs[lane] = sign
    else:
        for lane in range(lane_from(contexts), u32(contexts + MATCH_INPUTS), lane_step()):
            scratch.signs[lane] = i32(0)
