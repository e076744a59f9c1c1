"""Burrows-Wheeler transform: the byte before each suffix, in the order of the suffixes.

What comes before like things is alike, so the text is full of runs. It is no shorter than the data; `mtf`
and an entropy coder make it so. The way back follows, from the row of a suffix, the row of the suffix one
byte longer; that is one random access to memory a byte, so eight walks go side by side, each through an
eighth of the block.

    rows │ text

Rows are those of the suffixes that begin at each eighth, u32; blocks below WALKS_FROM_BYTES have the first
only.

Decoding takes 4 bytes a byte of the block, 8 from 16 MiB on.

Source: Burrows and Wheeler, "A block-sorting lossless data compression algorithm", 1994; docs/CODECS.md.
"""

from collections.abc import Sequence

import numpy as np

from kompakt.classic import parts
from kompakt.classic.arrays import as_bytes, check_nothing
from kompakt.classic.compiling import compiled
from kompakt.classic.errors import StreamError
from kompakt.classic.suffix_array import suffix_array

PARTS = 2
WALKS_FROM_BYTES = 4096
_WALKS = 8
_SYMBOL_BITS = 8
_SMALL_ROWS = 1 << 32 - _SYMBOL_BITS


def split(data: np.ndarray) -> list[np.ndarray]:
    """Return rows and text of `data`, uint8, below 2**31 bytes; both are uint8."""
    data = as_bytes(data)
    if not data.size:
        return [data] * PARTS
    order = suffix_array(data)
    begins = _begins(data.size)
    rows = np.zeros(begins.size, np.uint32)
    text = np.empty(data.size, np.uint8)
    _transform(data, order, begins, rows, text)
    return [rows.astype("<u4", copy=False).view(np.uint8), text]


def join(streams: Sequence[np.ndarray], raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) whose rows and text are `streams`. Raises StreamError."""
    coded_rows, text = map(as_bytes, streams)
    begins = _begins(raw_bytes)
    if text.size != raw_bytes or coded_rows.size != 4 * begins.size:
        raise StreamError("text and rows have other lengths than the block")
    rows = coded_rows.view("<u4").astype(np.int64)
    if rows.min() < 1 or rows.max() > raw_bytes:
        raise StreamError("a row lies outside of the block")
    small = raw_bytes < _SMALL_ROWS
    steps = np.empty(raw_bytes + 1, np.uint32 if small else np.uint64)
    data = np.empty(raw_bytes, np.uint8)
    _link(text, rows[0], steps)
    ends = np.append(begins[1:], raw_bytes)
    if not _walk(steps, rows, np.append(rows[1:], 0), begins, ends, data):
        raise StreamError("the rows do not lead to each other")
    return data


def encode(data: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of `data`, uint8."""
    return parts.pack(split(data))


def decode(stream: np.ndarray, raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
    stream = as_bytes(stream)
    if not raw_bytes:
        return check_nothing(stream)
    return join(parts.unpack(stream, PARTS), raw_bytes)


def _begins(raw_bytes: int) -> np.ndarray:
    """Return where the walks of a block end: int64, ascending, the first is 0."""
    walks = _WALKS if raw_bytes >= WALKS_FROM_BYTES else 1
    return np.arange(walks, dtype=np.int64) * (raw_bytes // walks)


@compiled
def _transform(data, order, begins, rows, text):
    """Write `rows` and `text`: row 0 is the empty suffix; suffix 0 has no byte before it and is left out."""
    text[0] = data[data.size - 1]
    at = 1
    width = begins[1] if begins.size > 1 else np.int64(data.size)
    for i in range(order.size):
        suffix = order[i]
        if suffix % width == 0 and suffix // width < begins.size:
            rows[suffix // width] = i + 1
        if suffix:
            text[at] = data[np.uint64(suffix) - np.uint64(1)]
            at += 1


@compiled
def _link(text, first_row, steps):
    """Write for each row: the row of the suffix one byte longer, times 256, and that byte."""
    heads = np.zeros(256, np.int64)
    for i in range(text.size):
        heads[text[i]] += 1
    total = np.int64(1)
    for symbol in range(256):
        count = heads[symbol]
        heads[symbol] = total
        total += count
    steps[first_row] = 0
    row = np.uint64(0)
    for i in range(np.uint64(text.size)):
        if row == np.uint64(first_row):
            row += np.uint64(1)
        symbol = text[i]
        steps[row] = np.uint64(heads[symbol]) << np.uint64(_SYMBOL_BITS) | np.uint64(symbol)
        heads[symbol] += 1
        row += np.uint64(1)


@compiled
def _walk(steps, rows, from_rows, begins, ends, data):
    """Fill `data`, every walk from `ends` down to `begins`; False when one does not arrive at its row."""
    walks = begins.size
    now = from_rows.astype(np.uint64)
    at = ends.astype(np.uint64)
    shared = begins[1] if walks > 1 else np.int64(0)
    for _ in range(shared):
        for k in range(walks):
            step = steps[now[k]]
            at[k] -= np.uint64(1)
            data[at[k]] = step & np.uint64(0xFF)
            now[k] = step >> np.uint64(_SYMBOL_BITS)
    arrived = True
    for k in range(walks):
        while at[k] > np.uint64(begins[k]):
            step = steps[now[k]]
            at[k] -= np.uint64(1)
            data[at[k]] = step & np.uint64(0xFF)
            now[k] = step >> np.uint64(_SYMBOL_BITS)
        arrived = arrived and now[k] == np.uint64(rows[k])
    return arrived
