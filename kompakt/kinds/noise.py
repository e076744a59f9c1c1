"""Bytes that are compressed or encrypted already: nothing to gain.

Every test looks for one kind of structure that a compressor could use, and one that is found is enough to
call the chunk something else: compressible bytes taken for noise cost ratio, the reverse costs only time.
"""

from enum import IntEnum

import numpy as np

from kompakt.kinds.sample import histogram

SMALLEST_CHUNK_BYTES = 4096
_COUNTED_BYTES = 1 << 15
_DELTA_BYTES = 1 << 14
_DELTA_DISTANCES = (1, 2, 3, 4, 8)
_FREEDOM = 255
_CHANCE = 160  # seven standard deviations of chi-square at 255 degrees of freedom
_BYTES_DIVISOR = 18  # chi-square per byte: 1/18 is a redundancy of 0.04 bits, 0.5 %
_DELTAS_DIVISOR = 50
_PART_WORDS = 64
_PART_BYTES = 8 * _PART_WORDS
_PART_DEVIATION = 5000  # sum over three bits of the squared deviation of a count; chance makes it 384
_PARTS_PER_ODD_ONE = 40  # up to one part in so many, say a header, may fail
_REPEATS_DIVISOR = 50
_BITS = (7, 6, 5)
_EACH_BYTE = np.uint64(0x0101010101010101)
_EVEN_BYTES = np.uint64(0x00FF00FF00FF00FF)


class Noise(IntEnum):
    """What the tests say: structure was found; no more than a good compressor leaves; none."""

    NO = 0
    PACKED = 1
    CHANCE = 2


def noise_in(chunk: np.ndarray) -> Noise:
    """Return what the tests say of `chunk`, uint8. The first test that finds structure ends them."""
    if chunk.size < SMALLEST_CHUNK_BYTES:
        return Noise.NO
    verdict = _uniformity(_thinned(chunk, _COUNTED_BYTES), _BYTES_DIVISOR)
    for test in (_evenness, _uniformity_of_deltas, _novelty):
        if verdict == Noise.NO:
            break
        verdict = min(verdict, test(chunk))
    return verdict


def _thinned(data: np.ndarray, wanted_bytes: int) -> np.ndarray:
    """Return about `wanted_bytes` of `data`, evenly spread; the odd step meets all phases of words."""
    return data[:: max(1, data.size // wanted_bytes) | 1]


def _uniformity(data: np.ndarray, divisor: int) -> Noise:
    """Judge chi-square: PACKED allows, on top of chance, one for each `divisor` bytes."""
    counts = histogram(data)
    square = int((counts * counts).sum()) * 256 - data.size * data.size  # chi-square times data.size
    chance = (_FREEDOM + _CHANCE) * data.size
    if square <= chance:
        return Noise.CHANCE
    return Noise.PACKED if square <= chance + data.size * data.size // divisor else Noise.NO


def _uniformity_of_deltas(chunk: np.ndarray) -> Noise:
    verdict = Noise.CHANCE
    for distance in _DELTA_DISTANCES:
        delta = _thinned(chunk[distance:], _DELTA_BYTES) - _thinned(chunk[:-distance], _DELTA_BYTES)
        verdict = min(verdict, _uniformity(delta, _DELTAS_DIVISOR))
        if verdict == Noise.NO:
            break
    return verdict


def _evenness(chunk: np.ndarray) -> Noise:
    odd_parts = _odd_parts(chunk)
    if odd_parts == 0:
        return Noise.CHANCE
    return Noise.PACKED if odd_parts * _PARTS_PER_ODD_ONE <= chunk.size // _PART_BYTES else Noise.NO


def _odd_parts(chunk: np.ndarray) -> int:
    """Return how many parts of 512 bytes have too few or too many of the high bits set, like text."""
    parts = chunk.size // _PART_BYTES
    words = np.ascontiguousarray(chunk[: parts * _PART_BYTES]).view("<u8").reshape(parts, _PART_WORDS)
    deviation = np.zeros(parts, np.int64)
    for bit in _BITS:
        lanes = ((words >> np.uint64(bit)) & _EACH_BYTE).sum(axis=1, dtype=np.uint64)
        pairs = (lanes & _EVEN_BYTES) + ((lanes >> np.uint64(8)) & _EVEN_BYTES)
        set_bits = pairs.view("<u2").reshape(parts, 4).sum(axis=1, dtype=np.int64)
        deviation += (set_bits - _PART_BYTES // 2) ** 2
    return int(np.count_nonzero(deviation > _PART_DEVIATION))


def _novelty(chunk: np.ndarray) -> Noise:
    """Look for strings of four bytes, at places chosen by their first byte, that come more than once."""
    starts = np.flatnonzero((chunk[:-3] & 31) == 19)
    places = np.lib.stride_tricks.sliding_window_view(chunk, 4)[starts]
    strings = np.sort(np.ascontiguousarray(places).view("<u4").ravel())
    repeats = int(np.count_nonzero(strings[1:] == strings[:-1]))
    if repeats <= 4 + 2 * _repeats_by_chance(starts.size):
        return Noise.CHANCE
    return Noise.PACKED if repeats * _REPEATS_DIVISOR <= starts.size else Noise.NO


def _repeats_by_chance(strings: int) -> int:
    """Return how many of so many random strings, of which 27 bits are free, come again."""
    return strings * strings >> 28
