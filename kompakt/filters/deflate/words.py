"""Canonical prefix codes of DEFLATE: the words of given lengths, and tables to read them."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.compiling import compiled
from kompakt.filters.deflate.format import MAX_WORD_BITS, WORDS

TABLE_BITS = 10


class Decoder(NamedTuple):
    """Reads the words of one code.

    table: int32 (1 << TABLE_BITS,): symbol << 4 | length for the next bits; 0 where the word is longer
    counts: int32 (16,), of words by length
    symbols: int32, in the order of their words; offsets: int64 (MAX_WORD_BITS + 2,), scratch
    """

    table: np.ndarray
    counts: np.ndarray
    symbols: np.ndarray
    offsets: np.ndarray


def new_decoder() -> Decoder:
    """Return room for a decoder of any code."""
    return Decoder(
        np.zeros(1 << TABLE_BITS, np.int32),
        np.zeros(MAX_WORD_BITS + 1, np.int32),
        np.zeros(WORDS, np.int32),
        np.zeros(MAX_WORD_BITS + 2, np.int64),
    )


@compiled
def reversed_bits(word, count):
    """Return the lowest `count` bits of `word` in the opposite order."""
    result = 0
    for _ in range(count):
        result = result << 1 | word & 1
        word >>= 1
    return result


@compiled
def assign_words(lengths, words, following):
    """Write the word, first bit lowest, of each symbol.

    lengths: uint8 (n,); words: int64 (n,); following: int64 (MAX_WORD_BITS + 2,), scratch
    """
    following[:] = 0
    for symbol in range(lengths.size):
        following[lengths[symbol] + 1] += 1
    following[1] = 0
    for length in range(1, MAX_WORD_BITS + 1):
        following[length] = (following[length] + following[length - 1]) << 1
    for symbol in range(lengths.size):
        length = np.int64(lengths[symbol])
        words[symbol] = reversed_bits(following[length], length) if length else 0
        following[length] += 1


@compiled
def fill_decoder(lengths, decoder):
    """Make `decoder` read the code of `lengths`, uint8 (n,); False if they are those of no code.

    As in zlib, every string of bits must begin with a word, unless there is one word of one bit or none.
    """
    table, counts, symbols, offsets = decoder
    counts[:] = 0
    for symbol in range(lengths.size):
        counts[lengths[symbol]] += 1
    counts[0] = 0
    room = 1
    longest = 0
    offsets[1] = 0
    for length in range(1, MAX_WORD_BITS + 1):
        room = 2 * room - np.int64(counts[length])
        if room < 0:
            return False
        if counts[length]:
            longest = length
        offsets[length + 1] = offsets[length] + counts[length]
    if room > 0 and longest > 1:
        return False
    for symbol in range(lengths.size):
        if lengths[symbol]:
            symbols[offsets[lengths[symbol]]] = symbol
            offsets[lengths[symbol]] += 1
    table[:] = 0
    word = 0
    index = 0
    for length in range(1, min(longest, TABLE_BITS) + 1):
        for _ in range(counts[length]):
            for i in range(reversed_bits(word, length), table.size, 1 << length):
                table[i] = symbols[index] << 4 | length
            word += 1
            index += 1
        word <<= 1
    return True


@compiled
def long_entry(word, decoder):
    """Return symbol << 4 | length of the word that the uint64 `word` begins with; 0 for no word."""
    first = 0
    index = 0
    code = 0
    for length in range(1, MAX_WORD_BITS + 1):
        code |= np.int64(word & np.uint64(1))
        word >>= np.uint64(1)
        count = np.int64(decoder.counts[length])
        if code - first < count:
            return np.int64(decoder.symbols[index + code - first]) << 4 | length
        index += count
        first = (first + count) << 1
        code <<= 1
    return 0
