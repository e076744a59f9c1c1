"""Word lengths of a block as zlib chooses them: Huffman's construction, and which of equal sums comes first.

zlib keeps the subtrees in a binary heap, by count and then by depth, so its answer among many equally short
codes depends on how that heap sifts; here it sifts in the same way. Words that come out too long are
shortened by lengthening the cheapest words that still can grow.
"""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.compiling import compiled, inlined
from kompakt.filters.deflate.format import LITERALS, MAX_WORD_BITS


class TreeScratch(NamedTuple):
    """Room for one tree, all int64: nodes are symbols and then the sums of two, slots of the heap begin at 1.

    merged: nodes as they leave the heap, the lightest first; bits: depth in the tree
    of_length: how many words have a length
    """

    weights: np.ndarray
    depths: np.ndarray
    parents: np.ndarray
    bits: np.ndarray
    merged: np.ndarray
    heap: np.ndarray
    of_length: np.ndarray


def new_tree_scratch() -> TreeScratch:
    """Return room for a tree of any code of DEFLATE."""
    nodes = (np.zeros(2 * LITERALS, np.int64) for _ in range(5))
    return TreeScratch(*nodes, np.zeros(2 * LITERALS + 2, np.int64), np.zeros(MAX_WORD_BITS + 1, np.int64))


@inlined
def _precedes(a, b, weights, depths):
    return weights[a] < weights[b] or (weights[a] == weights[b] and depths[a] <= depths[b])


@inlined
def _sift_down(heap, size, slot, weights, depths):
    """Move heap[slot], slots from 1 to `size`, below all subtrees that precede it."""
    node = heap[slot]
    child = 2 * slot
    while child <= size:
        if child < size and _precedes(heap[child + 1], heap[child], weights, depths):
            child += 1
        if _precedes(node, heap[child], weights, depths):
            break
        heap[slot] = heap[child]
        slot = child
        child *= 2
    heap[slot] = node


@compiled
def choose_lengths(counts, limit, lengths, scratch):
    """Write the lengths of the words, at most `limit` bits, of the symbols; return the last that has a word.

    counts: int64 (n,), their sum below 2**16; lengths: uint8 (n,). A code has two words or more: where fewer
    symbols occur, the first ones get a word too.
    """
    symbols = counts.size
    weights, depths, parents, _, merged, heap, _ = scratch
    depths[:symbols] = 0
    last = -1
    size = 0
    for symbol in range(symbols):
        lengths[symbol] = 0
        if counts[symbol]:
            weights[symbol] = counts[symbol]
            size += 1
            heap[size] = symbol
            last = symbol
    while size < 2:
        symbol = 0
        if last < 2:
            last += 1
            symbol = last
        weights[symbol] = 1
        size += 1
        heap[size] = symbol
    for slot in range(size // 2, 0, -1):
        _sift_down(heap, size, slot, weights, depths)
    left = 0
    node = symbols
    while size >= 2:
        a = heap[1]
        heap[1] = heap[size]
        size -= 1
        _sift_down(heap, size, 1, weights, depths)
        b = heap[1]
        merged[left] = a
        merged[left + 1] = b
        left += 2
        weights[node] = weights[a] + weights[b]
        depths[node] = max(depths[a], depths[b]) + 1
        parents[a] = node
        parents[b] = node
        heap[1] = node
        node += 1
        _sift_down(heap, size, 1, weights, depths)
    parents[heap[1]] = -1
    _measure(left, symbols, limit, lengths, scratch)
    return last


@compiled
def _measure(nodes, symbols, limit, lengths, scratch):
    """Write the lengths, at most `limit`, of the leaves of the tree of `nodes` below its root."""
    _, _, parents, bits, merged, _, of_length = scratch
    of_length[:] = 0
    overflow = 0
    for i in range(nodes - 1, -1, -1):
        node = merged[i]
        above = parents[node]
        bits[node] = bits[above] + 1 if parents[above] >= 0 else 1
        if bits[node] > limit:
            bits[node] = limit
            overflow += 1
        if node < symbols:
            lengths[node] = bits[node]
            of_length[bits[node]] += 1
    if not overflow:
        return
    while overflow > 0:
        length = limit - 1
        while not of_length[length]:
            length -= 1
        of_length[length] -= 1
        of_length[length + 1] += 2
        of_length[limit] -= 1
        overflow -= 2
    i = 0
    for length in range(limit, 0, -1):
        left = of_length[length]
        while left:
            if merged[i] < symbols:
                lengths[merged[i]] = length
                left -= 1
            i += 1
