"""The way back: from layout and content to the original bytes."""

from zlib import crc32

import numpy as np

from kompakt.filters.deflate.checks import check_bytes
from kompakt.filters.deflate.layout import Around, LayoutReader, Record
from kompakt.filters.deflate.streams import MAX_RAW_BYTES, OUTPUT_PADDING_BYTES, rebuild_into
from kompakt.filters.deflate.workspace import Workspace, new_workspace

CHUNK_FRAME_BYTES = 12
CHUNK_TYPE = b"IDAT"


def restore(layout: bytes, content: np.ndarray, original_bytes: int) -> np.ndarray:
    """Return the original, uint8 (original_bytes,). Raises ValueError where the three do not fit together.

    layout, content: what `expand` has returned, or any bytes; content: uint8, contiguous, read-only is fine
    Takes the memory of the original and of the largest stream. What the layout says is not trusted: a wrong
    one gives wrong bytes, never more than original_bytes, or the error.
    """
    out = np.empty(original_bytes + OUTPUT_PADDING_BYTES, np.uint8)
    work = new_workspace()
    reader = LayoutReader(layout, original_bytes)
    taken = at = 0
    while not reader.at_end():
        record = reader.read()
        begin = taken + record.gap
        end = begin + record.raw_bytes
        at += record.gap
        if end > content.size or at > original_bytes or record.raw_bytes > MAX_RAW_BYTES:
            raise ValueError("a stream is longer than the content, or a gap than the original")
        out[at - record.gap : at] = content[taken:begin]
        at = _write_stream(out, at, original_bytes, content[begin:end], record, work)
        taken = end
    if at + content.size - taken != original_bytes:
        raise ValueError("the content does not make the original's size")
    out[at:original_bytes] = content[taken:]
    return out[:original_bytes]


def _write_stream(
    out: np.ndarray, at: int, limit: int, raw: np.ndarray, record: Record, work: Workspace
) -> int:
    """Write the stream of `raw` and what is around it to out[at:limit]; return its end. Raises ValueError."""
    begin = at
    if record.around == Around.CHUNKS:
        begin = at + CHUNK_FRAME_BYTES * len(record.chunks)
        if begin + 2 > limit:
            raise ValueError("chunks reach out of the original")
        out[begin : begin + 2] = np.frombuffer(record.zlib_header.to_bytes(2, "big"), np.uint8)
        begin += 2
    end = rebuild_into(out, begin, raw, record.settings, record.notes, work)
    check = check_bytes(record.around, raw, end - begin)
    if end + len(check) > limit:
        raise ValueError("a stream reaches out of the original")
    out[end : end + len(check)] = np.frombuffer(check, np.uint8)
    end += len(check)
    if record.around == Around.CHUNKS:
        _cut_into_chunks(out, at, end, record.chunks)
    return end


def _cut_into_chunks(out: np.ndarray, at: int, end: int, chunks: tuple[int, ...]) -> None:
    """Spread the bytes before out[end] over PNG chunks that begin at out[at]. Raises ValueError."""
    source = at + CHUNK_FRAME_BYTES * len(chunks)
    if sum(chunks) != end - source:
        raise ValueError("the chunks do not hold the stream")
    for length in chunks:
        behind = at + 8 + length
        out[at + 8 : behind] = out[source : source + length]
        out[at : at + 8] = np.frombuffer(length.to_bytes(4, "big") + CHUNK_TYPE, np.uint8)
        crc = crc32(out[at + 4 : behind]).to_bytes(4, "big")
        out[behind : behind + 4] = np.frombuffer(crc, np.uint8)
        source += length
        at = behind + 4
