"""LZ77: what was seen before within 16 MiB is replaced by where it was and how long it is.

A sequence is a run of literals and a match that follows it. Five streams, so that the next stage can code
each by its own statistics:

    literals │ runs │ lengths │ distances │ extra bits

Runs, and lengths less MIN_MATCH, are one byte: a value below 224, or 224 + k for the values from 223 + 2**k
on, whose k extra bits say which. Distances are one byte: 0, 1, 2 for the last three different distances,
else class and two bits of the mantissa; the other bits are extra bits. Extra bits lie lowest first. What is
left after the last sequence is literals.

Decoding takes no memory beside its output and copies of the literals and extra bits.

Source: Ziv and Lempel, "A universal algorithm for sequential data compression", 1977; docs/CODECS.md.
"""

from collections.abc import Sequence

import numpy as np

from kompakt.classic import parts
from kompakt.classic.arrays import as_bytes, check_nothing, padded
from kompakt.classic.bits import read_bits
from kompakt.classic.compiling import compiled, inlined
from kompakt.classic.errors import StreamError
from kompakt.classic.lz77_matches import MIN_MATCH, WINDOW_BITS, find_sequences
from kompakt.classic.memory import WORD_BYTES, leading_zeros, load_le64, store_le64

PARTS = 5
_DIRECT = 224
_OLD_DISTANCES = 3
_SLACK_BYTES = 32  # behind buffers, for copies in whole words


def split(data: np.ndarray) -> list[np.ndarray]:
    """Return literals, runs, lengths, distances and extra bits of `data`, uint8; all are uint8."""
    data = as_bytes(data)
    if not data.size:
        return [data] * PARTS
    sequences = find_sequences(data)
    count = sequences.shape[0]
    codes = np.empty((3, count), np.uint8)
    literals = np.empty(data.size + _SLACK_BYTES, np.uint8)
    extra = np.empty(count * 12 + 2 * WORD_BYTES, np.uint8)
    source = padded(data, _SLACK_BYTES)
    literal_bytes, extra_bytes = _write(source, data.size, sequences, codes, literals, extra)
    return [literals[:literal_bytes], *codes, extra[:extra_bytes]]


def join(streams: Sequence[np.ndarray], raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) that the five `streams` say. Raises StreamError."""
    literals, runs, lengths, distances, extra = map(as_bytes, streams)
    if not runs.size == lengths.size == distances.size:
        raise StreamError("sequences are not whole")
    data = np.empty(raw_bytes + _SLACK_BYTES, np.uint8)
    literals = padded(literals, _SLACK_BYTES)
    if not _read(literals, runs, lengths, distances, padded(extra, WORD_BYTES), data):
        raise StreamError("a sequence reaches out of the block")
    return data[:raw_bytes]


def encode(data: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of `data`, uint8."""
    return parts.pack(split(data))


def decode(stream: np.ndarray, raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
    stream = as_bytes(stream)
    if not raw_bytes:
        return check_nothing(stream)
    return join(parts.unpack(stream, PARTS), raw_bytes)


@inlined
def _log2(number):
    return np.uint64(63) - leading_zeros(number)


@inlined
def _code_of_count(value):
    """Return code, extra bits and how many, of a run or length."""
    if value < np.uint64(_DIRECT):
        return value, np.uint64(0), np.uint64(0)
    over = value - np.uint64(_DIRECT - 1)
    bits = _log2(over)
    return np.uint64(_DIRECT) + bits, over ^ (np.uint64(1) << bits), bits


@inlined
def _code_of_distance(distance):
    """Return code, extra bits and how many, of a distance that is not one of the last three."""
    bits = _log2(distance)
    if bits < np.uint64(2):
        return np.uint64(_OLD_DISTANCES - 1) + distance, np.uint64(0), np.uint64(0)
    bits -= np.uint64(2)
    mantissa = distance >> bits  # 4 … 7
    code = np.uint64(_OLD_DISTANCES - 1) + (bits << np.uint64(2)) + mantissa
    return code, distance & ((np.uint64(1) << bits) - np.uint64(1)), bits


@compiled
def _write(data, data_bytes, sequences, codes, literals, extra):
    """Write the streams of `sequences`; return the bytes of literals and of extra bits."""
    at = np.uint64(0)
    literal_at = np.uint64(0)
    bits = np.uint64(0)
    count = np.uint64(0)
    extra_at = np.uint64(0)
    d0 = np.uint64(1)
    d1 = np.uint64(1)
    d2 = np.uint64(1)
    for i in range(sequences.shape[0]):
        run = np.uint64(sequences[i, 0])
        length = np.uint64(sequences[i, 1])
        distance = np.uint64(sequences[i, 2])
        for k in range(np.uint64(0), run, np.uint64(WORD_BYTES)):
            store_le64(literals, literal_at + k, load_le64(data, at + k))
        literal_at += run
        at += run + length
        code, value, more = _code_of_count(run)
        codes[0, i] = code
        bits |= value << count
        count += more
        code, value, more = _code_of_count(length - np.uint64(MIN_MATCH))
        codes[1, i] = code
        store_le64(extra, extra_at, bits)
        extra_at += count >> np.uint64(3)
        bits >>= count & np.uint64(0x38)
        count &= np.uint64(7)
        bits |= value << count
        count += more
        store_le64(extra, extra_at, bits)
        extra_at += count >> np.uint64(3)
        bits >>= count & np.uint64(0x38)
        count &= np.uint64(7)
        if distance == d0:
            codes[2, i] = 0
            continue
        if distance == d1:
            codes[2, i] = 1
        elif distance == d2:
            codes[2, i] = 2
            d2 = d1
        else:
            code, value, more = _code_of_distance(distance)
            codes[2, i] = code
            bits |= value << count
            count += more
            d2 = d1
        d1 = d0
        d0 = distance
    for k in range(np.uint64(0), np.uint64(data_bytes) - at, np.uint64(WORD_BYTES)):
        store_le64(literals, literal_at + k, load_le64(data, at + k))
    store_le64(extra, extra_at, bits)
    return literal_at + np.uint64(data_bytes) - at, extra_at + ((count + np.uint64(7)) >> np.uint64(3))


@inlined
def _copy_match(data, at, distance, length):
    """Copy `length` bytes from `distance` before; up to 7 bytes behind them are scratch."""
    if distance < np.uint64(WORD_BYTES):
        # A pattern of period d has period m = d · ceil(8 / d) too; after m - d bytes whole words can follow.
        period = distance * ((np.uint64(7) + distance) // distance)
        first = min(period - distance, length)
        for k in range(first):
            data[at + k] = data[at + k - distance]
        at += first
        length -= first
        distance = period
    source = at - distance
    for k in range(np.uint64(0), length, np.uint64(WORD_BYTES)):
        store_le64(data, at + k, load_le64(data, source + k))


@compiled
def _read(literals, runs, lengths, distances, extra, data):
    """Fill `data` but for its slack; False when a sequence or the literals do not fit."""
    end = np.uint64(data.size - _SLACK_BYTES)
    literal_end = np.uint64(literals.size - _SLACK_BYTES)
    last = np.uint64(extra.size - WORD_BYTES)
    position = np.uint64(0)
    at = np.uint64(0)
    literal_at = np.uint64(0)
    d0 = np.uint64(1)
    d1 = np.uint64(1)
    d2 = np.uint64(1)
    direct = np.uint64(_DIRECT)
    for i in range(np.uint64(runs.size)):
        run = np.uint64(runs[i])
        if run >= direct:
            bits = run - direct
            run = direct - np.uint64(1) + (np.uint64(1) << bits) + read_bits(extra, last, position, bits)
            position += bits
        length = np.uint64(lengths[i])
        if length >= direct:
            bits = length - direct
            length = direct - np.uint64(1) + (np.uint64(1) << bits) + read_bits(extra, last, position, bits)
            position += bits
        length += np.uint64(MIN_MATCH)
        code = np.uint64(distances[i])
        if code == np.uint64(0):
            distance = d0
        else:
            if code == np.uint64(1):
                distance = d1
            else:
                if code == np.uint64(2):
                    distance = d2
                else:
                    code -= np.uint64(_OLD_DISTANCES - 1)
                    bits = np.uint64(0)
                    if code >= np.uint64(8):
                        bits = (code >> np.uint64(2)) - np.uint64(1)
                        code = np.uint64(4) | code & np.uint64(3)
                    if bits > np.uint64(WINDOW_BITS):
                        return False
                    distance = code << bits | read_bits(extra, last, position, bits)
                    position += bits
                d2 = d1
            d1 = d0
            d0 = distance
        if run > literal_end - literal_at or run > end - at or length > end - at - run:
            return False
        for k in range(np.uint64(0), run, np.uint64(WORD_BYTES)):
            store_le64(data, at + k, load_le64(literals, literal_at + k))
        literal_at += run
        at += run
        if distance > at:
            return False
        _copy_match(data, at, distance, length)
        at += length
    rest = end - at
    if rest != literal_end - literal_at:
        return False
    for k in range(rest):
        data[at + k] = literals[literal_at + k]
    return (position + np.uint64(7)) >> np.uint64(3) == last
