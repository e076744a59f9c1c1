"""Word lengths of a block as zlib chooses them: Huffman's construction, and which of equal sums comes first.

zlib keeps the subtrees in a binary heap, by count and then by depth, so its answer among many equally short
codes depends on how that heap sifts; here it sifts in the same way. Words that come out too long are
shortened by lengthening the cheapest words that still can grow.
"""

import numpy as np

from kompakt.classic.compiling import compiled, inlined


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
def choose_lengths(counts, limit, lengths):
    """Write the lengths of the words, at most `limit` bits, of the symbols that occur; return the last symbol.

    counts: int64 (n,), their sum below 2**16; lengths: uint8 (n,). A code has two words or more: where fewer
    symbols occur, the first ones get a word too.
    """
    symbols = counts.size
    weights = np.zeros(2 * symbols, np.int64)
    depths = np.zeros(2 * symbols, np.int64)
    parents = np.zeros(2 * symbols, np.int64)
    heap = np.zeros(2 * symbols + 2, np.int64)
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
    merged = np.empty(2 * symbols, np.int64)  # nodes as they leave the heap, the lightest first
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
    _measure(merged[:left], parents, symbols, limit, lengths)
    return last


@compiled
def _measure(merged, parents, symbols, limit, lengths):
    """Write the lengths that the tree gives to its leaves, none above `limit`."""
    bits = np.zeros(2 * symbols, np.int64)  # the root's stay 0
    of_length = np.zeros(limit + 1, np.int64)
    overflow = 0
    for i in range(merged.size - 1, -1, -1):
        node = merged[i]
        bits[node] = bits[parents[node]] + 1
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
