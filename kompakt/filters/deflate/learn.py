"""Compares a stream with what zlib would have sent, and notes the differences.

A block is a row of predictions, which `rebuild` makes in the same order: each token, or the end of the
block; whether it is the last; its type; its trees if it is dynamic; the bits that pad it if it is stored; at
the very end, the bits that fill the last byte.
"""

import numpy as np

from kompakt.filters.deflate.bits import equal_bits, peek
from kompakt.filters.deflate.blocks import MAX_TREE_BITS, cheapest_kind, count_symbols, plan_trees
from kompakt.filters.deflate.compiling import compiled, inlined
from kompakt.filters.deflate.format import DYNAMIC, STORED
from kompakt.filters.deflate.inflate import GOOD, read_block
from kompakt.filters.deflate.matches import AT, advance, predict
from kompakt.filters.deflate.notes import MAX_NOTE_BYTES, add_value, begin_note, bytes_used, was_right
from kompakt.filters.deflate.settings import LAZY, LOOK_AHEAD

TOO_MANY = -1
LITERAL_VALUE, END_VALUE = 0, 1
"""What a note on a token begins with; a match is its length - 1, and its distance - 1 follows."""
TREE_NOTE_BITS = 7  # of a description of trees in a byte of a note
MAX_BLOCK_NOTE_BYTES = MAX_TREE_BITS // TREE_NOTE_BITS + 4 * MAX_NOTE_BYTES
"""Room that `learn` keeps free in the notes for the end of a block."""


@inlined
def is_last(at, end, count, last_token, rules):
    """Tell whether zlib says of a block of `count` tokens that it is the last.

    A block that is full is sent at once, before zlib knows that nothing follows, unless its last token is a
    literal that has waited for a better match.
    """
    return at == end and (count < rules.tokens or (rules.way == LAZY and last_token == 0))


@compiled
def oldest_kept(begin, at, last_token, final, rules):
    """Return the first byte that zlib still has in its window when it sends the block of raw[begin:at].

    Its window is two of rules.window bytes long and moves on by one when the search comes near the end; what
    has left it cannot be stored.
    """
    search = at + LOOK_AHEAD
    if not final and at > begin:
        search = at - max(last_token >> 16, 1) + rules.refill + (1 if rules.way == LAZY else 0)
    return max(0, search // rules.window - 1) * rules.window


@compiled
def _note_token(notes, state, token):
    begin_note(notes, state)
    if token == 0:
        add_value(notes, state, LITERAL_VALUE)
    else:
        add_value(notes, state, (token >> 16) - 1)
        add_value(notes, state, (token & 0xFFFF) - 1)


@compiled
def _learn_tokens(raw, end, stop, block_end, count, rules, work, notes, limit, state):
    """Note which of the `count` tokens in work.parser are not those predicted; return how many there are.

    count: -1 for a stored block, which ends at `block_end`; what zlib had found there is what is predicted
    stop: no token is looked at from here on; TOO_MANY: the notes have reached `limit`
    """
    search = work.search
    tokens = work.parser.tokens
    i = 0
    overfull = False
    while search[AT] < min(end, stop):
        at = search[AT]
        full = i == rules.tokens and not overfull
        if (at == block_end and count < 0) or i == count:
            if full:
                was_right(state)
            else:
                begin_note(notes, state)
                add_value(notes, state, END_VALUE)
            break
        if i == tokens.size or bytes_used(state) > limit:
            return TOO_MANY
        token = predict(raw, end, rules, work.chains, search)
        truth = np.int64(tokens[i]) if count >= 0 else token if at + (token >> 16) <= block_end else 0
        tokens[i] = truth
        if full or token != truth:
            _note_token(notes, state, truth)
            overfull |= full
        else:
            was_right(state)
        advance(raw, end, rules, work.chains, search, truth)
        i += 1
    return i


@inlined
def _learn_value(notes, state, predicted, truth):
    if predicted == truth:
        was_right(state)
    else:
        begin_note(notes, state)
        add_value(notes, state, truth)


@compiled
def _learn_trees(source, bit, count, predicted_bits, work, notes, state):
    """Note the description of trees, `count` bits from `bit` on, if it is not the one in work.trees."""
    sent = work.trees.sent
    if count == predicted_bits and equal_bits(source, bit, sent, 0, count):
        was_right(state)
        return
    begin_note(notes, state)
    add_value(notes, state, count)
    for i in range(0, count, TREE_NOTE_BITS):
        add_value(notes, state, peek(source, bit + i, min(TREE_NOTE_BITS, count - i)))


@compiled
def learn(source, bit, last_bit, raw, end, stop, rules, work, notes):
    """Write `notes`, uint8, on the stream at `bit`; return how many bytes, or TOO_MANY.

    source: uint8 with padding, a whole stream of `last_bit` bits at most; raw: its `end` bytes, with padding
    stop: no bytes of `raw` are looked at from here on
    """
    search = work.search
    search[:] = 0
    work.chains.heads[: rules.slots] = 0
    state = work.noted
    state[:] = 0
    limit = notes.size - MAX_BLOCK_NOTE_BYTES
    while True:
        begin = search[AT]
        header = bit
        status, final, kind, body, bit, block_end, count = read_block(
            source, bit, last_bit, raw, begin, end, work.parser
        )
        if status != GOOD or bytes_used(state) > limit:
            return TOO_MANY
        count = _learn_tokens(
            raw, end, stop, block_end, -1 if kind == STORED else count, rules, work, notes, limit, state
        )
        if count == TOO_MANY:
            return TOO_MANY
        if search[AT] >= stop and stop < end:
            return bytes_used(state)
        tokens = work.parser.tokens[:count]
        last_token = np.int64(tokens[count - 1]) if count else 1
        _learn_value(notes, state, np.int64(is_last(block_end, end, count, last_token, rules)), final)
        count_symbols(raw, begin, tokens, work.trees.counts)
        tree_bits = plan_trees(work.trees)
        can_store = begin >= oldest_kept(begin, block_end, last_token, final, rules)
        predicted = cheapest_kind(block_end - begin, can_store, work.trees, tree_bits)
        _learn_value(notes, state, predicted, kind)
        if kind == DYNAMIC:
            _learn_trees(source, header + 3, body - header - 3, tree_bits, work, notes, state)
        elif kind == STORED:
            _learn_value(notes, state, 0, peek(source, header + 3, body - header - 3))
        if final:
            _learn_value(notes, state, 0, peek(source, bit, -bit & 7))
            return bytes_used(state)
