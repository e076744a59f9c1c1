"""Match model: find the last place where the recent bytes stood, and predict that history repeats."""

from kompakt.model.compiling import inlined
from kompakt.model.contexts import C4, C8
from kompakt.model.lanes import lane_from, lane_step, worth_doing
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

MATCH_INPUTS = u32(2)
"""One input learns by match length and bit, the other by match length and expected byte."""

_BY_BYTE = u32(128)  # entries of the first input: those of the second follow


@inlined
def find_match(state, tables, data, position, min_length, table_bits):
    """Follow the match across the byte just coded, or look for a new one of at least `min_length` bytes.

    state.match_table: uint32 (2**table_bits,), hash of the last bytes -> position after them
    """
    registers = state.registers
    length = registers[LENGTH]
    pointer = registers[POINTER]
    if length != u32(0) and data[pointer] == data[u32(position - u32(1))]:
        length = u32(length + u32(length < u32(LENGTH_LIMIT)))
        pointer = u32(pointer + u32(1))
    else:
        length = u32(0)
    key = u32(registers[C4] * u32(0x9E3779B1))
    recent = registers[C8] & u32(0xFFFF) if min_length >= u32(6) else registers[C8] & u32(0xFF)
    key = u32(u32(key ^ u32(recent * u32(0x85EBCA6B))) * u32(0x2C1B3C6D))
    at = u32(key >> u32(u32(32) - table_bits))
    if length == u32(0):
        pointer = state.match_table[at]
        if pointer != u32(0):
            while (
                length < u32(400)
                and length < pointer
                and data[u32(u32(pointer - length) - u32(1))] == data[u32(u32(position - length) - u32(1))]
            ):
                length = u32(length + u32(1))
            if length < min_length:
                length = u32(0)
    state.match_table[at] = position
    bucket = u32(tables.length_bucket[min(length, u32(BUCKET_LENGTH_LIMIT))])
    registers[LENGTH] = length
    registers[POINTER] = pointer
    registers[BUCKET] = bucket
    registers[EXPECTED] = (
        u32(u32(data[pointer] + u32(1)) | u32(bucket << u32(12))) if length != u32(0) else u32(0)
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
