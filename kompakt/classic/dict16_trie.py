"""The longest entry of a dictionary at each place of some data: a trie whose edges lie in one hash table."""

import numpy as np

from kompakt.classic.compiling import compiled, inlined

_NO_CODE = np.int32(-1)
_FREE = np.uint64(0)


def tokenised(data: np.ndarray, lengths: np.ndarray, strings: np.ndarray) -> np.ndarray:
    """Return the codes, uint16, of the longest entries from left to right.

    lengths: uint8 (m,), m <= 2**16; strings: uint8, all entries one behind the other. Every byte of
    `data`, uint8, is an entry. Of equal entries the last is taken.
    """
    edges = np.zeros(1 << (2 * int(strings.size) - 1).bit_length(), np.uint64)
    codes = np.full(strings.size + 1, _NO_CODE, np.int32)
    _grow(lengths, strings, edges, codes)
    tokens = np.empty(data.size, np.uint16)
    return tokens[: _tokenise(data, edges, codes, tokens)]


@inlined
def _find(edges, key):
    """Return the slot of `key`, or the free one for it. A slot holds key · 2**24 + node, never 0."""
    mask = np.uint64(edges.size - 1)
    slot = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32) & mask
    while edges[slot] != _FREE and edges[slot] >> np.uint64(24) != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _grow(lengths, strings, edges, codes):
    """Write edges and the code of each node; node 0 is the root."""
    nodes = np.uint64(0)
    at = np.uint64(0)
    for code in range(lengths.size):
        node = np.uint64(0)
        for _ in range(lengths[code]):
            key = node << np.uint64(8) | np.uint64(strings[at])
            at += np.uint64(1)
            slot = _find(edges, key)
            if edges[slot] == _FREE:
                nodes += np.uint64(1)
                edges[slot] = key << np.uint64(24) | nodes
            node = edges[slot] & np.uint64(0xFFFFFF)
        codes[node] = code


@compiled
def _tokenise(data, edges, codes, tokens):
    """Write `tokens` and return how many."""
    end = np.uint64(data.size)
    at = np.uint64(0)
    written = np.uint64(0)
    while at < end:
        node = np.uint64(0)
        best = np.int32(0)
        after = at + np.uint64(1)
        for i in range(at, end):
            slot = _find(edges, node << np.uint64(8) | np.uint64(data[i]))
            if edges[slot] == _FREE:
                break
            node = edges[slot] & np.uint64(0xFFFFFF)
            if codes[node] != _NO_CODE:
                best = codes[node]
                after = i + np.uint64(1)
        tokens[written] = best
        written += np.uint64(1)
        at = after
    return written
