"""Suffix array by induced sorting (SA-IS), in O(n).

A suffix is of type S if it is smaller than the next one, else L; the empty suffix at the end is smaller
than all. An S suffix behind an L one is called LMS (leftmost S). Once the LMS suffixes are sorted, one scan
from the left puts all L suffixes into place, and one from the right all S suffixes. To sort the LMS
suffixes, the same two scans first sort the pieces of text between them; numbered in that order, they make a
text of at most half the length, whose suffix array is found in the same way.

Source: Nong, Zhang and Chan, "Two efficient algorithms for linear time suffix array construction", 2011;
docs/CODECS.md.
"""

import numpy as np

from kompakt.classic.compiling import compiled, inlined

_EMPTY = np.int32(-1)


def suffix_array(text: np.ndarray, symbols: int = 256) -> np.ndarray:
    """Return the begins of all suffixes of `text` but the empty one, in their order: int32 (n,).

    text: uint8 or int32 (n,), 0 < n < 2**31, values 0 … symbols - 1
    """
    order = np.full(text.size, _EMPTY, np.int32)
    counts = np.zeros(symbols, np.int32)
    scratch = np.zeros(symbols, np.int32)
    _count(text, counts)
    found = _scatter_lms(text, counts, scratch, order)
    if found > 1:
        _induce(text, counts, scratch, order)
        lms = _take_lms(text, order, found)
        numbers = np.full(text.size // 2 + 1, _EMPTY, np.int32)
        names = _name_pieces(text, lms, numbers)
        reduced = numbers[numbers >= 0]
        if names < found:
            positions = np.empty(found, np.int32)
            _list_lms(text, positions)
            lms = positions[suffix_array(reduced, names)]
        order[:] = _EMPTY
        _place_lms(text, counts, scratch, lms, order)
    _induce(text, counts, scratch, order)
    return order


@compiled
def _count(text, counts):
    for i in range(text.size):
        counts[text[i]] += np.int32(1)


@inlined
def _heads(counts, heads):
    total = np.int32(0)
    for symbol in range(counts.size):
        heads[symbol] = total
        total += counts[symbol]


@inlined
def _tails(counts, tails):
    total = np.int32(0)
    for symbol in range(counts.size):
        total += counts[symbol]
        tails[symbol] = total


@compiled
def _scatter_lms(text, counts, tails, order):
    """Put all LMS suffixes at the ends of their buckets, in any order; return how many."""
    _tails(counts, tails)
    found = 0
    is_s = False
    for i in range(text.size - 2, -1, -1):
        if text[i] > text[i + 1]:
            if is_s:
                symbol = text[i + 1]
                tails[symbol] -= np.int32(1)
                order[tails[symbol]] = np.int32(i + 1)
                found += 1
            is_s = False
        elif text[i] < text[i + 1]:
            is_s = True
    return found


@compiled
def _list_lms(text, positions):
    """Write the LMS suffixes in the order of the text."""
    at = positions.size
    is_s = False
    for i in range(text.size - 2, -1, -1):
        if text[i] > text[i + 1]:
            if is_s:
                at -= 1
                positions[at] = np.int32(i + 1)
            is_s = False
        elif text[i] < text[i + 1]:
            is_s = True


@compiled
def _place_lms(text, counts, tails, lms, order):
    """Put the sorted LMS suffixes at the ends of their buckets, in their order."""
    _tails(counts, tails)
    for i in range(lms.size - 1, -1, -1):
        symbol = text[lms[i]]
        tails[symbol] -= np.int32(1)
        order[tails[symbol]] = lms[i]


@compiled
def _induce(text, counts, ends, order):
    """Sort all suffixes from the LMS suffixes in `order`."""
    size = np.uint64(text.size)
    one = np.uint64(1)
    _heads(counts, ends)
    last = text[size - one]
    # The empty suffix stands before all others and brings the last byte.
    order[np.uint64(ends[last])] = np.int32(size - one)
    ends[last] += np.int32(1)
    for i in range(size):
        suffix = order[i]
        if suffix > 0:
            before = np.uint64(suffix) - one
            symbol = text[before]
            # Only L and LMS suffixes stand here yet, so an equal symbol means a suffix of type L.
            if symbol >= text[before + one]:
                head = np.uint64(ends[symbol])
                order[head] = np.int32(before)
                ends[symbol] = np.int32(head + one)
    _tails(counts, ends)
    i = size
    while i > np.uint64(0):
        i -= one
        suffix = order[i]
        if suffix > 0:
            before = np.uint64(suffix) - one
            symbol = text[before]
            follower = text[before + one]
            # The suffix here is of type S if it stands where S suffixes of its bucket were put.
            if symbol < follower or (symbol == follower and np.int64(i) >= np.int64(ends[symbol])):
                tail = np.uint64(ends[symbol]) - one
                order[tail] = np.int32(before)
                ends[symbol] = np.int32(tail)


@compiled
def _take_lms(text, order, found):
    """Return the LMS suffixes of `order`, in their order."""
    lms = np.empty(found, np.int32)
    # Marks of two bits would be smaller; a byte a position is quicker and as much as the text.
    marks = np.zeros(text.size, np.bool_)
    is_s = False
    for i in range(text.size - 2, -1, -1):
        if text[i] > text[i + 1]:
            if is_s:
                marks[i + 1] = True
            is_s = False
        elif text[i] < text[i + 1]:
            is_s = True
    at = 0
    for i in range(order.size):
        if marks[np.uint64(order[i])]:
            lms[at] = order[i]
            at += 1
    return lms


@compiled
def _name_pieces(text, lms, numbers):
    """Number the pieces that begin at `lms`, sorted: equal pieces alike. Return how many numbers there are.

    numbers: int32 (n // 2 + 1,), written at half of each begin, for no two LMS suffixes are neighbours

    A piece goes to the next LMS suffix, included. The last one goes to the end of the text and has no equal.
    """
    lengths = np.zeros(numbers.size, np.int32)
    following = text.size
    is_s = False
    for i in range(text.size - 2, -1, -1):
        if text[i] > text[i + 1]:
            if is_s:
                lengths[(i + 1) >> 1] = np.int32(following - i)
                following = i + 1
            is_s = False
        elif text[i] < text[i + 1]:
            is_s = True
    name = np.int32(0)
    numbers[lms[0] >> 1] = name
    for k in range(1, lms.size):
        a = np.int64(lms[k - 1])
        b = np.int64(lms[k])
        length = lengths[a >> 1]
        same = length == lengths[b >> 1] and max(a, b) + length <= text.size
        i = 0
        while same and i < length:
            same = text[a + i] == text[b + i]
            i += 1
        if not same:
            name += np.int32(1)
        numbers[b >> 1] = name
    return name + 1
