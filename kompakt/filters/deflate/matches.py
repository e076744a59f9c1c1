"""Says which token zlib would send next, whatever was sent before.

Positions are entered in chains of equal hashes of three bytes. Position 0 is never found, as in zlib, where 0
ends a chain. What is remembered between two tokens is an int64 array of FIELDS, all 0 at first.
"""

import numpy as np

from kompakt.classic.memory import WORD_BYTES, load_le64, trailing_zeros
from kompakt.filters.deflate.compiling import compiled, inlined
from kompakt.filters.deflate.format import MAX_MATCH, MIN_MATCH
from kompakt.filters.deflate.settings import GREEDY, LAZY, NONE, RUNS

AT = 0  # where the next token begins
ENTERED = 1  # the first position that is not in a chain
KNOWN = 2  # what a search at AT finds: 0 for not known, 1 for nothing, else the token
LATER = 3  # the same at AT + 1
FIELDS = 4

_NOTHING = 1
_TOO_FAR = 4096  # bytes; a match of MIN_MATCH at a larger distance costs more than its literals


@inlined
def _enter(raw, end, position, rules, chains):
    if position + MIN_MATCH > end:
        return
    a = np.int64(raw[position])
    b = np.int64(raw[position + 1])
    c = np.int64(raw[position + 2])
    slot = (a << 2 * rules.shift ^ b << rules.shift ^ c) & (rules.slots - 1)
    before = np.int64(chains.heads[slot])
    back = position - before
    chains.links[position & (rules.window - 1)] = back if before and back < rules.window else 0
    chains.heads[slot] = position


@inlined
def _equal_bytes(raw, a, b, limit):
    """Return how many bytes, at most `limit`, from `a` on are those from `b` on."""
    count = 0
    while count < limit:
        different = load_le64(raw, np.uint64(a + count)) ^ load_le64(raw, np.uint64(b + count))
        if different:
            return min(limit, count + np.int64(trailing_zeros(different) >> np.uint64(3)))
        count += WORD_BYTES
    return limit


@compiled
def _search(raw, end, at, longest, rules, chains):
    """Return the token of the first longest match at `at` longer than `longest`, at least 2; 1 for none."""
    limit = min(MAX_MATCH, end - at)
    if limit <= longest or limit < MIN_MATCH:
        return _NOTHING
    links = chains.links
    mask = rules.window - 1
    oldest = max(at - rules.reach, 0)
    back = np.int64(links[at & mask])
    candidate = at - back
    if back == 0 or candidate < oldest:
        return _NOTHING
    steps = rules.steps
    if longest >= rules.good:
        steps >>= 2
    nice = min(rules.nice, limit)
    found = _NOTHING
    # The bytes up to the one that would make the match longer than the longest say no most quickly.
    offset = max(longest - 3, 0)
    unused = np.uint64(40 if longest < 3 else 32)
    tail = load_le64(raw, np.uint64(at + offset)) << unused
    while True:
        if load_le64(raw, np.uint64(candidate + offset)) << unused == tail:
            length = _equal_bytes(raw, candidate, at, limit)
            if length > longest:
                longest = length
                found = length << 16 | (at - candidate)
                if length >= nice:
                    break
                offset = longest - 3
                unused = np.uint64(32)
                tail = load_le64(raw, np.uint64(at + offset)) << unused
        back = np.int64(links[candidate & mask])
        candidate -= back
        steps -= 1
        if back == 0 or candidate <= oldest or steps == 0:
            break
    return found


@compiled
def _lazy_search(raw, end, at, longest, rules, chains):
    """Return what `_search` finds, unless zlib thinks it too short to be worth it."""
    found = _search(raw, end, at, longest, rules, chains)
    length = found >> 16
    if length <= rules.shortest or (length == MIN_MATCH and found & 0xFFFF > _TOO_FAR):
        return _NOTHING
    return found


@compiled
def _run(raw, end, at):
    """Return the token of the run that goes on at `at`; 0 for none."""
    limit = min(MAX_MATCH, end - at)
    length = 0
    while at > 0 and length < limit and raw[at + length] == raw[at - 1]:
        length += 1
    return length << 16 | 1 if length >= MIN_MATCH else 0


@compiled
def predict(raw, end, rules, chains, state):
    """Return the next token, at state[AT] < end. raw: uint8 (end,) with padding."""
    at = state[AT]
    if rules.way == NONE:
        return 0
    if rules.way == RUNS:
        return _run(raw, end, at)
    if not state[KNOWN]:
        if state[ENTERED] <= at:
            _enter(raw, end, at, rules, chains)
            state[ENTERED] = at + 1
        if rules.way == GREEDY:
            state[KNOWN] = _search(raw, end, at, MIN_MATCH - 1, rules, chains)
        else:
            state[KNOWN] = _lazy_search(raw, end, at, MIN_MATCH - 1, rules, chains)
    token = state[KNOWN]
    if token == _NOTHING:
        return 0
    length = token >> 16
    if rules.way == LAZY and length < rules.patience:
        if not state[LATER]:
            if state[ENTERED] == at + 1:
                _enter(raw, end, at + 1, rules, chains)
                state[ENTERED] = at + 2
            state[LATER] = _lazy_search(raw, end, at + 1, length, rules, chains)
        if state[LATER] != _NOTHING:
            return 0
    return token


@compiled
def advance(raw, end, rules, chains, state, token):
    """Move behind `token`, which is what was sent at state[AT]."""
    at = state[AT]
    if token == 0:
        # Only where patience was rewarded is the search at the next byte the one that zlib made.
        state[KNOWN] = state[LATER] if state[LATER] != _NOTHING else 0
        state[LATER] = 0
        state[AT] = at + 1
        return
    length = token >> 16
    behind = at + length
    entered = state[ENTERED]
    if rules.way == LAZY or (rules.way == GREEDY and length <= rules.patience and behind + MIN_MATCH <= end):
        for position in range(max(entered, at), behind):
            _enter(raw, end, position, rules, chains)
    state[ENTERED] = max(entered, behind)
    state[KNOWN] = 0
    state[LATER] = 0
    state[AT] = behind
