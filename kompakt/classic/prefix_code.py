"""Canonical prefix codes: the stream that Shannon, Shannon-Fano and Huffman codes share.

The codes differ only in how they choose the length of each code word, and the lengths say all: code words
of one length are consecutive numbers in the order of their symbols, shorter ones come first. So any decoder
here decodes them all.

    stream: lengths in nibbles │ bytes of all lanes but the last, varints │ lanes

A block of LANES_FROM_BYTES or more is cut into four lanes of equal length (the last may be shorter), so
that a decoder has four independent chains of work. Bits are written highest first. A decoder takes
MAX_LENGTH-bit tables (32 KiB) and a copy of the stream beside its output: memory <= raw_bytes + stream + 64
KiB.

Source: Schwartz and Kallick, "Generating a canonical prefix encoding", 1964; docs/CODECS.md.
"""

from collections.abc import Sequence

import numpy as np

from kompakt.classic.arrays import as_bytes, check_nothing, padded
from kompakt.classic.compiling import compiled, inlined
from kompakt.classic.errors import StreamError
from kompakt.classic.memory import WORD_BYTES, load_be64, store_be64
from kompakt.classic.varint import read_varint, varint

MAX_LENGTH = 14  # bits; four code words fit the 57 bits that a load of 64 at a byte boundary gives
LANES_FROM_BYTES = 4096
_LANES = 4
_NO_SYMBOL = 0x80  # flag in a decoding entry
_MAX_HEADER_BYTES = 256


def encode(data: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the stream of `data`, uint8, coded with words of `lengths`, uint8 (256,).

    lengths: 1 … MAX_LENGTH bits for every value in `data`, 0 for others; sum of 2**-length <= 1
    """
    data = as_bytes(data)
    if not data.size:
        return np.zeros(0, np.uint8)
    words = code_words(lengths)
    lanes, lane_bytes = lane_shape(data.size)
    room = data.size * MAX_LENGTH // 8 + 1 + (lanes + 1) * WORD_BYTES
    coded = np.empty(room, np.uint8)
    ends = np.zeros(lanes, np.int64)
    _write(data, words, np.int64(lane_bytes), coded, ends)
    return joined(packed_lengths(lengths), np.split(coded[: ends[-1]], ends[:-1]))


def packed_lengths(lengths: np.ndarray) -> np.ndarray:
    """Return how a stream with words of `lengths`, uint8 (256,), begins: uint8."""
    header = np.zeros(_MAX_HEADER_BYTES, np.uint8)
    return header[: _pack_lengths(lengths, header)]


def code_words(lengths: np.ndarray) -> np.ndarray:
    """Return the canonical words of `lengths`, uint8 (256,): uint64 (256,), code · 16 + length."""
    words = np.zeros(256, np.uint64)
    _assign(lengths, words)
    return words


def joined(header: np.ndarray, lanes: Sequence[np.ndarray]) -> np.ndarray:
    """Return the stream, uint8, of packed lengths and the bytes of each lane."""
    sizes = b"".join(varint(lane.size) for lane in lanes[:-1])
    return np.concatenate([header, np.frombuffer(sizes, np.uint8), *lanes])


def decode(stream: np.ndarray, raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
    stream = as_bytes(stream)
    if not raw_bytes:
        return check_nothing(stream)
    table, body, ends = opened(stream, raw_bytes)
    _, lane_bytes = lane_shape(raw_bytes)
    data = np.empty(raw_bytes, np.uint8)
    if not _read(body, ends, table, np.uint64(65 - table.size.bit_length()), np.int64(lane_bytes), data):
        raise StreamError("code words do not end where their lane ends")
    return data


def opened(stream: np.ndarray, raw_bytes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what a stream of a block of `raw_bytes` > 0 holds. Raises StreamError.

    table: uint16 (2**bits,), for every index that begins with a word: symbol · 256 + length
    body:  uint8, the lanes, and WORD_BYTES of zeros
    ends:  int64 (lanes,), where each lane ends in it
    """
    lengths = np.zeros(256, np.uint8)
    at = _unpack_lengths(stream, lengths)
    if at < 0:
        raise StreamError("code lengths are damaged")
    table_bits = int(lengths.max())
    table = np.full(1 << table_bits, _NO_SYMBOL | 1, np.uint16)
    if not table_bits or not _fill_table(lengths, table):
        raise StreamError("code lengths make no prefix code")
    lanes, _ = lane_shape(raw_bytes)
    sizes = []
    for _ in range(lanes - 1):
        size, at = read_varint(stream, at)
        sizes.append(size)
    body = padded(stream[at:], WORD_BYTES)
    sizes.append(body.size - WORD_BYTES - sum(sizes))
    if sizes[-1] < 0:
        raise StreamError("lanes are longer than the stream")
    return table, body, np.cumsum(sizes)


def lane_shape(raw_bytes: int) -> tuple[int, int]:
    """Return the number of lanes and the bytes in each but the last."""
    if raw_bytes < LANES_FROM_BYTES:
        return 1, raw_bytes
    return _LANES, -(-raw_bytes // _LANES)


@compiled
def _pack_lengths(lengths, header):
    """Write nibbles: 0 n is a run of n + 1 zeros, 15 n is n + 3 times the length before. Return the bytes."""
    nibbles = 0
    symbol = 0
    while symbol < 256:
        length = lengths[symbol]
        run = 1
        while symbol + run < 256 and lengths[symbol + run] == length and run < (16 if length == 0 else 19):
            run += 1
        first = np.uint8(0) if length == 0 else np.uint8(length)
        nibbles = _put_nibble(header, nibbles, first)
        if length == 0:
            nibbles = _put_nibble(header, nibbles, np.uint8(run - 1))
        elif run > 3:
            nibbles = _put_nibble(header, nibbles, np.uint8(15))
            nibbles = _put_nibble(header, nibbles, np.uint8(run - 4))
        else:
            run = 1
        symbol += run
    return (nibbles + 1) // 2


@inlined
def _put_nibble(header, nibbles, value):
    header[nibbles >> 1] |= value << np.uint8(0 if nibbles & 1 else 4)
    return nibbles + 1


@compiled
def _unpack_lengths(stream, lengths):
    """Fill `lengths` and return where the header ends, or -1."""
    symbol = 0
    nibbles = 0
    last = np.uint8(0)
    while symbol < 256:
        if nibbles + 1 >= 2 * stream.size:
            return -1
        value = (stream[nibbles >> 1] >> np.uint8(0 if nibbles & 1 else 4)) & np.uint8(15)
        nibbles += 1
        run = 1
        if value == 0 or value == 15:
            count = (stream[nibbles >> 1] >> np.uint8(0 if nibbles & 1 else 4)) & np.uint8(15)
            nibbles += 1
            run = np.int64(count) + (1 if value == 0 else 3)
        if value == 15:
            value = last
        if symbol + run > 256:
            return -1
        for _ in range(run):
            lengths[symbol] = value
            symbol += 1
        last = value
    return (nibbles + 1) // 2


@compiled
def _assign(lengths, words):
    """Write the canonical code words: code · 16 + length."""
    code = np.uint64(0)
    for length in range(1, MAX_LENGTH + 1):
        code <<= np.uint64(1)
        for symbol in range(256):
            if lengths[symbol] == length:
                words[symbol] = code << np.uint64(4) | np.uint64(length)
                code += np.uint64(1)


@compiled
def _fill_table(lengths, table):
    """Write symbol · 256 + length for every table index that begins with its word; False if words collide."""
    at = 0
    bits = 0
    while (1 << bits) < table.size:
        bits += 1
    for length in range(1, bits + 1):
        for symbol in range(256):
            if lengths[symbol] == length:
                end = at + (1 << (bits - length))
                if end > table.size:
                    return False
                for index in range(at, end):
                    table[index] = symbol << 8 | length
                at = end
    return True


@compiled
def _write(data, words, lane_bytes, coded, ends):
    at = np.uint64(0)
    for lane in range(ends.size):
        begin = lane * lane_bytes
        at = _write_lane(data[begin : begin + lane_bytes], words, coded, at)
        ends[lane] = at


@inlined
def _write_lane(data, words, coded, at):
    """Write the code words of `data` to coded[at:]; return the end. Up to 8 bytes behind it are scratch."""
    bits = np.uint64(0)
    count = np.uint64(0)  # of bits not written yet: below 8 between steps
    whole = data.size - data.size % 4
    for i in range(np.uint64(0), np.uint64(whole), np.uint64(4)):
        for k in range(np.uint64(4)):
            word = words[data[i + k]]
            length = word & np.uint64(15)
            bits = bits << length | word >> np.uint64(4)
            count += length
        store_be64(coded, at, bits << (np.uint64(64) - count))
        at += count >> np.uint64(3)
        count &= np.uint64(7)
    for i in range(whole, data.size):
        word = words[data[i]]
        length = word & np.uint64(15)
        bits = bits << length | word >> np.uint64(4)
        count += length
        store_be64(coded, at, bits << (np.uint64(64) - count))
        at += count >> np.uint64(3)
        count &= np.uint64(7)
    return at + np.uint64(1 if count else 0)


@inlined
def _load(body, position, last):
    """Return 57 bits or more from bit `position` on; behind the end, whatever the padding holds."""
    return load_be64(body, min(position >> np.uint64(3), last)) << (position & np.uint64(7))


@inlined
def _read_tail(body, last, table, shift, position, data, at, end, seen):
    """Decode data[at:end] from bit `position` on; return the bit behind it, and the entries seen."""
    for i in range(at, end):
        entry = table[_load(body, position, last) >> shift]
        data[i] = entry >> np.uint16(8)
        position += np.uint64(entry & np.uint16(15))
        seen |= entry
    return position, seen


@compiled
def _read(body, ends, table, shift, lane_bytes, data):
    """Decode all lanes side by side; False when one does not end where it should, or has no such word."""
    last = np.uint64(body.size - WORD_BYTES)
    seen = np.uint16(0)
    p0 = np.uint64(0)
    if ends.size == 1:
        p0, seen = _read_tail(body, last, table, shift, p0, data, 0, data.size, seen)
        return (p0 + np.uint64(7)) >> np.uint64(3) == np.uint64(ends[0]) and not seen & _NO_SYMBOL
    p1 = np.uint64(ends[0]) << np.uint64(3)
    p2 = np.uint64(ends[1]) << np.uint64(3)
    p3 = np.uint64(ends[2]) << np.uint64(3)
    d0 = data[:lane_bytes]
    d1 = data[lane_bytes : 2 * lane_bytes]
    d2 = data[2 * lane_bytes : 3 * lane_bytes]
    d3 = data[3 * lane_bytes :]
    whole = d3.size - d3.size % 4
    for i in range(np.uint64(0), np.uint64(whole), np.uint64(4)):
        w0 = _load(body, p0, last)
        w1 = _load(body, p1, last)
        w2 = _load(body, p2, last)
        w3 = _load(body, p3, last)
        for k in range(np.uint64(4)):
            e0 = table[w0 >> shift]
            e1 = table[w1 >> shift]
            e2 = table[w2 >> shift]
            e3 = table[w3 >> shift]
            d0[i + k] = e0 >> np.uint16(8)
            d1[i + k] = e1 >> np.uint16(8)
            d2[i + k] = e2 >> np.uint16(8)
            d3[i + k] = e3 >> np.uint16(8)
            l0 = np.uint64(e0 & np.uint16(15))
            l1 = np.uint64(e1 & np.uint16(15))
            l2 = np.uint64(e2 & np.uint16(15))
            l3 = np.uint64(e3 & np.uint16(15))
            w0 <<= l0
            w1 <<= l1
            w2 <<= l2
            w3 <<= l3
            p0 += l0
            p1 += l1
            p2 += l2
            p3 += l3
            seen |= e0 | e1 | e2 | e3
    p0, seen = _read_tail(body, last, table, shift, p0, d0, whole, d0.size, seen)
    p1, seen = _read_tail(body, last, table, shift, p1, d1, whole, d1.size, seen)
    p2, seen = _read_tail(body, last, table, shift, p2, d2, whole, d2.size, seen)
    p3, seen = _read_tail(body, last, table, shift, p3, d3, whole, d3.size, seen)
    if seen & np.uint16(_NO_SYMBOL):
        return False
    seven = np.uint64(7)
    three = np.uint64(3)
    return (
        (p0 + seven) >> three == np.uint64(ends[0])
        and (p1 + seven) >> three == np.uint64(ends[1])
        and (p2 + seven) >> three == np.uint64(ends[2])
        and (p3 + seven) >> three == np.uint64(ends[3])
    )
