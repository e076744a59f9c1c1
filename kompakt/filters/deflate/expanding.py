"""The way there: finds the streams of an input and puts their raw bytes in their places."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.bits import PADDING_BYTES
from kompakt.filters.deflate.checks import check_bytes
from kompakt.filters.deflate.containers import Place, find_chunks, gzip_place, zip_place, zlib_place
from kompakt.filters.deflate.layout import Around, Record, write_layout
from kompakt.filters.deflate.scan import GZIP, IDAT, NOTHING, ZIP, find_header
from kompakt.filters.deflate.streams import MIN_RAW_BYTES, Stream, StreamReader

MAX_CONTENT_BYTES = 1 << 30
_EFFORT = 16  # bytes that may be read and written in vain for each byte of the input
_FREE_EFFORT = 1 << 24
_EFFORT_OF_TRY = 1 << 12  # bytes that could be read while one stream is tried in vain


class Expanded(NamedTuple):
    """What `restore` needs. content: uint8, raw bytes in place of their streams; layout: what they lack."""

    layout: bytes
    content: np.ndarray


def expand(data: np.ndarray, max_content_bytes: int = MAX_CONTENT_BYTES) -> Expanded | None:
    """Return `data` with its DEFLATE streams expanded, or None if it has none that can be written again.

    data: uint8, contiguous; read-only is fine. The content has at most `max_content_bytes`, or as many as
    `data`: streams beyond that are left as they are.
    """
    return _Expander(data, max_content_bytes).run()


class _Expander:
    """One input on its way."""

    def __init__(self, data: np.ndarray, max_content_bytes: int) -> None:
        self._size = data.size
        self._data = np.zeros(data.size + PADDING_BYTES, np.uint8)
        self._data[: data.size] = data
        self._reader = StreamReader(data.size)
        self._growth_left = max(0, max_content_bytes - data.size)
        self._wasted = 0
        self._copied = 0
        self._records: list[Record] = []
        self._parts: list[np.ndarray] = []

    def run(self) -> Expanded | None:
        at = 0
        while self._wasted <= _FREE_EFFORT + _EFFORT * self._size:
            at, kind = find_header(self._data, at, self._size, self._reader.work)
            if kind == NOTHING:
                break
            before = self._reader.spent
            records = len(self._records)
            end = self._try_chunks(at) if kind == IDAT else self._try_place(at, kind)
            if len(self._records) == records:
                self._wasted += self._reader.spent - before + _EFFORT_OF_TRY
            # Behind the four bytes of a chunk's length stands the name that was just looked at.
            at = end or at + (5 if kind == IDAT else 1)
        if not self._records:
            return None
        self._parts.append(self._data[self._copied : self._size])
        return Expanded(write_layout(self._records), np.concatenate(self._parts))

    def _try_place(self, at: int, kind: int) -> int:
        """Expand the stream behind the header at `at`; return where to go on, 0 if there is no stream."""
        find = gzip_place if kind == GZIP else zip_place if kind == ZIP else zlib_place
        place = find(self._data, at, self._size)
        if place is None:
            return 0
        inflated = self._reader.inflate(self._data, place.begin, self._size, self._growth_left)
        if inflated is None:
            return 0
        around = self._around(place, inflated.end, inflated.raw)
        if around is None:
            return 0
        if inflated.raw.size >= MIN_RAW_BYTES:
            stream = self._reader.explain(self._data, place.begin, inflated, place.window_bits, place.effort)
            if stream is not None:
                end = stream.end + len(check_bytes(around, stream.raw, stream.end - place.begin))
                self._add(place.begin, end, stream, around)
                return end
        return inflated.end

    def _around(self, place: Place, end: int, raw: np.ndarray) -> Around | None:
        """Return what stands behind the stream that ends at `end`; None if it is not what has to be there."""
        for around in place.around:
            check = check_bytes(around, raw, end - place.begin)
            if self._data[end : min(end + len(check), self._size)].tobytes() == check:
                return around
        return None

    def _try_chunks(self, at: int) -> int:
        """Expand the stream in the IDAT chunks from `at` on; return where to go on, 0 if there is none."""
        chunks = find_chunks(self._data, at, self._size)
        if chunks is None:
            return 0
        whole = chunks.joined[: chunks.joined.size - PADDING_BYTES]
        place = zlib_place(chunks.joined, 0, whole.size)
        if place is None:
            return 0
        inflated = self._reader.inflate(chunks.joined, place.begin, whole.size, self._growth_left)
        if inflated is None or inflated.raw.size < MIN_RAW_BYTES:
            return 0
        check = check_bytes(Around.CHUNKS, inflated.raw, 0)
        if whole[inflated.end :].tobytes() != check:
            return 0
        stream = self._reader.explain(chunks.joined, place.begin, inflated, place.window_bits, place.effort)
        if stream is not None:
            header = int.from_bytes(whole[:2].tobytes(), "big")
            self._add(at, chunks.end, stream, Around.CHUNKS, header, chunks.lengths)
        return chunks.end

    def _add(
        self,
        begin: int,
        end: int,
        stream: Stream,
        around: Around,
        zlib_header: int = 0,
        chunks: tuple[int, ...] = (),
    ) -> None:
        """Let `stream` take the place of data[begin:end]."""
        gap = begin - self._copied
        self._growth_left -= max(0, stream.raw.size - (end - begin))
        self._parts += [self._data[self._copied : begin], stream.raw]
        self._copied = end
        self._records.append(
            Record(gap, stream.raw.size, around, stream.settings, stream.notes.tobytes(), zlib_header, chunks)
        )
