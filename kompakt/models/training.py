"""A user's own model: which bytes of some files it is made of, and what it gains on the others."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from blake3 import blake3

from kompakt.archive.entry import Kind
from kompakt.coding import Backend
from kompakt.errors import FileSystemError, UsageError
from kompakt.jobs import EncodeJob, Origin
from kompakt.model.spec import Spec
from kompakt.models.library import Library
from kompakt.models.profile import bins_of, cost_of, profile_of
from kompakt.models.recipe import MAX_TEXTS
from kompakt.scan import scan

DEFAULT_BYTES = 2 << 20
SMALLEST_BYTES = 1 << 12
PIECE_BYTES = 1 << 14
TUNING_BYTES = 1 << 17
TUNING_SHARE = 4  # at most this part of the texts tunes the mixer
HELD_OUT_SHARE = 5
HELD_OUT_FROM = 5  # files; with fewer, all are learned from and nothing is measured
TRIED_FILES = 64
TRIED_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Split:
    """Files to learn from, and files to measure on."""

    learned: list[Path]
    held_out: list[Path]


@dataclass(frozen=True, slots=True)
class Gain:
    """Bytes of held-out files, each alone: raw, without a model, with those there are, with the new one."""

    files: int
    raw_bytes: int
    none_bytes: int
    auto_bytes: int
    own_bytes: int


def split_files(paths: Sequence[Path]) -> Split:
    """Return the files below `paths`, one in five held out as its name's hash says.

    Raises UsageError when there is none, FileSystemError for a path that is not there.
    """
    sources = [
        source for source in scan(paths).sources if source.entry.kind == Kind.FILE and source.entry.size
    ]
    if not sources:
        raise UsageError("there is no file to learn from")
    sources.sort(key=lambda source: blake3(source.entry.name).digest())
    held_out = len(sources) // HELD_OUT_SHARE if len(sources) >= HELD_OUT_FROM else 0
    files = [source.path for source in sources]
    return Split(sorted(files[held_out:]), sorted(files[:held_out]))


def training_texts(files: Sequence[Path], size: int) -> list[np.ndarray]:
    """Return about `size` bytes of `files` as texts: small ones whole, of others pieces, the typical last.

    The last text, which tunes the mixer, is several pieces one behind the other.
    """
    if size < SMALLEST_BYTES:
        raise UsageError(f"{size} bytes are too few to learn from: at least {SMALLEST_BYTES}")
    pieces: dict[bytes, np.ndarray] = {}
    for path, share in _shares(files, size):
        for piece in _pieces(path, share):
            pieces.setdefault(blake3(piece).digest(), piece)
    found = list(pieces.values())
    profile = profile_of(found)
    found.sort(key=lambda piece: _cost_permille(profile, piece), reverse=True)
    total = sum(map(len, found))
    tuning: list[np.ndarray] = []
    while found and sum(map(len, tuning)) < min(TUNING_BYTES, total // TUNING_SHARE):
        tuning.append(found.pop())
    while len(found) >= MAX_TEXTS:
        found = [np.concatenate(found[i : i + 2]) for i in range(0, len(found), 2)]
    return [*found, np.concatenate(tuning[::-1])]


def measure_gain(
    files: Sequence[Path], spec: Spec, origin: Origin, library: Library, backend: Backend
) -> Gain:
    """Return what `files`, which nothing was learned from, take from `origin` and without it."""
    chosen = files[:: -(-len(files) // TRIED_FILES)]
    blocks = [_read(path, 0, TRIED_BYTES) for path in chosen]
    origins = [library.origin(library.choose(spec, [data]), spec, "") for data in blocks]
    sizes = []
    for starts in ([None] * len(blocks), origins, [origin] * len(blocks)):
        jobs = [
            EncodeJob(n, data, spec, start)
            for n, (data, start) in enumerate(zip(blocks, starts, strict=True))
        ]
        sizes.append(sum(len(result.stream) for result in backend.encode(jobs)))
    return Gain(len(blocks), sum(map(len, blocks)), *sizes)


def _shares(files: Sequence[Path], size: int) -> list[tuple[Path, int]]:
    """Return how many bytes to take of each file: all of small ones, of the rest alike."""
    sizes = {path: os.path.getsize(path) for path in files}
    shares = []
    left = size
    for number, path in enumerate(sorted(files, key=lambda path: (sizes[path], path))):
        share = min(sizes[path], left // (len(files) - number))
        shares.append((path, share))
        left -= share
    return sorted(shares)


def _pieces(path: Path, share: int) -> list[np.ndarray]:
    """Return `share` bytes of a file: its start, and pieces from all over the rest."""
    size = os.path.getsize(path)
    if size <= share:
        return [_read(path, 0, size)] if size else []
    count = -(-share // PIECE_BYTES)
    length = share // count if count else 0
    return [_read(path, size * number // count, length) for number in range(count)] if length else []


def _read(path: Path, offset: int, size: int) -> np.ndarray:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return np.frombuffer(bytearray(file.read(size)), np.uint8)
    except OSError as error:
        raise FileSystemError(f"{path}: {error.strerror}") from None


def _cost_permille(profile: np.ndarray, piece: np.ndarray) -> int:
    bins = bins_of(piece) if len(piece) > 2 else np.zeros(0, np.uint32)
    return 1000 * cost_of(profile, bins) // max(len(bins), 1)
