"""The bounds that codes are compared with, by the data's own counts."""

import heapq
import math

import numpy as np


def entropy_bytes(data: np.ndarray, order: int) -> int:
    """Return the empirical entropy of `data`, uint8, each byte after `order` others, 0 or 1; in bytes.

    A decoder would have to be told the counts, which this leaves out.
    """
    symbols = data.astype(np.int64)
    contexts = np.zeros_like(symbols)
    if order:
        contexts[1:] = symbols[:-1]
    pairs = np.bincount(contexts << 8 | symbols, minlength=1 << 16).reshape(256, 256)
    seen = pairs.sum(axis=1, keepdims=True).repeat(256, axis=1)[pairs > 0]
    pairs = pairs[pairs > 0]
    return math.ceil((pairs * np.log2(seen / pairs)).sum() / 8)


def huffman_tree_bits(counts: np.ndarray) -> int:
    """Return the bits of a Huffman code without limit or header: the sum of all inner nodes.

    counts: int (256,), of each symbol
    """
    heap = [int(count) for count in counts if count]
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        pair = heapq.heappop(heap) + heapq.heappop(heap)
        cost += pair
        heapq.heappush(heap, pair)
    return cost
