"""What a file is taken for, by its head and a sample of its middle: its kind, and the filter to try."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from kompakt.archive.layout import Filter
from kompakt.filters import MOST_UNPACKED_BYTES
from kompakt.kinds import Kind, classify

SAMPLE_BYTES = 1 << 16
HEAD_BYTES = 8
PACKED_HEADS = (b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"\x1f\x8b\x08", b"%PDF-")
"""First bytes of files that hold DEFLATE streams."""

MAY_HOLD_PACKED = (Kind.BINARY, Kind.COMPRESSED, Kind.RANDOM)


class Look(NamedTuple):
    """What a file is taken for."""

    kind: Kind
    filter: Filter


def look_at_file(path: Path, size: int) -> Look:
    """Return what a file of `size` bytes is taken for; one that cannot be read counts as binary."""
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(HEAD_BYTES)
            file.seek(_sample_start(size))
            return _look(head, file.read(SAMPLE_BYTES), size)
    except OSError:
        return Look(Kind.BINARY, Filter.NONE)


def look_at(data: memoryview) -> Look:
    """Return what a file with this content is taken for."""
    start = _sample_start(len(data))
    return _look(bytes(data[:HEAD_BYTES]), data[start : start + SAMPLE_BYTES], len(data))


def _sample_start(size: int) -> int:
    return max(size - SAMPLE_BYTES, 0) // 2


def _look(head: bytes, sample: bytes | memoryview, size: int) -> Look:
    if not len(sample):
        return Look(Kind.BINARY, Filter.NONE)
    kind = classify(np.frombuffer(sample, np.uint8)).kind
    if kind == Kind.X86:
        return Look(kind, Filter.X86)
    if size <= MOST_UNPACKED_BYTES:
        if head.startswith(PACKED_HEADS):
            return Look(Kind.BINARY, Filter.DEFLATE)
        if kind in MAY_HOLD_PACKED:
            return Look(kind, Filter.DEFLATE)
    return Look(kind, Filter.NONE)
