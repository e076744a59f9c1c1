"""Equal files, found before anything is packed: only those whose size another one has are read for it.

This only proposes: whoever packs the first of several compares the BLAKE3 of what it packs, so that a file
which changes meanwhile, or a hash that is not what it should be, costs no more than storing them all.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from blake3 import blake3

HEAD_BYTES = 1 << 16
"""Files of one size are told apart by their heads first, which are read anyway to see what they are."""

Key = TypeVar("Key", int, bytes, None)
File = tuple[int, Path]
Digest = Callable[[Path, int | None], bytes]


def blake3_of(path: Path, most: int | None = None) -> bytes:
    """Return the BLAKE3, 32 bytes, of a file, or of its first `most` bytes. Raises OSError."""
    hasher = blake3(max_threads=blake3.AUTO)
    if most is None:
        return hasher.update_mmap(path).digest()
    with open(path, "rb", buffering=0) as file:
        return hasher.update(file.read(most)).digest()


def equal_files(
    files: Iterable[tuple[int, Path, int]], digest: Digest = blake3_of, threads: int = 1
) -> list[tuple[bytes, list[int]]]:
    """Return each digest that several files have, and their numbers, in the order of `files`.

    files: (number, path, size in bytes); empty ones share nothing, and what cannot be read is left to whoever
           reads it next
    threads: read files side by side
    """
    of_size = _several(((size, (number, path)) for number, path, size in files if size))
    equal = []
    with ThreadPoolExecutor(threads) as pool:

        def by_digest(alike: list[File], most: int | None) -> list[tuple[bytes, list[File]]]:
            found = pool.map(lambda file: _read(digest, file[1], most), alike)
            return _several(zip(found, alike, strict=True))

        for size, alike in of_size:
            is_large = size > HEAD_BYTES
            candidates = [group for _, group in by_digest(alike, HEAD_BYTES)] if is_large else [alike]
            for group in candidates:
                whole = by_digest(group, None)
                equal += [(found, [number for number, _ in same]) for found, same in whole]
    return equal


def _several(pairs: Iterable[tuple[Key, File]]) -> list[tuple[Key, list[File]]]:
    """Return the keys that several of `pairs` have, other than None, each with what it is the key of."""
    groups: dict[Key, list[File]] = {}
    for key, file in pairs:
        if key is not None:
            groups.setdefault(key, []).append(file)
    return [(key, group) for key, group in groups.items() if len(group) > 1]


def _read(digest: Digest, path: Path, most: int | None) -> bytes | None:
    try:
        return digest(path, most)
    except OSError:
        return None
