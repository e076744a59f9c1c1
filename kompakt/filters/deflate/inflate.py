"""Reads DEFLATE blocks: the raw bytes, and the tokens they were sent as."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.bits import copy_bytes, peek, word_at
from kompakt.filters.deflate.compiling import compiled
from kompakt.filters.deflate.format import (
    DISTANCE_BASE,
    DISTANCE_EXTRA,
    DISTANCES,
    DISTANCES_AT,
    DYNAMIC,
    END_OF_BLOCK,
    FIXED_LENGTHS,
    LENGTH_BASE,
    LENGTH_EXTRA,
    LITERALS,
    MAX_MATCH,
    RUN_BASE,
    RUN_EXTRA,
    RUN_ORDER,
    RUN_SYMBOLS,
    STORED,
    WORDS,
)
from kompakt.filters.deflate.words import TABLE_BITS, Decoder, fill_decoder, long_entry, new_decoder

MAX_BLOCK_TOKENS = 1 << 16  # zlib has at most half of it

GOOD, BROKEN, TOO_LARGE = 0, 1, 2


class Parser(NamedTuple):
    """Scratch of one thread: tokens int32 of one block, lengths uint8 (WORDS,) of its words, decoders."""

    tokens: np.ndarray
    lengths: np.ndarray
    literals: Decoder
    distances: Decoder
    runs: Decoder


def new_parser() -> Parser:
    """Return scratch to read blocks with."""
    tokens = np.zeros(MAX_BLOCK_TOKENS, np.int32)
    return Parser(tokens, np.zeros(WORDS, np.uint8), new_decoder(), new_decoder(), new_decoder())


@compiled
def read_lengths(source, bit, last_bit, lengths, runs):
    """Write the `lengths` of the words of a dynamic block; return the bit behind them, or -1.

    source: uint8 with padding, of `last_bit` bits; bit: of the number of literals, behind the block's type
    runs: a decoder to use
    """
    if bit + 14 > last_bit:
        return -1
    literals = peek(source, bit, 5) + 257
    distances = peek(source, bit + 5, 5) + 1
    sent = peek(source, bit + 10, 4) + 4
    bit += 14
    if literals > LITERALS or distances > DISTANCES or bit + 3 * sent > last_bit:
        return -1
    lengths[:] = 0
    for i in range(sent):
        lengths[RUN_ORDER[i]] = peek(source, bit, 3)
        bit += 3
    if not fill_decoder(lengths[:RUN_SYMBOLS], runs):
        return -1
    lengths[:] = 0
    at = 0
    before = 0
    while at < literals + distances:
        word = word_at(source, bit)
        entry = np.int64(runs.table[np.int64(word & np.uint64((1 << TABLE_BITS) - 1))])
        symbol = entry >> 4
        bit += entry & 15
        count = 1
        if symbol >= 16:
            count = RUN_BASE[symbol] + peek(source, bit, RUN_EXTRA[symbol])
            bit += RUN_EXTRA[symbol]
        if entry == 0 or bit > last_bit or at + count > literals + distances or (symbol == 16 and at == 0):
            return -1
        if symbol != 16:
            before = symbol if symbol < 16 else 0
        for _ in range(count):
            lengths[at if at < literals else DISTANCES_AT + at - literals] = before
            at += 1
    return bit


@compiled
def read_block(source, bit, last_bit, raw, at, raw_end, parser):
    """Read the block at `bit`; write its bytes to `raw` from `at` on, and its tokens.

    source: uint8, of `last_bit` bits and padding; raw: uint8, of which raw_end bytes may be written
    Returns status, last block or not, type, the bit at which its body begins (the length of a stored one),
    the bit behind it, the end of its bytes in `raw`, and how many tokens it has.
    """
    _, lengths, literals, distances, runs = parser
    if bit + 3 > last_bit:
        return BROKEN, 0, 0, bit, bit, at, 0
    final = peek(source, bit, 1)
    kind = peek(source, bit + 1, 2)
    bit += 3
    if kind == STORED:
        body = bit + 7 & ~7
        if body + 32 > last_bit:
            return BROKEN, final, kind, body, bit, at, 0
        count = peek(source, body, 16)
        begin = (body >> 3) + 4
        if count ^ peek(source, body + 16, 16) != 0xFFFF or begin + count << 3 > last_bit:
            return BROKEN, final, kind, body, bit, at, 0
        if at + count > raw_end:
            return TOO_LARGE, final, kind, body, bit, at, 0
        copy_bytes(source, begin, raw, at, count)
        return GOOD, final, kind, body, begin + count << 3, at + count, 0
    if kind == DYNAMIC:
        body = read_lengths(source, bit, last_bit, lengths, runs)
        if body < 0:
            return BROKEN, final, kind, bit, bit, at, 0
        bit = body
    elif kind > DYNAMIC:
        return BROKEN, final, kind, bit, bit, at, 0
    else:
        copy_bytes(FIXED_LENGTHS, 0, lengths, 0, WORDS)
    if not (
        lengths[END_OF_BLOCK]
        and fill_decoder(lengths[:DISTANCES_AT], literals)
        and fill_decoder(lengths[DISTANCES_AT:], distances)
    ):
        return BROKEN, final, kind, bit, bit, at, 0
    body = bit
    status, bit, at, count = _read_body(source, bit, last_bit, raw, at, raw_end, parser)
    return status, final, kind, body, bit, at, count


@compiled
def _read_body(source, bit, last_bit, raw, at, raw_end, parser):
    """Read tokens until the block ends; return status, the bit and the end behind it, and their number."""
    tokens, _, literals, distances, _ = parser
    low = np.uint64((1 << TABLE_BITS) - 1)
    count = 0
    while True:
        word = word_at(source, bit)
        entry = np.int64(literals.table[np.int64(word & low)])
        if entry == 0:
            entry = long_entry(word, literals)
        used = entry & 15
        symbol = entry >> 4
        if entry == 0 or bit > last_bit or count == tokens.size:
            return BROKEN, bit, at, count
        if symbol < END_OF_BLOCK:
            if at == raw_end:
                return TOO_LARGE, bit, at, count
            raw[at] = symbol
            at += 1
            tokens[count] = 0
            count += 1
            bit += used
            continue
        if symbol == END_OF_BLOCK:
            bit += used
            return (GOOD if bit <= last_bit else BROKEN), bit, at, count
        symbol -= END_OF_BLOCK + 1
        if symbol >= LENGTH_BASE.size:
            return BROKEN, bit, at, count
        word >>= np.uint64(used)
        bit += used
        extra = LENGTH_EXTRA[symbol]
        length = LENGTH_BASE[symbol] + np.int64(word & np.uint64((1 << extra) - 1))
        word >>= np.uint64(extra)
        bit += extra
        entry = np.int64(distances.table[np.int64(word & low)])
        if entry == 0:
            entry = long_entry(word, distances)
        used = entry & 15
        symbol = entry >> 4
        if entry == 0 or symbol >= DISTANCES:
            return BROKEN, bit, at, count
        word >>= np.uint64(used)
        extra = DISTANCE_EXTRA[symbol]
        distance = DISTANCE_BASE[symbol] + np.int64(word & np.uint64((1 << extra) - 1))
        bit += used + extra
        if distance > at or length > MAX_MATCH:
            return BROKEN, bit, at, count
        if at + length > raw_end:
            return TOO_LARGE, bit, at, count
        for i in range(at, at + length):
            raw[i] = raw[i - distance]
        at += length
        tokens[count] = length << 16 | distance
        count += 1


@compiled
def inflate(source, bit, last_bit, raw, raw_end, parser):
    """Write to `raw` the bytes of the stream at `bit`; return status, the bit behind it, and how many."""
    at = 0
    while True:
        status, final, _, _, bit, at, _ = read_block(source, bit, last_bit, raw, at, raw_end, parser)
        if status != GOOD or final:
            return status, bit, at
