"""Frequent strings of some data, found by merging pairs.

All bytes are tokens at first. A round counts the pairs of neighbours, gives the most frequent ones a token
of their own, and replaces them from left to right; where two such pairs overlap, the more frequent one
wins. Rounds end when no pair is frequent enough or the tokens run out. Only integers decide, ties by value,
so the same data give the same strings everywhere.

Source: Gage, "A new algorithm for data compression", 1994, one pair at a time; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic.compiling import compiled, inlined

MAX_ENTRIES = 1 << 16
MAX_STRING_BYTES = 64
_GROWTH = 4  # a round adds at most 1/4 of the tokens there are; 1/2 is quicker, and 2 % larger
_NO_PAIR = np.uint32(0xFFFFFFFF)


def frequent_strings(data: np.ndarray, least_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lengths, uint8 (m,), and bytes, uint8, one behind the other, of at most MAX_ENTRIES strings.

    data:        uint8 (n,), n > 0
    least_count: of a pair in the round that merges it

    The first 256 strings are the single bytes.
    """
    tokens = data.astype(np.uint16)
    lefts = np.zeros(MAX_ENTRIES, np.uint16)
    rights = np.zeros(MAX_ENTRIES, np.uint16)
    lengths = np.ones(MAX_ENTRIES, np.uint8)
    entries = 256
    while entries < MAX_ENTRIES and tokens.size > 1:
        most_pairs = min(tokens.size, entries * entries)
        keys = np.full(1 << (2 * most_pairs - 1).bit_length(), _NO_PAIR, np.uint32)
        counts = np.zeros(keys.size, np.uint32)
        _count_pairs(tokens, lengths, keys, counts)
        slots = np.flatnonzero(counts >= least_count)
        if not slots.size:
            break
        order = np.lexsort((keys[slots], -counts[slots].astype(np.int64)))
        slots = slots[order[: min(MAX_ENTRIES - entries, max(64, entries // _GROWTH))]]
        pairs = keys[slots]
        news = slice(entries, entries + slots.size)
        lefts[news] = pairs >> np.uint32(16)
        rights[news] = pairs & np.uint32(0xFFFF)
        lengths[news] = lengths[lefts[news]] + lengths[rights[news]]
        counts[:] = 0
        counts[slots] = np.arange(entries, entries + slots.size, dtype=np.uint32)
        entries += slots.size
        tokens = tokens[: _merge(tokens, keys, counts)]
    lengths = lengths[:entries]
    ends = np.cumsum(lengths, dtype=np.int64)
    strings = np.empty(ends[-1], np.uint8)
    _spell(lefts, rights, ends, strings)
    return lengths, strings


@inlined
def _slot(keys, pair):
    """Return the slot of `pair`, or the free one where it belongs."""
    mask = np.uint32(keys.size - 1)
    slot = np.uint32(pair * np.uint32(0x9E3779B1))
    slot = np.uint32(slot ^ (slot >> np.uint32(15))) & mask
    while keys[slot] != pair and keys[slot] != _NO_PAIR:
        slot = np.uint32(slot + np.uint32(1)) & mask
    return slot


@inlined
def _pair(left, right):
    return np.uint32(np.uint32(left) << np.uint32(16) | np.uint32(right))


@compiled
def _count_pairs(tokens, lengths, keys, counts):
    """Count all pairs that are short enough; in a run of one token, pairs that do not overlap."""
    overlaps = False
    for i in range(np.uint64(tokens.size - 1)):
        left = tokens[i]
        right = tokens[i + np.uint64(1)]
        if left == right and overlaps:
            overlaps = False
            continue
        overlaps = left == right
        if np.uint32(lengths[left]) + np.uint32(lengths[right]) > np.uint32(MAX_STRING_BYTES):
            continue
        pair = _pair(left, right)
        if pair == _NO_PAIR:
            continue
        slot = _slot(keys, pair)
        keys[slot] = pair
        counts[slot] += np.uint32(1)


@compiled
def _merge(tokens, keys, codes):
    """Replace the pairs that have a code, the lower code first where two overlap; return the tokens left."""
    size = np.uint64(tokens.size)
    one = np.uint64(1)
    written = np.uint64(0)
    i = np.uint64(0)
    code = np.uint32(0)
    known = False
    while i < size:
        if not known:
            code = codes[_slot(keys, _pair(tokens[i], tokens[i + one]))] if i + one < size else np.uint32(0)
        known = False
        if code:
            following = (
                codes[_slot(keys, _pair(tokens[i + one], tokens[i + np.uint64(2)]))]
                if i + np.uint64(2) < size
                else np.uint32(0)
            )
            if not following or code <= following:
                tokens[written] = code
                i += np.uint64(2)
            else:
                tokens[written] = tokens[i]
                i += one
                code = following
                known = True
        else:
            tokens[written] = tokens[i]
            i += one
        written += one
    return written


@compiled
def _spell(lefts, rights, ends, strings):
    """Write the string of every token: those of its two parts, which are older."""
    for token in range(256):
        strings[token] = token
    for token in range(256, ends.size):
        at = ends[token - 1]
        for part in (lefts[token], rights[token]):
            for i in range(ends[part] - (ends[part - 1] if part else 0)):
                strings[at] = strings[(ends[part - 1] if part else 0) + i]
                at += 1
