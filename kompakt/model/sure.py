"""Sure matches: where a long match goes on, one decision tells that a whole byte is the expected one.

Nothing else is asked about such a byte, and only what looks at bytes learns from it: registers and match
model. When the decision says no, the match is dropped and the byte is coded bit by bit. So what repeats at
length costs a fraction of the time, and the tables are kept for what does not. Where such matches have ended
before, after the same two bytes and with the same expected one, nothing is sure and bits are coded as usual.
"""

from kompakt.model.compiling import inlined
from kompakt.model.contexts import C4, scramble
from kompakt.model.lanes import lane_first, lane_sync
from kompakt.model.match import BUCKET, EXPECTED, LENGTH
from kompakt.model.state_map import adapted
from kompakt.model.words import u32

SURE_MAP_BITS = 16
_START = u32(63 << 26)
"""Entry for what was not seen yet, which is not sure: 63 of 64 expected bytes come."""

_MOST_VISITS = u32(1023)
_LEAST = u32(0xFF00_0000)
"""Entries from here on are sure: 255 of 256 expected bytes have come."""


@inlined
def sure_place(registers):
    """Return the place in State.sure_maps that speaks about the next byte."""
    key = u32(u32(registers[C4] << u32(16)) | u32(registers[EXPECTED] & u32(0x1FF)))
    return u32(
        scramble(u32(key ^ u32(u32(registers[BUCKET] >> u32(1)) << u32(9)))) >> u32(32 - SURE_MAP_BITS)
    )


@inlined
def sure_entry(state, place):
    """Return the entry at `place`, p22 << 10 | visits.

    state.sure_maps: uint32 (2**SURE_MAP_BITS,), 0 where nothing was seen
    """
    entry = state.sure_maps[place]
    return entry if entry != u32(0) else _START


@inlined
def is_sure(state, numbers):
    """Tell whether the next byte is first asked about as a whole."""
    registers = state.registers
    return (
        numbers.sure_match != u32(0)
        and registers[LENGTH] >= numbers.sure_match
        and sure_entry(state, sure_place(registers)) >= _LEAST
    )


@inlined
def sure_byte(state):
    """Return the byte that the match expects."""
    return u32(u32(state.registers[EXPECTED] - u32(1)) & u32(255))


@inlined
def sure_probability(state):
    """Return the probability that it comes, up to 65535."""
    return u32(sure_entry(state, sure_place(state.registers)) >> u32(16))


@inlined
def learn_sure(state, tables, numbers, came):
    """Note whether the expected byte of a long match came, 0 or 1; one lane does it for all."""
    registers = state.registers
    if numbers.sure_match != u32(0) and registers[LENGTH] >= numbers.sure_match:
        place = sure_place(registers)
        entry = sure_entry(state, place)
        reciprocal = tables.reciprocal[u32(entry & _MOST_VISITS)]
        state.sure_maps[place] = adapted(entry, came, _MOST_VISITS, reciprocal)


@inlined
def drop_match(state, tables, numbers):
    """Forget the match, whose byte did not come."""
    lane_sync()
    if lane_first() == u32(0):
        learn_sure(state, tables, numbers, u32(0))
        registers = state.registers
        registers[LENGTH] = u32(0)
        registers[BUCKET] = u32(0)
        registers[EXPECTED] = u32(0)
    lane_sync()
