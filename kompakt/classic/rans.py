"""Static order-0 rANS: four interleaved 32-bit states, 16-bit words, frequencies that sum to 2**12 … 2**14.

A state x is one big number. Coding a symbol of frequency f in [start, start + f) replaces it by

    x' = (x // f) · 2**bits + start + x mod f,

log2(2**bits / f) bits longer; x stays in [2**16, 2**32) by moving its lower half to the stream first, which
is at most one word a symbol. Decoding goes the other way round, so the encoder begins at the last symbol.
Symbol i belongs to state i mod 4.

    stream: bits, u8 │ frequencies, varints, 0 n for a run of n zeros │ states, 4 × u32 │ words, u16

A decoder takes tables of 20 KiB and a copy of the stream beside its output.

Source: Duda, "Asymmetric numeral systems", arXiv:1311.2540, 2013; Giesen, "Interleaved entropy coders",
arXiv:1402.3392, 2014; docs/CODECS.md.
"""

import numpy as np

from kompakt.classic.arrays import as_bytes, check_nothing
from kompakt.classic.compiling import compiled, inlined
from kompakt.classic.errors import StreamError
from kompakt.classic.frequencies import histogram, normalised
from kompakt.classic.varint import read_varint, varint

BITS_MIN, BITS_MAX = 12, 14
_FINE_FROM_BYTES = 1 << 14  # where finer frequencies win more than their header costs
_LOWEST = 1 << 16
_STATES = 4


def encode(data: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of `data`, uint8."""
    data = as_bytes(data)
    if not data.size:
        return np.zeros(0, np.uint8)
    bits, frequencies = frequencies_of(data)
    states = np.full(_STATES, _LOWEST, np.uint32)
    words = np.empty(data.size + 1, np.uint16)
    first = _encode(data, coding_rows(frequencies, bits), np.uint64(bits), states, words)
    return joined(np.frombuffer(packed_frequencies(bits, frequencies), np.uint8), states, words[first:-1])


def frequencies_of(data: np.ndarray) -> tuple[int, np.ndarray]:
    """Return the scale in bits and the frequencies, uint32 (256,), that suit `data`, uint8 (n > 0,)."""
    bits = BITS_MAX if data.size >= _FINE_FROM_BYTES else BITS_MIN
    return bits, normalised(histogram(data), bits)


def joined(header: np.ndarray, states: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Return the stream, uint8, of packed frequencies, the last states, uint32, and words, uint16."""
    states, words = states.astype("<u4"), words.astype("<u2", copy=False)
    return np.concatenate([header, states.view(np.uint8), words.view(np.uint8)])


def decode(stream: np.ndarray, raw_bytes: int) -> np.ndarray:
    """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
    stream = as_bytes(stream)
    if not raw_bytes:
        return check_nothing(stream)
    bits, frequencies, states, words = opened(stream)
    symbols = np.repeat(np.arange(256, dtype=np.uint8), frequencies)
    starts = np.cumsum(frequencies) - frequencies
    rows = (frequencies << 16 | starts).astype(np.uint32)
    data = np.empty(raw_bytes, np.uint8)
    if not _decode(states, words, symbols, rows, np.uint64(bits), data):
        raise StreamError("states do not end where they began")
    return data


def opened(stream: np.ndarray) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Return what a stream holds. Raises StreamError.

    bits, frequencies: int64 (256,), of sum 2**bits
    states: uint32 (4,); words: uint16, and one of padding
    """
    bits, frequencies, at = _unpack_frequencies(stream)
    body = stream[at:]
    if body.size < 4 * _STATES or body.size % 2:
        raise StreamError("states and words are not whole")
    states = body[: 4 * _STATES].view("<u4").astype(np.uint32)
    words = np.append(body[4 * _STATES :].view("<u2"), np.uint16(0)).astype(np.uint16, copy=False)
    return bits, frequencies, states, words


def packed_frequencies(bits: int, frequencies: np.ndarray) -> bytes:
    """Return how a stream begins."""
    packed = bytearray([bits])
    symbol = 0
    while symbol < 256:
        packed += varint(int(frequencies[symbol]))
        run = 1
        if not frequencies[symbol]:
            while symbol + run < 256 and not frequencies[symbol + run]:
                run += 1
            packed += varint(run)
        symbol += run
    return bytes(packed)


def _unpack_frequencies(stream: np.ndarray) -> tuple[int, np.ndarray, int]:
    """Return bits, frequencies, int64 (256,), and where they end. Raises StreamError."""
    if not stream.size or not BITS_MIN <= stream[0] <= BITS_MAX:
        raise StreamError("frequencies have an unknown scale")
    bits, at = int(stream[0]), 1
    frequencies = np.zeros(256, np.int64)
    symbol = 0
    while symbol < 256:
        frequency, at = read_varint(stream, at)
        run = 1
        if frequency:
            frequencies[symbol] = min(frequency, 1 << 16)
        else:
            run, at = read_varint(stream, at)
        symbol += max(run, 1)
    if symbol > 256 or frequencies.sum() != 1 << bits:
        raise StreamError("frequencies do not sum to their scale")
    return bits, frequencies, at


def coding_rows(frequencies: np.ndarray, bits: int) -> np.ndarray:
    """Return what the encoder needs of each symbol, uint64 (256, 5): frequency, start, factor, addend, shift.

    x // f = (x · factor + addend) >> shift for all x < 2**32. Source: Robison, "N-bit unsigned division via
    N-bit multiply-add", 2005.
    """
    rows = np.zeros((256, 5), np.uint64)
    start = 0
    for symbol in np.flatnonzero(frequencies):
        frequency = int(frequencies[symbol])
        rows[symbol] = (frequency, start, *reciprocal(frequency))
        start += frequency
    return rows


def reciprocal(divisor: int) -> tuple[int, int, int]:
    """Return factor and addend, below 2**32, and shift: x // divisor = (x · factor + addend) >> shift."""
    whole = divisor.bit_length() - 1
    shift = 32 + whole
    factor, rest = divmod(1 << shift, divisor)
    if not rest:
        return (1 << 32) - 1, (1 << 32) - 1, shift
    if divisor - rest <= 1 << whole:
        return factor + 1, 0, shift
    return factor, factor, shift


@inlined
def _put(x, row, bits, words, first):
    """Return the state after the symbol of `row`, and the new first word of the stream."""
    frequency = row[0]
    full = x >= frequency << (np.uint64(32) - bits)
    first -= np.uint64(full)
    words[first] = np.uint16(x) if full else words[first]
    x = x >> np.uint64(16) if full else x
    quotient = (x * row[2] + row[3]) >> row[4]
    return (quotient << bits) + row[1] + (x - quotient * frequency), first


@compiled
def _encode(data, rows, bits, states, words):
    """Code `data` from its end; return where the words begin. They end before the last, which is scratch."""
    first = np.uint64(words.size - 1)
    x0 = np.uint64(states[0])
    x1 = np.uint64(states[1])
    x2 = np.uint64(states[2])
    x3 = np.uint64(states[3])
    whole = np.uint64(data.size - data.size % 4)
    rest = np.uint64(data.size) - whole
    if rest > np.uint64(2):
        x2, first = _put(x2, rows[data[whole + np.uint64(2)]], bits, words, first)
    if rest > np.uint64(1):
        x1, first = _put(x1, rows[data[whole + np.uint64(1)]], bits, words, first)
    if rest > np.uint64(0):
        x0, first = _put(x0, rows[data[whole]], bits, words, first)
    i = whole
    while i > np.uint64(0):
        i -= np.uint64(4)
        x3, first = _put(x3, rows[data[i + np.uint64(3)]], bits, words, first)
        x2, first = _put(x2, rows[data[i + np.uint64(2)]], bits, words, first)
        x1, first = _put(x1, rows[data[i + np.uint64(1)]], bits, words, first)
        x0, first = _put(x0, rows[data[i]], bits, words, first)
    states[0] = x0
    states[1] = x1
    states[2] = x2
    states[3] = x3
    return first


@inlined
def _get(x, bits, symbols, rows, words, at, last):
    """Return the symbol at the foot of state `x`, the state without it, and the next word."""
    slot = x & ((np.uint64(1) << bits) - np.uint64(1))
    symbol = symbols[slot]
    row = np.uint64(rows[symbol])
    x = (row >> np.uint64(16)) * (x >> bits) + slot - (row & np.uint64(0xFFFF))
    low = x < np.uint64(_LOWEST)
    word = np.uint64(words[min(at, last)])
    x = x << np.uint64(16) | word if low else x
    return symbol, x, at + np.uint64(low)


@compiled
def _decode(states, words, symbols, rows, bits, data):
    """Fill `data`; False when words or states are not used up. The last of `words` is padding."""
    last = np.uint64(words.size - 1)
    at = np.uint64(0)
    x0 = np.uint64(states[0])
    x1 = np.uint64(states[1])
    x2 = np.uint64(states[2])
    x3 = np.uint64(states[3])
    whole = np.uint64(data.size - data.size % 4)
    rest = np.uint64(data.size) - whole
    for i in range(np.uint64(0), whole, np.uint64(4)):
        data[i], x0, at = _get(x0, bits, symbols, rows, words, at, last)
        data[i + np.uint64(1)], x1, at = _get(x1, bits, symbols, rows, words, at, last)
        data[i + np.uint64(2)], x2, at = _get(x2, bits, symbols, rows, words, at, last)
        data[i + np.uint64(3)], x3, at = _get(x3, bits, symbols, rows, words, at, last)
    if rest > np.uint64(0):
        data[whole], x0, at = _get(x0, bits, symbols, rows, words, at, last)
    if rest > np.uint64(1):
        data[whole + np.uint64(1)], x1, at = _get(x1, bits, symbols, rows, words, at, last)
    if rest > np.uint64(2):
        data[whole + np.uint64(2)], x2, at = _get(x2, bits, symbols, rows, words, at, last)
    lowest = np.uint64(_LOWEST)
    return at == last and x0 == lowest and x1 == lowest and x2 == lowest and x3 == lowest
