"""Move to front, and runs of zeros as numbers: what makes a Burrows-Wheeler text skewed.

Every byte is replaced by how many different ones were seen since it was last seen. A run of n zeros is
written in the digits 1 and 2 (bijective base 2, lowest first: 0 stands for 1, 1 for 2); rank r from 1 to
253 is r + 1, the ranks 254 and 255 are 255 and a byte 0 or 1. So bytes stay bytes.

Decoding takes no memory beside its output.

Source: Bentley, Sleator, Tarjan and Wei, "A locally adaptive data compression scheme", 1986; the runs:
Wheeler, in bzip, 1996; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic.arrays import as_bytes, check_nothing
from kompakt.classic.compiling import compiled, inlined
from kompakt.classic.errors import StreamError

_ESCAPE = 255
_FIRST_ESCAPED = 254
_RUN_DIGITS_MAX = 40


def encode(data: np.ndarray) -> np.ndarray:
    """Return the ranks, uint8, of `data`, uint8; at most twice as long."""
    data = as_bytes(data)
    ranks = np.empty(2 * data.size, np.uint8)
    return ranks[: _encode(data, np.arange(256, dtype=np.uint8), ranks)].copy()


def decode(stream: np.ndarray, raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) whose ranks are `stream`. Raises StreamError."""
    stream = as_bytes(stream)
    if not raw_bytes:
        return check_nothing(stream)
    data = np.empty(raw_bytes, np.uint8)
    if not _decode(stream, np.arange(256, dtype=np.uint8), data):
        raise StreamError("ranks do not fill the block")
    return data


@inlined
def _put_run(run, ranks, at):
    while run > np.uint64(0):
        run -= np.uint64(1)
        ranks[at] = run & np.uint64(1)
        run >>= np.uint64(1)
        at += np.uint64(1)
    return at


@compiled
def _encode(data, recent, ranks):
    at = np.uint64(0)
    run = np.uint64(0)
    for i in range(np.uint64(data.size)):
        symbol = data[i]
        if recent[0] == symbol:
            run += np.uint64(1)
            continue
        at = _put_run(run, ranks, at)
        run = np.uint64(0)
        moved = recent[0]
        recent[0] = symbol
        rank = np.uint64(0)
        while moved != symbol:
            rank += np.uint64(1)
            moved, recent[rank] = recent[rank], moved
        if rank < np.uint64(_FIRST_ESCAPED):
            ranks[at] = rank + np.uint64(1)
        else:
            ranks[at] = _ESCAPE
            at += np.uint64(1)
            ranks[at] = rank - np.uint64(_FIRST_ESCAPED)
        at += np.uint64(1)
    return _put_run(run, ranks, at)


@compiled
def _decode(stream, recent, data):
    """Fill `data`; False when the stream ends before or behind it."""
    at = np.uint64(0)
    i = np.uint64(0)
    while i < np.uint64(stream.size):
        run = np.uint64(0)
        digits = np.uint64(0)
        while i < np.uint64(stream.size) and stream[i] < 2:
            run += np.uint64(stream[i] + 1) << min(digits, np.uint64(_RUN_DIGITS_MAX))
            digits += np.uint64(1)
            i += np.uint64(1)
        if run > np.uint64(data.size) - at:
            return False
        for k in range(run):
            data[at + k] = recent[0]
        at += run
        if i == np.uint64(stream.size):
            break
        rank = np.uint64(stream[i]) - np.uint64(1)
        i += np.uint64(1)
        if rank == np.uint64(_ESCAPE - 1):
            if i == np.uint64(stream.size) or stream[i] > 1:
                return False
            rank += np.uint64(stream[i])
            i += np.uint64(1)
        if at == np.uint64(data.size):
            return False
        symbol = recent[rank]
        while rank > np.uint64(0):
            recent[rank] = recent[rank - np.uint64(1)]
            rank -= np.uint64(1)
        recent[0] = symbol
        data[at] = symbol
        at += np.uint64(1)
    return at == np.uint64(data.size)
