"""What all bytes of a batch have to be read for: their kinds, and which of them come more than once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from blake3 import blake3

from kompakt.kinds import Kind, classify

CHUNK_BYTES = 1 << 12  # aligned pieces of files that are compared with each other
READ_BYTES = 1 << 22
KIND_BYTES = 1 << 16
MOST_CHUNKS = 1 << 22
"""More are not remembered: of larger batches, a share of the chunks, chosen by their content."""


@dataclass(slots=True)
class Contents:
    """What was found.

    kinds:      by name of the kind: files that begin so, and bytes, judged in stretches of KIND_BYTES
    duplicate_file_bytes:  of files whose content another file has too, but once
    duplicate_chunk_bytes: of aligned chunks that came before, in the same file or another
    unreadable: names of files that could not be read
    """

    kinds: dict[str, list[int]] = field(default_factory=dict)
    duplicate_files: int = 0
    duplicate_file_bytes: int = 0
    duplicate_chunk_bytes: int = 0
    unreadable: list[str] = field(default_factory=list)


def read_contents(
    files: Sequence[tuple[str, Path, int]], progress: Callable[[int], None] = lambda done: None
) -> Contents:
    """Read all `files` (name, path, size); `progress` is told the bytes so far."""
    found = Contents()
    share = max(1, sum(size for _, _, size in files) // (CHUNK_BYTES * MOST_CHUNKS))
    chunks: set[int] = set()
    whole: set[bytes] = set()
    done = 0
    for name, path, _ in files:
        hasher = blake3(max_threads=blake3.AUTO)
        size = 0
        try:
            with open(path, "rb", buffering=0) as file:
                while block := file.read(READ_BYTES):
                    hasher.update(block)
                    found.duplicate_chunk_bytes += share * _repeated_bytes(block, chunks, share)
                    _count_kinds(np.frombuffer(block, np.uint8), found.kinds, size == 0)
                    size += len(block)
                    progress(done + size)
        except OSError:
            found.unreadable.append(name)
        done += size
        digest = hasher.digest()
        if size and digest in whole:
            found.duplicate_files += 1
            found.duplicate_file_bytes += size
        whole.add(digest)
    return found


def _repeated_bytes(block: bytes, chunks: set[int], share: int) -> int:
    repeated = 0
    for start in range(0, len(block) - CHUNK_BYTES + 1, CHUNK_BYTES):
        number = int.from_bytes(blake3(block[start : start + CHUNK_BYTES]).digest(8), "little")
        if number % share:
            continue
        if number in chunks:
            repeated += CHUNK_BYTES
        chunks.add(number)
    return repeated


def _count_kinds(data: np.ndarray, kinds: dict[str, list[int]], begins: bool) -> None:
    for start in range(0, data.size, KIND_BYTES):
        stretch = data[start : start + KIND_BYTES]
        counts = kinds.setdefault(name_of(classify(stretch).kind), [0, 0])
        counts[0] += begins and start == 0
        counts[1] += stretch.size


def name_of(kind: Kind) -> str:
    """Return the name of a kind in words, such as `other text`."""
    return kind.name.lower().replace("_", " ")
