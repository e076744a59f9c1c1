"""Writes a stream again, from its raw bytes, its settings and the notes on where zlib would have differed."""

import numpy as np

from kompakt.filters.deflate.bits import PADDING_BYTES, copy_bits, copy_bytes, put
from kompakt.filters.deflate.blocks import (
    MAX_TREE_BITS,
    cheapest_kind,
    count_symbols,
    plan_trees,
    write_body,
    write_stored,
)
from kompakt.filters.deflate.compiling import compiled, inlined
from kompakt.filters.deflate.format import (
    DISTANCES_AT,
    DYNAMIC,
    FIXED,
    FIXED_LENGTHS,
    MAX_MATCH,
    MAX_STORED_BYTES,
    MIN_MATCH,
    STORED,
    WORDS,
)
from kompakt.filters.deflate.inflate import read_lengths
from kompakt.filters.deflate.learn import END_VALUE, LITERAL_VALUE, TREE_NOTE_BITS, is_last, oldest_kept
from kompakt.filters.deflate.matches import AT, advance, predict
from kompakt.filters.deflate.notes import BAD, all_read, bytes_used, is_wrong, next_note, take_value
from kompakt.filters.deflate.words import assign_words

MALFORMED = -1
_END = -2


@compiled
def _take_token(notes, state, room, at):
    """Return the token of a note, _END, or MALFORMED where it does not fit at raw[at] with `room` left."""
    value = take_value(notes, state)
    if bytes_used(state) == BAD:
        return MALFORMED
    token = np.int64(0)
    if value == END_VALUE:
        token = np.int64(_END)
    elif value != LITERAL_VALUE:
        length = value + 1
        distance = take_value(notes, state) + 1
        if not (MIN_MATCH <= length <= min(MAX_MATCH, room) and distance <= min(at, 1 << 15)):
            return MALFORMED
        token = length << 16 | distance
    next_note(notes, state)
    return MALFORMED if bytes_used(state) == BAD else token


@compiled
def _rebuild_tokens(raw, end, rules, work, notes, state):
    """Write the tokens of the next block to work.parser; return how many, or MALFORMED."""
    search = work.search
    tokens = work.parser.tokens
    i = 0
    overfull = False
    while search[AT] < end:
        full = i == rules.tokens and not overfull
        wrong = is_wrong(state)
        if full and not wrong:
            break
        token = predict(raw, end, rules, work.chains, search)
        if wrong:
            token = _take_token(notes, state, end - search[AT], search[AT])
            if token == _END and not full:
                break
            if token < 0:
                return MALFORMED
            overfull |= full
        if i == tokens.size:
            return MALFORMED
        tokens[i] = token
        advance(raw, end, rules, work.chains, search, token)
        i += 1
    return i


@inlined
def _rebuild_value(notes, state, predicted):
    """Return what was predicted, or what the note says; any number, and the state is BAD, without one."""
    if not is_wrong(state):
        return predicted
    value = take_value(notes, state)
    next_note(notes, state)
    return value


@compiled
def _noted_trees(work, notes, state):
    """Take a description of trees from its note; return its bits, or MALFORMED."""
    sent = work.trees.sent
    count = take_value(notes, state)
    if count > MAX_TREE_BITS:
        return MALFORMED
    bit = 0
    while bit < count and bytes_used(state) != BAD:
        step = min(TREE_NOTE_BITS, count - bit)
        bit = put(sent, bit, take_value(notes, state) & 0x7F, step)
    next_note(notes, state)
    if bytes_used(state) == BAD:
        return MALFORMED
    return count if read_lengths(sent, 0, count, work.trees.lengths, work.parser.runs) == count else MALFORMED


@compiled
def _write_block(out, bit, raw, begin, raw_bytes, tokens, kind, tree_bits, padding, work):
    """Write the block behind its first bit; return the bit behind it, or -1."""
    bit = put(out, bit, kind, 2)
    if kind == STORED:
        return write_stored(out, bit, padding, raw, begin, raw_bytes)
    trees = work.trees
    if kind == FIXED:
        copy_bytes(FIXED_LENGTHS, 0, trees.lengths, 0, WORDS)
    else:
        bit = copy_bits(trees.sent, 0, tree_bits, out, bit)
    assign_words(trees.lengths[:DISTANCES_AT], trees.words[:DISTANCES_AT], trees.following)
    assign_words(trees.lengths[DISTANCES_AT:], trees.words[DISTANCES_AT:], trees.following)
    return write_body(out, bit, raw, begin, tokens, trees)


@compiled
def rebuild(raw, end, rules, work, notes, out, at):
    """Write the stream of raw[:end] to `out` from byte `at` on; return where it ends, or MALFORMED.

    raw, out: uint8 with padding; notes: uint8, any bytes: what `learn` does not write about raw[:end], or
    what needs more room than `out` has, is malformed
    """
    search = work.search
    search[:] = 0
    work.chains.heads[: rules.slots] = 0
    trees = work.trees
    state = work.noted
    state[:] = 0
    next_note(notes, state)
    room = out.size - 2 * PADDING_BYTES - MAX_TREE_BITS // 8
    bit = at << 3
    while True:
        begin = search[AT]
        count = _rebuild_tokens(raw, end, rules, work, notes, state)
        if count < 0 or bit >> 3 > room:
            return MALFORMED
        tokens = work.parser.tokens[:count]
        last_token = np.int64(tokens[count - 1]) if count else 1
        final = _rebuild_value(notes, state, np.int64(is_last(search[AT], end, count, last_token, rules)))
        count_symbols(raw, begin, tokens, trees.counts)
        tree_bits = plan_trees(trees)
        raw_bytes = search[AT] - begin
        can_store = begin >= oldest_kept(begin, search[AT], last_token, final, rules)
        predicted = np.int64(cheapest_kind(raw_bytes, can_store, trees, tree_bits))
        kind = _rebuild_value(notes, state, predicted)
        padding = 0
        if kind == DYNAMIC:
            if is_wrong(state):
                tree_bits = _noted_trees(work, notes, state)
        elif kind == STORED:
            padding = _rebuild_value(notes, state, 0)
        if (
            bytes_used(state) == BAD
            or tree_bits == MALFORMED
            or final > 1
            or kind > DYNAMIC
            or padding > 0x7F
            or (kind == STORED and raw_bytes > MAX_STORED_BYTES)
        ):
            return MALFORMED
        bit = put(out, bit, final, 1)
        bit = _write_block(out, bit, raw, begin, raw_bytes, tokens, kind, tree_bits, padding, work)
        if bit < 0:
            return MALFORMED
        if final:
            break
    padding = _rebuild_value(notes, state, 0)
    if not all_read(notes, state) or search[AT] != end or padding > 0x7F:
        return MALFORMED
    return put(out, bit, padding, -bit & 7) >> 3
