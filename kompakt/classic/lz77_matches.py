"""The search of LZ77: hash chains, the last distance first, and one byte of patience.

Every position hashes its next four bytes; positions of one hash form a chain, the newest first. At most
CHAIN_STEPS of it are tried. A match is worth 4 points a byte, less log2 of its distance; it waits if the
match one byte later is worth more (lazy matching). Where nothing matches for long, the search takes longer
and longer steps; a match found then is made longer to the left.
"""

import numpy as np

from kompakt.classic.arrays import padded
from kompakt.classic.compiling import compiled, inlined
from kompakt.classic.memory import WORD_BYTES, leading_zeros, load_le64, trailing_zeros

MIN_MATCH = 4
WINDOW_BITS = 24
CHAIN_STEPS = 8
_HASH_BITS = 18
_WORTH_A_BYTE = 4
_WORTH_OF_LATER = 4  # points by which a match one byte later must be better: it costs a literal
_GOOD_ENOUGH = 64  # bytes; a match as long as this does not wait
_PATIENCE_BITS = 7  # after 2**7 misses, every second position is tried, and so on
_LONGEST_STEP = 16


def find_sequences(data: np.ndarray) -> np.ndarray:
    """Return the sequences of `data`, uint8, below 2**31 bytes: literals, length, distance, int32 (m, 3)."""
    sequences = np.empty((data.size // MIN_MATCH + 1, 3), np.int32)
    window_bits = min(WINDOW_BITS, max(1, int(data.size - 1).bit_length()))
    heads = np.zeros(1 << min(_HASH_BITS, window_bits + 1), np.uint32)
    chain = np.zeros(1 << window_bits, np.uint32)
    return sequences[: _find(padded(data, WORD_BYTES), heads, chain, sequences)]


@inlined
def _slot(data, at, shift):
    word = load_le64(data, at) & np.uint64(0xFFFFFFFF)
    return ((word * np.uint64(0x9E3779B1)) & np.uint64(0xFFFFFFFF)) >> shift


@inlined
def _matching(data, a, b, end):
    """Return how many bytes from `a` on are those from `b` on, a < b, b + result <= end."""
    begin = b
    while b < end:
        different = load_le64(data, a) ^ load_le64(data, b)
        if different:
            b += trailing_zeros(different) >> np.uint64(3)
            break
        a += np.uint64(WORD_BYTES)
        b += np.uint64(WORD_BYTES)
    return min(b, end) - begin


@inlined
def _worth(length, distance):
    cost = np.int64(64) - np.int64(leading_zeros(distance))
    return np.int64(length) * _WORTH_A_BYTE - cost


@inlined
def _search(data, at, end, first, chain, mask, last_distance):
    """Return length and distance of the match at `at` that is worth most, and its worth; 0 for none."""
    best_length = np.uint64(0)
    best_distance = np.uint64(0)
    best_worth = np.int64(0)
    if last_distance <= at:
        length = _matching(data, at - last_distance, at, end)
        if length >= np.uint64(MIN_MATCH):
            best_length = length
            best_distance = last_distance
            best_worth = np.int64(length) * _WORTH_A_BYTE
    candidate = np.uint64(first)
    steps = 0
    # Chains hold positions plus one, so that 0 ends them; a position that has left the window does too.
    while candidate > np.uint64(0) and steps < CHAIN_STEPS:
        position = candidate - np.uint64(1)
        distance = at - position
        if distance > mask:
            break
        # Four bytes up to the one that would make this match longer than the best say no most quickly.
        tail = max(best_length, np.uint64(3)) - np.uint64(3)
        different = load_le64(data, position + tail) ^ load_le64(data, at + tail)
        if not different & np.uint64(0xFFFFFFFF):
            length = _matching(data, position, at, end)
            if length > best_length and length >= np.uint64(MIN_MATCH):
                worth = _worth(length, distance)
                if worth > best_worth:
                    best_length = length
                    best_distance = distance
                    best_worth = worth
        candidate = np.uint64(chain[position & mask])
        steps += 1
    return best_length, best_distance, best_worth


@inlined
def _insert(data, at, heads, chain, mask, shift):
    """Put position `at` at the head of its chain and return the head before."""
    slot = _slot(data, at, shift)
    first = heads[slot]
    chain[at & mask] = first
    heads[slot] = np.uint32(at + np.uint64(1))
    return first


@compiled
def _find(data, heads, chain, sequences):
    """Write `sequences` and return how many."""
    end = np.uint64(data.size - WORD_BYTES)
    mask = np.uint64(chain.size - 1)
    shift = np.uint64(32)
    while (1 << (32 - np.int64(shift))) < heads.size:
        shift -= np.uint64(1)
    count = 0
    one = np.uint64(1)
    at = np.uint64(0)
    begin = np.uint64(0)  # of the literals not yet in a sequence
    last_distance = one
    searched = end - min(end, np.uint64(MIN_MATCH - 1))  # no match begins from here on
    while at < searched:
        first = _insert(data, at, heads, chain, mask, shift)
        length, distance, worth = _search(data, at, end, first, chain, mask, last_distance)
        inserted = at + one
        if worth <= 0:
            step = one + ((at - begin) >> np.uint64(_PATIENCE_BITS))
            at = min(at + min(step, np.uint64(_LONGEST_STEP)), searched)
            while inserted < at:
                _insert(data, inserted, heads, chain, mask, shift)
                inserted += one
            continue
        while length < np.uint64(_GOOD_ENOUGH) and at + one < searched:
            first = _insert(data, at + one, heads, chain, mask, shift)
            inserted = at + np.uint64(2)
            later, later_distance, later_worth = _search(
                data, at + one, end, first, chain, mask, last_distance
            )
            if later_worth <= worth + _WORTH_OF_LATER:
                break
            at += one
            length, distance, worth = later, later_distance, later_worth
        while at > begin and at > distance and data[at - one] == data[at - one - distance]:
            at -= one
            length += one
        sequences[count, 0] = at - begin
        sequences[count, 1] = length
        sequences[count, 2] = distance
        count += 1
        last_distance = distance
        at += length
        stop = min(at, searched)
        while inserted < stop:
            _insert(data, inserted, heads, chain, mask, shift)
            inserted += one
        begin = at
    return count
