"""What a file is taken for, by its head and a sample of its middle: its kind, and what is done with it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from kompakt.archive.layout import Filter
from kompakt.filters import MOST_PACKED_BYTES
from kompakt.kinds import Kind, classify
from kompakt.kinds.elements import SAMPLE_BYTES
from kompakt.model.spec import Spec
from kompakt.trial import better_spec

HEAD_BYTES = 8
KIND_BYTES = 1 << 16
ALIGNED_BYTES = 8
"""The sample begins at a multiple of this, as elements do."""

SMALLEST_ARRAY_BYTES = 1 << 16
PACKED_HEADS = (b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"\x1f\x8b\x08", b"%PDF-")
"""First bytes of files that hold DEFLATE streams."""

MAY_HOLD_PACKED = (Kind.BINARY, Kind.COMPRESSED, Kind.RANDOM)
MAY_BE_ARRAY = (Kind.BINARY, Kind.ARM64, Kind.ARRAY8, Kind.ARRAY16, Kind.ARRAY32, Kind.ARRAY64)


class Look(NamedTuple):
    """What a file is taken for.

    filter: to be tried on it
    spec:   that suits it better than the one of the batch, or None
    """

    kind: Kind
    filter: Filter = Filter.NONE
    spec: Spec | None = None


def look_at_file(path: Path, size: int, spec: Spec | None) -> Look:
    """Return what a file of `size` bytes is taken for; one that cannot be read counts as binary.

    spec: of the batch; None where no model will code it
    """
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(HEAD_BYTES)
            file.seek(_sample_start(size))
            return _look(head, file.read(SAMPLE_BYTES), size, spec)
    except OSError:
        return Look(Kind.BINARY)


def look_at(data: memoryview, spec: Spec | None) -> Look:
    """Return what a file with this content is taken for."""
    start = _sample_start(len(data))
    return _look(bytes(data[:HEAD_BYTES]), data[start : start + SAMPLE_BYTES], len(data), spec)


def _sample_start(size: int) -> int:
    return max(size - SAMPLE_BYTES, 0) // 2 // ALIGNED_BYTES * ALIGNED_BYTES


def _look(head: bytes, read: bytes | memoryview, size: int, spec: Spec | None) -> Look:
    sample = np.frombuffer(read, np.uint8)
    if not sample.size:
        return Look(Kind.BINARY)
    kind = classify(sample[max(sample.size - KIND_BYTES, 0) // 2 :][:KIND_BYTES]).kind
    if kind == Kind.X86:
        return Look(kind, Filter.X86)
    if size <= MOST_PACKED_BYTES and head.startswith(PACKED_HEADS):
        return Look(Kind.BINARY, Filter.DEFLATE)
    wanted = Filter.DEFLATE if size <= MOST_PACKED_BYTES and kind in MAY_HOLD_PACKED else Filter.NONE
    if spec and kind in MAY_BE_ARRAY and size >= SMALLEST_ARRAY_BYTES:
        return Look(kind, wanted, better_spec(spec, sample))
    return Look(kind, wanted)
