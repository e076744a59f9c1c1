"""The layout: what stands between and around the raw bytes, as varints.

    stream   gap │ flags │ raw bytes │ [settings] │ [notes: length, bytes] │ [PNG: zlib header, runs, run …]
    flags    what is around it (3 bits) │ settings follow │ notes follow

A gap is how many bytes of the content stand as they are before the stream; what is left behind the last
stream stands as it is too. Without settings they are those of the stream before, or zlib's own. A run is the
length of PNG chunks and how many there are of it in a row.
"""

from enum import IntEnum
from itertools import groupby
from typing import NamedTuple

from kompakt.classic.varint import read_varint, varint
from kompakt.filters.deflate.settings import Settings

_AROUND_BITS = 3
_SETTINGS = 1 << _AROUND_BITS
_NOTES = 2 << _AROUND_BITS


class Around(IntEnum):
    """What is written around a stream."""

    NOTHING = 0
    ADLER32 = 1
    """The sum of zlib behind it."""
    GZIP = 2
    """CRC and length behind it."""
    DESCRIPTOR = 3
    """ZIP's record of 16 bytes behind it: signature, CRC, both lengths."""
    CHUNKS = 4
    """PNG's IDAT chunks, that a whole zlib stream is cut into."""


class Record(NamedTuple):
    """One stream. gap, raw_bytes: bytes of the content; zlib_header, chunks (lengths): only in PNG."""

    gap: int
    raw_bytes: int
    around: Around
    settings: Settings
    notes: bytes = b""
    zlib_header: int = 0
    chunks: tuple[int, ...] = ()


def write_layout(records: list[Record]) -> bytes:
    """Return the layout of `records`."""
    layout = bytearray()
    settings = Settings()
    for record in records:
        flags = int(record.around)
        if record.settings != settings:
            flags |= _SETTINGS
        if record.notes:
            flags |= _NOTES
        layout += varint(record.gap) + varint(flags) + varint(record.raw_bytes)
        if flags & _SETTINGS:
            settings = record.settings
            layout += varint(settings.to_number())
        if flags & _NOTES:
            layout += varint(len(record.notes)) + record.notes
        if record.around == Around.CHUNKS:
            runs = [(length, len(list(run))) for length, run in groupby(record.chunks)]
            layout += varint(record.zlib_header) + varint(len(runs))
            for length, count in runs:
                layout += varint(length) + varint(count)
    return bytes(layout)


class LayoutReader:
    """Reads the records of a layout one by one. `read` raises ValueError for what no writer writes."""

    def __init__(self, layout: bytes, original_bytes: int) -> None:
        self._layout = layout
        self._at = 0
        self._settings = Settings()
        self._chunks_left = original_bytes // 12

    def at_end(self) -> bool:
        """Tell whether all has been read."""
        return self._at == len(self._layout)

    def read(self) -> Record:
        """Return the next record."""
        gap, flags, raw_bytes = self._number(), self._number(), self._number()
        if flags >= 2 * _NOTES:
            raise ValueError("a stream has flags that nothing writes")
        around = Around(flags & _SETTINGS - 1)
        if flags & _SETTINGS:
            self._settings = Settings.from_number(self._number())
        notes = self._bytes(self._number()) if flags & _NOTES else b""
        if around != Around.CHUNKS:
            return Record(gap, raw_bytes, around, self._settings, notes)
        zlib_header = self._number()
        if zlib_header >> 16:
            raise ValueError("a zlib header is longer than two bytes")
        return Record(gap, raw_bytes, around, self._settings, notes, zlib_header, self._read_chunks())

    def _read_chunks(self) -> tuple[int, ...]:
        chunks: list[int] = []
        for _ in range(self._number()):
            length, count = self._number(), self._number()
            self._chunks_left -= count
            if self._chunks_left < 0 or not count or length >> 31:
                raise ValueError("more chunks than the original has room for, or too large ones")
            chunks += [length] * count
        return tuple(chunks)

    def _number(self) -> int:
        number, self._at = read_varint(self._layout, self._at)
        return number

    def _bytes(self, count: int) -> bytes:
        begin = self._at
        self._at += count
        if self._at > len(self._layout):
            raise ValueError("the layout ends inside notes")
        return self._layout[begin : self._at]
