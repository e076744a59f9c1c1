"""Blocks as zlib sends them: which type is cheapest, the description of the trees, and the words."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.bits import PADDING_BYTES, copy_bytes, put
from kompakt.filters.deflate.compiling import compiled, inlined
from kompakt.filters.deflate.format import (
    DISTANCE_BASE,
    DISTANCE_CODE,
    DISTANCE_EXTRA,
    DISTANCES,
    DISTANCES_AT,
    DYNAMIC,
    END_OF_BLOCK,
    FIXED,
    FIXED_LENGTHS,
    LENGTH_BASE,
    LENGTH_CODE,
    LENGTH_EXTRA,
    LITERALS,
    MAX_STORED_BYTES,
    MAX_WORD_BITS,
    RUN_BASE,
    RUN_EXTRA,
    RUN_ORDER,
    RUN_SYMBOLS,
    STORED,
    WORDS,
)
from kompakt.filters.deflate.trees import TreeScratch, choose_lengths, new_tree_scratch
from kompakt.filters.deflate.words import assign_words

MAX_TREE_BITS = 14 + 3 * RUN_SYMBOLS + (LITERALS + DISTANCES) * 14
_MAX_RUN_WORD_BITS = 7
_REPEAT, _ZEROS, _MANY_ZEROS = 16, 17, 18


class Trees(NamedTuple):
    """Scratch for the trees of a block, each indexed by symbol, those of distances from DISTANCES_AT on.

    counts: int64 (WORDS,); lengths: uint8 (WORDS,); words: int64 (WORDS,)
    sent: uint8, the description of dynamic trees, with padding
    symbols, run_lengths, run_counts, run_words, following: int64; run_bits: uint8; scratch: for one tree
    """

    counts: np.ndarray
    lengths: np.ndarray
    words: np.ndarray
    sent: np.ndarray
    symbols: np.ndarray
    run_lengths: np.ndarray
    run_counts: np.ndarray
    run_words: np.ndarray
    run_bits: np.ndarray
    following: np.ndarray
    scratch: TreeScratch


def new_trees() -> Trees:
    """Return scratch for any block."""
    sent = np.zeros(MAX_TREE_BITS // 8 + 1 + PADDING_BYTES, np.uint8)
    return Trees(
        counts=np.zeros(WORDS, np.int64),
        lengths=np.zeros(WORDS, np.uint8),
        words=np.zeros(WORDS, np.int64),
        sent=sent,
        symbols=np.zeros(LITERALS + DISTANCES, np.int64),
        run_lengths=np.zeros(LITERALS + DISTANCES, np.int64),
        run_counts=np.zeros(RUN_SYMBOLS, np.int64),
        run_words=np.zeros(RUN_SYMBOLS, np.int64),
        run_bits=np.zeros(RUN_SYMBOLS, np.uint8),
        following=np.zeros(MAX_WORD_BITS + 2, np.int64),
        scratch=new_tree_scratch(),
    )


@inlined
def _distance_code(distance):
    if distance <= 256:
        return np.int64(DISTANCE_CODE[distance - 1])
    return np.int64(DISTANCE_CODE[256 + (distance - 1 >> 7)])


@compiled
def count_symbols(raw, at, tokens, counts):
    """Count in `counts` the symbols of the block of `tokens` whose bytes begin at raw[at]."""
    counts[:] = 0
    counts[END_OF_BLOCK] = 1
    for i in range(tokens.size):
        token = np.int64(tokens[i])
        if token:
            length = token >> 16
            counts[END_OF_BLOCK + 1 + np.int64(LENGTH_CODE[length])] += 1
            counts[DISTANCES_AT + _distance_code(token & 0xFFFF)] += 1
            at += length
        else:
            counts[raw[at]] += 1
            at += 1


@compiled
def _body_bits(counts, lengths):
    bits = 0
    for symbol in range(LITERALS):
        bits += counts[symbol] * np.int64(lengths[symbol])
    for code in range(LENGTH_EXTRA.size):
        bits += counts[END_OF_BLOCK + 1 + code] * LENGTH_EXTRA[code]
    for code in range(DISTANCES):
        bits += counts[DISTANCES_AT + code] * (np.int64(lengths[DISTANCES_AT + code]) + DISTANCE_EXTRA[code])
    return bits


@compiled
def _add_runs(lengths, symbols, run_lengths, at):
    """Append the runs of `lengths`, symbols 0 … 18 and how many lengths each stands for; return the end."""
    begin = 0
    before = -1
    while begin < lengths.size:
        length = np.int64(lengths[begin])
        longest = 138 if length == 0 else 6 if length == before else 7
        shortest = 3 if length == 0 or length == before else 4
        count = 1
        while count < longest and begin + count < lengths.size and lengths[begin + count] == length:
            count += 1
        begin += count
        if count < shortest:
            for _ in range(count):
                symbols[at] = length
                run_lengths[at] = 1
                at += 1
        else:
            if length and length != before:
                symbols[at] = length
                run_lengths[at] = 1
                at += 1
                count -= 1
            symbols[at] = _REPEAT if length else _ZEROS if count <= 10 else _MANY_ZEROS
            run_lengths[at] = count
            at += 1
        before = length
    return at


@compiled
def plan_trees(trees):
    """Make the lengths that zlib gives to the words of `trees.counts`; return the bits of their description.

    The description is written to `trees.sent`.
    """
    lengths, sent, symbols, run_lengths = trees.lengths, trees.sent, trees.symbols, trees.run_lengths
    run_counts, word_bits, words, scratch = trees.run_counts, trees.run_bits, trees.run_words, trees.scratch
    lengths[:] = 0
    literals = 1 + choose_lengths(trees.counts[:LITERALS], MAX_WORD_BITS, lengths[:LITERALS], scratch)
    distances_end = DISTANCES_AT + DISTANCES
    counts = trees.counts[DISTANCES_AT:distances_end]
    distances = 1 + choose_lengths(counts, MAX_WORD_BITS, lengths[DISTANCES_AT:distances_end], scratch)
    runs = _add_runs(lengths[:literals], symbols, run_lengths, 0)
    runs = _add_runs(lengths[DISTANCES_AT : DISTANCES_AT + distances], symbols, run_lengths, runs)
    run_counts[:] = 0
    for i in range(runs):
        run_counts[symbols[i]] += 1
    choose_lengths(run_counts, _MAX_RUN_WORD_BITS, word_bits, scratch)
    assign_words(word_bits, words, trees.following)
    described = RUN_SYMBOLS
    while described > 4 and not word_bits[RUN_ORDER[described - 1]]:
        described -= 1
    bit = put(sent, 0, literals - 257 | distances - 1 << 5 | described - 4 << 10, 14)
    for i in range(described):
        bit = put(sent, bit, np.int64(word_bits[RUN_ORDER[i]]), 3)
    for i in range(runs):
        symbol = symbols[i]
        bit = put(sent, bit, words[symbol], np.int64(word_bits[symbol]))
        bit = put(sent, bit, run_lengths[i] - max(RUN_BASE[symbol], 1), RUN_EXTRA[symbol])
    return bit


@compiled
def cheapest_kind(raw_bytes, can_store, trees, tree_bits):
    """Return the type that zlib sends a block of `raw_bytes` as, which it may be able to store or not.

    trees, tree_bits: as after `plan_trees`
    """
    dynamic_bytes = (3 + tree_bits + _body_bits(trees.counts, trees.lengths) + 7) >> 3
    fixed_bytes = (3 + _body_bits(trees.counts, FIXED_LENGTHS) + 7) >> 3
    if can_store and raw_bytes + 4 <= min(dynamic_bytes, fixed_bytes) and raw_bytes <= MAX_STORED_BYTES:
        return STORED
    return FIXED if fixed_bytes <= dynamic_bytes else DYNAMIC


@compiled
def write_stored(out, bit, padding, raw, at, raw_bytes):
    """Write a stored block behind its type; return the bit behind it, or -1 where `out` has no room."""
    begin = (bit + 7 >> 3) + 4
    if begin + raw_bytes + PADDING_BYTES > out.size:
        return -1
    bit = put(out, bit, padding, -bit & 7)
    put(out, bit, raw_bytes | (raw_bytes ^ 0xFFFF) << 16, 32)
    copy_bytes(raw, at, out, begin, raw_bytes)
    return begin + raw_bytes << 3


@compiled
def write_body(out, bit, raw, at, tokens, trees):
    """Write the words of `tokens` and the end of the block; return the bit behind it.

    trees: lengths and words. -1: `out` has no room, or a symbol has no word.
    """
    lengths = trees.lengths
    words = trees.words
    last = out.size - PADDING_BYTES << 3
    missing = lengths[END_OF_BLOCK] == 0
    for i in range(tokens.size):
        if bit > last:
            return -1
        token = np.int64(tokens[i])
        if token == 0:
            symbol = np.int64(raw[at])
            at += 1
            missing |= lengths[symbol] == 0
            bit = put(out, bit, words[symbol], np.int64(lengths[symbol]))
            continue
        length = token >> 16
        distance = token & 0xFFFF
        at += length
        code = np.int64(LENGTH_CODE[length])
        symbol = END_OF_BLOCK + 1 + code
        count = np.int64(lengths[symbol])
        missing |= count == 0
        value = words[symbol] | length - LENGTH_BASE[code] << count
        count += LENGTH_EXTRA[code]
        code = _distance_code(distance)
        symbol = DISTANCES_AT + code
        missing |= lengths[symbol] == 0
        value |= words[symbol] << count
        count += np.int64(lengths[symbol])
        value |= distance - DISTANCE_BASE[code] << count
        bit = put(out, bit, value, count + DISTANCE_EXTRA[code])
    if missing or bit > last:
        return -1
    return put(out, bit, words[END_OF_BLOCK], np.int64(lengths[END_OF_BLOCK]))
