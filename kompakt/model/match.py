"""Match model: find the last place where the recent bytes stood, and predict that history repeats."""

from kompakt.model.compiling import inlined
from kompakt.model.contexts import C4, C8
from kompakt.model.registers import R
from kompakt.model.words import u32

EXPECTED, POINTER, LENGTH, BUCKET = (
    int(R.EXPECTED),
    int(R.MATCH_POINTER),
    int(R.MATCH_LENGTH),
    int(R.MATCH_BUCKET),
)

LENGTH_LIMIT = 65535


@inlined
def length_bucket(length):
    """Return the quantised match length, 1..15 (0 for no match): exact to 4, then in growing steps."""
    if length <= u32(8):
        return u32(u32(length + u32(1)) >> u32(1))
    if length <= u32(32):
        return u32(u32(5) + u32(u32(length - u32(9)) >> u32(3)))
    if length <= u32(64):
        return u32(8) + u32(length > u32(48))
    bucket = u32(10)
    rest = u32(length >> u32(7))
    while rest != u32(0) and bucket < u32(15):
        bucket = u32(bucket + u32(1))
        rest = u32(rest >> u32(1))
    return bucket


@inlined
def find_match(state, data, position, min_length, table_bits):
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
    bucket = length_bucket(length) if length != u32(0) else u32(0)
    registers[LENGTH] = length
    registers[POINTER] = pointer
    registers[BUCKET] = bucket
    registers[EXPECTED] = (
        u32(u32(data[pointer] + u32(1)) | u32(bucket << u32(12))) if length != u32(0) else u32(0)
    )
