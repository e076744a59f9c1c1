"""What a file is taken for, by its head and a sample of its middle: its kind, and what is done with it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kompakt.archive.layout import Filter
from kompakt.filters import MOST_PACKED_BYTES
from kompakt.filters.tar.headers import HEADER_BYTES, is_tar
from kompakt.filters.tar.sampling import largest_member
from kompakt.kinds import Kind, classify
from kompakt.kinds.elements import SAMPLE_BYTES
from kompakt.kinds.resemblance import sketch_of
from kompakt.model.geometry import Geometry
from kompakt.model.spec import Spec
from kompakt.trial import Notice, best_spec, likely_geometries, no_notice

HEAD_BYTES = HEADER_BYTES
KIND_BYTES = 1 << 16
ALIGNED_BYTES = 8
"""The sample begins at a multiple of this, as elements do."""

DULL = 7 / 8
PLACES = 8
"""A sample of which more is one byte says little; then the best of others, one more than this, is taken."""

SMALLEST_ARRAY_BYTES = 1 << 16
PACKED_HEADS = (b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"\x1f\x8b\x08", b"%PDF-")
"""First bytes of files that hold DEFLATE streams."""

NOISE = (Kind.COMPRESSED, Kind.RANDOM)
MAY_HOLD_PACKED = (Kind.BINARY, *NOISE)
MAY_BE_ARRAY = (Kind.BINARY, Kind.ARM64, Kind.ARRAY8, Kind.ARRAY16, Kind.ARRAY32, Kind.ARRAY64)


class Look(NamedTuple):
    """What a file is taken for.

    filter:       to be tried on it
    spec:         that suits it better than the one of the batch, or None
    sketch:       of a file that may lie beside those that it resembles (kinds/resemblance.py), or None
    may_be_array: whether a spec for arrays may suit it, which a trial finds out
    geometries:   how the elements of such an array may lie, where that was asked for
    """

    kind: Kind
    filter: Filter = Filter.NONE
    spec: Spec | None = None
    sketch: np.ndarray | None = None
    may_be_array: bool = False
    geometries: tuple[Geometry, ...] = ()


def look_at_file(path: Path, size: int, spec: Spec | None, notice: Notice = no_notice) -> Look:
    """Return what a file of `size` bytes is taken for; one that cannot be read counts as binary.

    spec:   of the batch; None where no model will code it
    notice: is told when a model has to be compiled first
    """
    look = first_look_at_file(path, size)
    return look._replace(spec=try_on_file(look, path, size, spec, notice)) if spec else look


def first_look_at_file(path: Path, size: int, in_detail: bool = False) -> Look:
    """Return what a file is taken for before any trial.

    in_detail: whether sketch and geometries are wanted
    """
    try:
        return _see_file(path, size, in_detail)[0]
    except OSError:
        return Look(Kind.BINARY)


def try_on_file(look: Look, path: Path, size: int, spec: Spec, notice: Notice = no_notice) -> Spec | None:
    """Return the spec that suits a file better than `spec`, the one of the batch, after a first look."""
    if not look.may_be_array:
        return None
    try:
        _, sample = _see_file(path, size)
    except OSError:
        return None
    return _tried(look, sample, spec, notice)


def look_at(data: memoryview, spec: Spec | None, notice: Notice = no_notice) -> Look:
    """Return what a file with this content is taken for."""
    look, sample = _see(lambda start, length: data[start : start + length], len(data))
    return look._replace(spec=_tried(look, sample, spec, notice)) if spec else look


def look_at_head(head: memoryview, spec: Spec | None, notice: Notice = no_notice) -> Look:
    """Return what a file of unknown length that begins so is taken for."""
    look = look_at(head, spec, notice)
    if look.filter != Filter.DEFLATE:
        return look
    return look._replace(filter=Filter.TAR if is_tar(bytes(head[:HEAD_BYTES])) else Filter.NONE)


def _sample(read: Callable[[int, int], bytes | memoryview], first: int, length: int) -> np.ndarray:
    """Return what lies in the middle of `length` bytes from `first` on, or elsewhere if that says little."""
    most = max(length - SAMPLE_BYTES, 0)
    size = min(length, SAMPLE_BYTES)

    def at(start: int) -> np.ndarray:
        return np.frombuffer(read(first + start // ALIGNED_BYTES * ALIGNED_BYTES, size), np.uint8)

    sample = at(most // 2)
    if most and _dullness(sample) > DULL:
        sample = min((at(most * place // PLACES) for place in range(PLACES + 1)), key=_dullness)
    return sample


def _dullness(sample: np.ndarray) -> float:
    """Return how much of a sample is one and the same byte."""
    return float(np.bincount(sample, minlength=1).max() / max(sample.size, 1))


def _see_file(path: Path, size: int, in_detail: bool = False) -> tuple[Look, np.ndarray]:
    with open(path, "rb", buffering=0) as file:
        return _see(lambda start, length: os.pread(file.fileno(), length, start), size, in_detail)


def _see(
    read: Callable[[int, int], bytes | memoryview], size: int, in_detail: bool = False
) -> tuple[Look, np.ndarray]:
    """Return a first look at what `read` reads, and the sample that was looked at, uint8 (n,)."""
    head = bytes(read(0, HEAD_BYTES))
    first, length = largest_member(read) if is_tar(head) else (0, size)
    sample = _sample(read, first, min(length, size - first))
    if not sample.size:
        return Look(Kind.BINARY), sample
    kind = classify(sample[max(sample.size - KIND_BYTES, 0) // 2 :][:KIND_BYTES]).kind
    sketch = sketch_of(sample) if in_detail and kind not in NOISE else None
    if kind == Kind.X86:
        return Look(kind, Filter.X86, sketch=sketch), sample
    if size <= MOST_PACKED_BYTES and head.startswith(PACKED_HEADS):
        return Look(Kind.BINARY, Filter.DEFLATE), sample
    wanted = Filter.DEFLATE if size <= MOST_PACKED_BYTES and kind in MAY_HOLD_PACKED else Filter.NONE
    if wanted == Filter.NONE and is_tar(head):
        wanted = Filter.TAR
    may_be_array = kind in MAY_BE_ARRAY and size >= SMALLEST_ARRAY_BYTES and _dullness(sample) < 1
    geometries = likely_geometries(sample) if in_detail and may_be_array else ()
    return Look(kind, wanted, None, sketch, may_be_array, geometries), sample


def _tried(look: Look, sample: np.ndarray, spec: Spec, notice: Notice) -> Spec | None:
    if not look.may_be_array or not sample.size:
        return None
    return best_spec(spec, sample, look.geometries or likely_geometries(sample), notice)
