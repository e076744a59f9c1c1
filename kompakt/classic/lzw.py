"""LZW: codes of 9 to 16 bits for strings that grow by one byte each time they are seen.

Codes 0 … 255 are bytes, RESET empties the table, and each code, but the one before a RESET, makes a new
entry: its string and the byte that follows. A code has as many bits as the newest entry needs. When all
65,536 entries are there the table stays as it is; as soon as a stretch of CHECK_BYTES takes an eighth more
bits than the best stretch did, the encoder resets it.

The decoder needs no strings: the string of an entry already stands in the output, one byte longer than the
code that made it. It takes 512 KiB and a copy of the stream beside its output.

Source: Welch, "A technique for high-performance data compression", 1984; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic.arrays import as_bytes, check_nothing, padded
from kompakt.classic.bits import read_bits
from kompakt.classic.compiling import compiled, inlined
from kompakt.classic.errors import StreamError
from kompakt.classic.memory import WORD_BYTES, load_le64, store_le64

RESET = 256
CHECK_BYTES = 1 << 14
_FIRST = 257
_WIDTH_MIN = 9
_ENTRIES = 1 << 16
_SLOT_BITS = 17
_NO_KEY = np.uint64(0)


def encode(data: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of `data`, uint8."""
    data = as_bytes(data)
    if not data.size:
        return np.zeros(0, np.uint8)
    stream = np.empty(2 * data.size + data.size // CHECK_BYTES * 2 + 3 * WORD_BYTES, np.uint8)
    return stream[: _encode(data, np.zeros(1 << _SLOT_BITS, np.uint64), stream)].copy()


def decode(stream: np.ndarray, raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
    stream = as_bytes(stream)
    if not raw_bytes:
        return check_nothing(stream)
    data = np.empty(raw_bytes + WORD_BYTES, np.uint8)
    begins = np.empty(_ENTRIES, np.uint32)
    lengths = np.empty(_ENTRIES, np.uint32)
    if not _decode(padded(stream, WORD_BYTES), begins, lengths, data):
        raise StreamError("codes do not fill the block, or name no entry")
    return data[:raw_bytes]


@inlined
def _wider(width, entries):
    """Return the width of a code when there are `entries`."""
    return width + np.uint64(1) if entries > np.uint64(1) << width else width


@inlined
def _find(slots, key):
    """Return the slot of `key`, or the free one for it. A slot holds key · 2**16 + code, never 0."""
    mask = np.uint64(slots.size - 1)
    slot = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _SLOT_BITS)
    while slots[slot] != _NO_KEY and slots[slot] >> np.uint64(16) != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _encode(data, slots, stream):
    """Write `stream` and return its length."""
    one = np.uint64(1)
    entries = np.uint64(_FIRST)
    width = np.uint64(_WIDTH_MIN)
    bits = np.uint64(0)
    count = np.uint64(0)
    at = np.uint64(0)
    check_at = np.uint64(0)  # where the stretch ends that is being measured
    best_bits = np.uint64(0)
    begin_bits = np.uint64(0)
    code = np.uint64(data[0])
    for i in range(one, np.uint64(data.size)):
        key = code << np.uint64(8) | np.uint64(data[i])
        slot = _find(slots, key)
        if slots[slot] != _NO_KEY:
            code = slots[slot] & np.uint64(0xFFFF)
            continue
        bits |= code << count
        count += width
        store_le64(stream, at, bits)
        at += count >> np.uint64(3)
        bits >>= count & np.uint64(0x38)
        count &= np.uint64(7)
        code = np.uint64(data[i])
        if entries < np.uint64(_ENTRIES):
            slots[slot] = key << np.uint64(16) | entries
            entries += one
            width = _wider(width, entries)
            if entries == np.uint64(_ENTRIES):
                check_at = i + np.uint64(CHECK_BYTES)
                begin_bits = at << np.uint64(3)
                best_bits = np.uint64(1 << 62)
        elif i >= check_at:
            spent = (at << np.uint64(3)) - begin_bits
            if spent > best_bits + (best_bits >> np.uint64(3)) or spent >= np.uint64(8 * CHECK_BYTES):
                bits |= np.uint64(RESET) << count
                count += width
                entries = np.uint64(_FIRST)
                width = np.uint64(_WIDTH_MIN)
                slots[:] = _NO_KEY
            best_bits = min(best_bits, spent)
            begin_bits = at << np.uint64(3)
            check_at = i + np.uint64(CHECK_BYTES)
    bits |= code << count
    count += width
    store_le64(stream, at, bits)
    return at + ((count + np.uint64(7)) >> np.uint64(3))


@compiled
def _decode(stream, begins, lengths, data):
    """Fill `data` but for its slack; False when a code or the end is wrong."""
    one = np.uint64(1)
    last = np.uint64(stream.size - WORD_BYTES)
    end = np.uint64(data.size - WORD_BYTES)
    entries = np.uint64(_FIRST)
    width = np.uint64(_WIDTH_MIN)
    position = np.uint64(0)
    at = np.uint64(0)
    while at < end:
        code = read_bits(stream, last, position, width)
        position += width
        length = one
        if code < np.uint64(RESET):
            data[at] = code
        elif code == np.uint64(RESET):
            entries = np.uint64(_FIRST)
            width = np.uint64(_WIDTH_MIN)
            continue
        elif code >= entries:
            return False
        else:
            begin = np.uint64(begins[code])
            length = np.uint64(lengths[code])
            if length > end - at:
                return False
            if begin + length > at:  # the newest entry: its last byte is the first of this string
                for k in range(length):
                    data[at + k] = data[begin + k]
            else:
                for k in range(np.uint64(0), length, np.uint64(WORD_BYTES)):
                    store_le64(data, at + k, load_le64(data, begin + k))
        if entries < np.uint64(_ENTRIES):
            begins[entries] = at
            lengths[entries] = length + one
            entries += one
            width = _wider(width, entries)
        at += length
    return (position + np.uint64(7)) >> np.uint64(3) == last
