"""Empirical entropies, and what each byte costs an adaptive model of order 2."""

import numpy as np

from kompakt.classic.compiling import compiled
from kompakt.classic.orders import p16_of, rates, updated

ORDERS = 5


def entropies(data: np.ndarray) -> list[float]:
    """Return the entropy of a byte after 0 … 4 bytes before it, bits a byte, by the data's own counts.

    data: uint8 (n,), n > 0
    A decoder would have to be told the counts: of high orders they are longer than the data, and the entropy
    of a short sample is too low.
    """
    found = []
    before = 0.0  # entropy of strings of the length of the context, in bits
    for order in range(min(ORDERS, data.size)):
        strings = _strings(data, order + 1)
        _, counts = np.unique(strings, return_counts=True)
        whole = _bits(counts)
        found.append(max(whole - before, 0.0) / strings.size)
        # The last string of the longer length has no successor: drop it from the contexts to come.
        _, counts = np.unique(strings[:-1], return_counts=True)
        before = _bits(counts)
    return found + [0.0] * (ORDERS - len(found))


def _strings(data: np.ndarray, length: int) -> np.ndarray:
    """Return all strings of `length` bytes as numbers."""
    kind = np.uint8 if length == 1 else np.uint32 if length <= 4 else np.uint64
    size = data.size - length + 1
    strings = np.zeros(size, kind)
    for k in range(length):
        strings = (strings << kind(8 if k else 0)) | data[k : k + size].astype(kind)
    return strings


def _bits(counts: np.ndarray) -> float:
    total = counts.sum()
    return float((counts * (np.log2(total) - np.log2(counts))).sum()) if total else 0.0


def byte_costs(data: np.ndarray) -> np.ndarray:
    """Return what each byte of `data`, uint8 (n,), costs an adaptive model of order 2: bits, float32 (n,)."""
    table = np.arange(1 << 16, dtype=np.float32)
    table[0] = 1
    bits = (16 - np.log2(table)).astype(np.float32)
    costs = np.zeros(data.size, np.float32)
    _add_costs(data, np.zeros(1 << 24, np.uint32), rates(), bits, costs)
    return costs


@compiled
def _add_costs(data, counters, steps, bits, costs):
    history = np.uint64(0)
    for i in range(np.uint64(data.size)):
        base = (history & np.uint64(0xFFFF)) << np.uint64(8)
        node = np.uint64(1)
        byte = np.uint64(data[i])
        cost = np.float32(0)
        for shift in range(np.uint64(8)):
            bit = (byte >> (np.uint64(7) - shift)) & np.uint64(1)
            counter = counters[base + node]
            p16 = p16_of(counter)
            cost += bits[p16 if bit else np.uint64(65536) - p16]
            counters[base + node] = updated(counter, bit, steps)
            node = node << np.uint64(1) | bit
        costs[i] = cost
        history = history << np.uint64(8) | byte
