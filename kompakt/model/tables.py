"""Frozen integer tables, built here from their formulas and held by checksums.

Floating point appears in this file only, and only to build tables: every table is compared with a
checksum when it is built, so that no archive byte depends on a machine's `log` or `exp`.
"""

import functools
import zlib
from typing import NamedTuple

import numpy as np

from kompakt.errors import KompaktError
from kompakt.model.characters import character

STRETCH_LIMIT = 2047
"""Largest stretched input, 8 bits of fraction: ln(p / (1 - p)) is kept within ±7.996."""

MIX_LIMIT = 2816
"""Largest stretched prediction of a mixer; squash(2816) = 65535 / 65536."""

STATES = 256
"""Bit-history states; states at or above `history_states()` are unused."""

RATE_LIMIT = 1023
"""Largest visit count of a state map entry."""

LENGTH_LIMIT = 2048
"""Match length from which on all lengths are alike."""

# Largest count of the commoner bit for each count of the rarer bit: what one byte can remember.
# Chosen so that all pairs, with the last bit where both occur, fit in 255 states.
_COMMON_BIT_BOUND = (36, 24, 12, 8, 6, 5)
_EXACT_BITS = 3


CHECKSUMS = {
    "stretch": 0xCED71906,
    "squash": 0x9F267F54,
    "next_state": 0xF88C6F3E,
    "rate": 0x67340F85,
    "reciprocal": 0xE1F50788,
    "character": 0x19DB4BE8,
    "length_bucket": 0x44BCABDF,
}
"""CRC-32 of each table's little-endian bytes."""


class Tables(NamedTuple):
    """Read-only tables that every block shares.

    stretch:    int32 (4096,)  p12 -> ln(p / (1 - p)) * 256, within ±STRETCH_LIMIT
    squash:     int32 (2 * MIX_LIMIT + 1,)  stretched + MIX_LIMIT -> p16 in 1..65535
    next_state: uint8 (512,)   state * 2 + bit -> state
    rate:       int32 (256,)  state -> 15-bit adaptation rate of the direct counter beside it
    reciprocal: int32 (1024,) n -> 32768 / (n + 1.5)
    character:  uint8 (256,)  byte -> class and marks, see characters.py
    length_bucket: uint8 (LENGTH_LIMIT + 1,)  match length -> 1..15, 0 for no match
    """

    stretch: np.ndarray
    squash: np.ndarray
    next_state: np.ndarray
    rate: np.ndarray
    reciprocal: np.ndarray
    character: np.ndarray
    length_bucket: np.ndarray


def _forget(count: int) -> int:
    """Return what is left of the opposite bit's count after a surprise: half of what exceeds 2."""
    return count if count <= 2 else 2 + (count - 2) // 2 if count <= 8 else 5


def _fits(zeros: int, ones: int) -> bool:
    rare, common = min(zeros, ones), max(zeros, ones)
    return rare < len(_COMMON_BIT_BOUND) and common <= _COMMON_BIT_BOUND[rare]


def _history_after(history: tuple, bit: int) -> tuple:
    """Return the history that follows `history` = (zeros, ones, recent bits) when `bit` is seen.

    Up to `_EXACT_BITS` bits are remembered in order; after that only both counts and the last bit.
    """
    zeros, ones, recent = history
    if len(recent) < _EXACT_BITS and len(recent) == zeros + ones:
        recent = (*recent, bit)
        return zeros + (bit == 0), ones + (bit == 1), recent
    same, other = (ones, zeros) if bit else (zeros, ones)
    same, other = same + 1, _forget(other)
    while not _fits(same, other):
        if same > _COMMON_BIT_BOUND[0] or same >= other:
            same -= 1
        else:
            other -= 1
    zeros, ones = (other, same) if bit else (same, other)
    return zeros, ones, (bit,)


@functools.cache
def history_states() -> tuple[tuple[int, int, tuple], ...]:
    """Return all reachable bit histories (zeros, ones, recent bits); state 0 is the empty one.

    States are ordered by how much they have seen, so a smaller state is worth less when a bucket
    has to be replaced.
    """
    start = (0, 0, ())
    found, frontier = {start}, [start]
    while frontier:
        history = frontier.pop()
        for bit in (0, 1):
            following = _history_after(history, bit)
            if following not in found:
                found.add(following)
                frontier.append(following)
    ordered = tuple(sorted(found, key=lambda h: (h[0] + h[1], max(h[0], h[1]), h)))
    if len(ordered) > STATES:
        raise KompaktError(f"bit histories need {len(ordered)} states, a byte holds {STATES}")
    return ordered


def state_probabilities() -> np.ndarray:
    """Return uint32 (256,): the starting 22-bit probability of a one in each state."""
    p22 = np.full(STATES, 1 << 21, np.uint32)
    for state, (zeros, ones, _) in enumerate(history_states()):
        p22[state] = ((2 * ones + 1) << 22) // (2 * (zeros + ones) + 2) if zeros + ones else 1 << 21
    return p22


def _next_state() -> np.ndarray:
    histories = history_states()
    number = {history: state for state, history in enumerate(histories)}
    table = np.zeros(2 * STATES, np.uint8)
    for state, history in enumerate(histories):
        for bit in (0, 1):
            table[2 * state + bit] = number[_history_after(history, bit)]
    return table


def _length_bucket(length: int) -> int:
    """Return the quantised match length: exact to 4, then in growing steps."""
    if length <= 8:
        return (length + 1) >> 1
    if length <= 32:
        return 5 + ((length - 9) >> 3)
    if length <= 64:
        return 8 + (length > 48)
    return min(10 + (length >> 7).bit_length(), 15)


@functools.cache
def tables() -> Tables:
    """Build the tables once a process, and refuse to go on if one of them came out differently."""
    p12 = (np.arange(4096) + 0.5) / 4096
    stretch = np.clip(np.rint(np.log(p12 / (1 - p12)) * 256), -STRETCH_LIMIT, STRETCH_LIMIT)
    stretched = np.arange(-MIX_LIMIT, MIX_LIMIT + 1) / 256
    squash = np.clip(np.rint(65536 / (1 + np.exp(-stretched))), 1, 65535)
    seen = np.array([zeros + ones for zeros, ones, _ in history_states()] + [0] * STATES)[:STATES]
    rate = 32768 / (np.minimum(seen, 1000) + 1.3)
    built = Tables(
        stretch=stretch.astype(np.int32),
        squash=squash.astype(np.int32),
        next_state=_next_state(),
        rate=rate.astype(np.int32),
        reciprocal=(32768 / (np.arange(RATE_LIMIT + 1) + 1.5)).astype(np.int32),
        character=np.array([character(c) for c in range(256)], np.uint8),
        length_bucket=np.array([_length_bucket(n) for n in range(LENGTH_LIMIT + 1)], np.uint8),
    )
    for name, table in built._asdict().items():
        if zlib.crc32(table.tobytes()) != CHECKSUMS[name]:
            raise KompaktError(
                f"table {name} came out differently on this machine; archives would not decode"
            )
    return built
