"""How often each byte value occurs, and these counts scaled to a power of two for coders that need that."""

import numpy as np

from kompakt.classic.compiling import compiled


def histogram(data: np.ndarray) -> np.ndarray:
    """Return how often each value stands in `data`, uint8: int64 (256,)."""
    tables = np.zeros((4, 256), np.uint32)
    _count(data, tables)
    return tables.sum(axis=0, dtype=np.int64)


def normalised(counts: np.ndarray, bits: int) -> np.ndarray:
    """Return frequencies, uint32 (256,), that sum to 2**bits and are 0 only where the count is 0.

    counts: int64 (256,), not all 0, sum below 2**40
    Each rounding step is the one that costs the fewest bits, by the derivative of count · log2(frequency).
    """
    frequencies = np.zeros(256, np.uint32)
    _normalise(counts, np.int64(1 << bits), frequencies)
    return frequencies


@compiled
def _count(data, tables):
    """Four tables, so that a run of one value does not wait for its own last increment."""
    whole = data.size - data.size % 4
    for i in range(np.uint64(0), np.uint64(whole), np.uint64(4)):
        tables[0, data[i]] += np.uint32(1)
        tables[1, data[i + np.uint64(1)]] += np.uint32(1)
        tables[2, data[i + np.uint64(2)]] += np.uint32(1)
        tables[3, data[i + np.uint64(3)]] += np.uint32(1)
    for i in range(whole, data.size):
        tables[0, data[i]] += np.uint32(1)


@compiled
def _normalise(counts, total, frequencies):
    counted = np.int64(0)
    for symbol in range(256):
        counted += counts[symbol]
    missing = total
    for symbol in range(256):
        if counts[symbol]:
            share = (2 * counts[symbol] * total + counted) // (2 * counted)
            frequencies[symbol] = max(1, share)
            missing -= np.int64(frequencies[symbol])
    while missing:
        # One step up gains count / (f + 1/2), one step down costs count / (f - 1/2).
        step = np.int64(1 if missing > 0 else -1)
        best = -1
        for symbol in range(256):
            if not counts[symbol] or (step < 0 and frequencies[symbol] == 1):
                continue
            if best < 0:
                best = symbol
                continue
            own = counts[symbol] * (2 * np.int64(frequencies[best]) + step)
            other = counts[best] * (2 * np.int64(frequencies[symbol]) + step)
            if own * step > other * step:
                best = symbol
        frequencies[best] = np.int64(frequencies[best]) + step
        missing -= step
