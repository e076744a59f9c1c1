"""What the headers of gzip, ZIP, zlib and PNG say of the stream behind them."""

from typing import NamedTuple
from zlib import crc32

import numpy as np

from kompakt.filters.deflate.bits import PADDING_BYTES
from kompakt.filters.deflate.layout import Around
from kompakt.filters.deflate.restoring import CHUNK_FRAME_BYTES, CHUNK_TYPE
from kompakt.filters.deflate.settings import MAX_WINDOW_BITS, MIN_WINDOW_BITS
from kompakt.filters.deflate.streams import FASTEST, SLOWEST, USUAL

_GZIP_HEADER_BYTES = 10
_HEADER_CRC, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16
_ZIP_HEADER_BYTES = 30


class Place(NamedTuple):
    """Where a stream begins, and what may stand behind it, in the order to try.

    window_bits, effort: what was probably asked of zlib, see `streams`
    """

    begin: int
    around: tuple[Around, ...]
    window_bits: int = MAX_WINDOW_BITS
    effort: int = USUAL


def _number(data: np.ndarray, at: int, count: int) -> int:
    return int.from_bytes(data[at : at + count].tobytes(), "little")


def gzip_place(data: np.ndarray, at: int, end: int) -> Place | None:
    """Return the stream behind the gzip header at `at`, or None if the header does not end. data: uint8."""
    if at + _GZIP_HEADER_BYTES > end:
        return None
    flags = int(data[at + 3])
    effort = {2: SLOWEST, 4: FASTEST}.get(int(data[at + 8]), USUAL)
    begin = at + _GZIP_HEADER_BYTES
    if flags & _EXTRA:
        begin += 2 + _number(data, begin, 2)
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            zeros = np.flatnonzero(data[begin : min(begin + (1 << 16), end)] == 0)
            if not zeros.size:
                return None
            begin += int(zeros[0]) + 1
    if flags & _HEADER_CRC:
        begin += 2
    return Place(begin, (Around.GZIP, Around.NOTHING), effort=effort) if begin < end else None


def zip_place(data: np.ndarray, at: int, end: int) -> Place | None:
    """Return the stream behind the local header of a ZIP at `at`, or None if it does not end. data: uint8."""
    if at + _ZIP_HEADER_BYTES > end:
        return None
    begin = at + _ZIP_HEADER_BYTES + _number(data, at + 26, 2) + _number(data, at + 28, 2)
    effort = (USUAL, SLOWEST, FASTEST, FASTEST)[_number(data, at + 6, 2) >> 1 & 3]
    return Place(begin, (Around.DESCRIPTOR, Around.NOTHING), effort=effort) if begin < end else None


def zlib_place(data: np.ndarray, at: int, end: int) -> Place | None:
    """Return the stream behind the zlib header at `at`, or None if it is none. data: uint8."""
    if at + 2 >= end:
        return None
    a, b = int(data[at]), int(data[at + 1])
    if a & 0x0F != 8 or a > 0x78 or b & 0x20 or (a << 8 | b) % 31:
        return None
    window_bits = max(MIN_WINDOW_BITS, (a >> 4) + 8)
    return Place(at + 2, (Around.ADLER32,), min(window_bits, MAX_WINDOW_BITS), b >> 6)


class Chunks(NamedTuple):
    """Neighbouring IDAT chunks. joined: uint8, what they hold, with padding; end: byte behind the last."""

    joined: np.ndarray
    lengths: tuple[int, ...]
    end: int


def find_chunks(data: np.ndarray, at: int, end: int) -> Chunks | None:
    """Return the IDAT chunks from `at` on, as far as their CRCs are right; None if the first's is not."""
    parts = []
    while at + CHUNK_FRAME_BYTES <= end and data[at + 4 : at + 8].tobytes() == CHUNK_TYPE:
        behind = at + 8 + int.from_bytes(data[at : at + 4].tobytes(), "big")
        if behind + 4 > end:
            break
        if int.from_bytes(data[behind : behind + 4].tobytes(), "big") != crc32(data[at + 4 : behind]):
            break
        parts.append(data[at + 8 : behind])
        at = behind + 4
    if not parts:
        return None
    joined = np.concatenate([*parts, np.zeros(PADDING_BYTES, np.uint8)])
    return Chunks(joined, tuple(part.size for part in parts), at)
