"""The chunks seen so far, by their BLAKE3, in arrays: 52 bytes for each, and no more than MOST_CHUNKS."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kompakt.classic.compiling import compiled, inlined

MOST_CHUNKS = 1 << 22
"""A batch whose size is known has about half as many; of a longer stream the rest is not remembered."""

_FIRST_CHUNKS = 1 << 12
_DIGEST_BYTES = 32
_SLOTS = 2  # for each chunk
_NO_FILE = -1


class Origin(NamedTuple):
    """Where a chunk was first: `offset` in what is stored of file number `file`."""

    file: int
    offset: int


class ChunkTable:
    """Finds chunks by their whole digests, of which the first bytes are where the search begins."""

    def __init__(self, most_chunks: int = MOST_CHUNKS):
        self._most_chunks = most_chunks
        self._count = 0
        self._resize(min(_FIRST_CHUNKS, most_chunks))

    @property
    def held_bytes(self) -> int:
        """Memory that the table takes."""
        return self._slots.nbytes + self._digests.nbytes + self._files.nbytes + self._offsets.nbytes

    def find(self, digest: bytes) -> Origin | None:
        """Return where the chunk with this digest was first, if it is known."""
        words = np.frombuffer(digest, np.uint64)
        number = int(self._slots[_slot_of(words, self._slots, self._digests)]) - 1
        return Origin(int(self._files[number]), int(self._offsets[number])) if number >= 0 else None

    def find_or_add(self, digests: bytes, file: int, offsets: Sequence[int]) -> list[Origin | None]:
        """Return where chunks were first; remember those that are new, unless there are too many.

        digests: of all chunks, one behind the other
        file, offsets: where they are now
        """
        words = np.frombuffer(digests, np.uint64).reshape(len(offsets), _DIGEST_BYTES // 8)
        while self._count + len(offsets) > len(self._files) < self._most_chunks:
            self._resize(min(2 * len(self._files), self._most_chunks))
        found_files = np.empty(len(offsets), np.int64)
        found_offsets = np.array(offsets, np.int64)
        self._count = _find_or_add(
            words, file, found_files, found_offsets,
            self._slots, self._digests, self._files, self._offsets, self._count,
        )  # fmt: skip
        pairs = zip(found_files.tolist(), found_offsets.tolist(), strict=True)
        return [None if found == _NO_FILE else Origin(found, offset) for found, offset in pairs]

    def _resize(self, chunks: int) -> None:
        digests = np.zeros((chunks, _DIGEST_BYTES // 8), np.uint64)
        files, offsets = np.zeros(chunks, np.uint32), np.zeros(chunks, np.int64)
        slots = np.zeros(1 << (_SLOTS * chunks - 1).bit_length(), np.uint32)
        if self._count:
            digests[: self._count], files[: self._count] = (
                self._digests[: self._count],
                self._files[: self._count],
            )
            offsets[: self._count] = self._offsets[: self._count]
            _fill_slots(slots, digests, self._count)
        self._digests, self._files, self._offsets, self._slots = digests, files, offsets, slots


@inlined
def _slot_of(words, slots, digests):
    """Return the slot of a digest, uint64 (4,), or the empty one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = words[0] & mask
    while slots[slot]:
        known = digests[slots[slot] - np.uint32(1)]
        if known[0] == words[0] and known[1] == words[1] and known[2] == words[2] and known[3] == words[3]:
            break
        slot = slot + np.uint64(1) & mask
    return slot


@compiled
def _fill_slots(slots, digests, count):
    for number in range(count):
        slots[_slot_of(digests[number], slots, digests)] = number + 1


@compiled
def _find_or_add(words, file, found_files, found_offsets, slots, digests, files, offsets, count):
    """Look for digests, uint64 (n, 4), and return how many are known now.

    found_files, found_offsets: int64 (n,), offsets of `file`; get where each was first, _NO_FILE if it is new
    """
    for index in range(len(words)):
        slot = _slot_of(words[index], slots, digests)
        number = np.int64(slots[slot]) - 1
        if number >= 0:
            found_files[index] = files[number]
            found_offsets[index] = offsets[number]
            continue
        found_files[index] = _NO_FILE
        if count == len(files):
            continue
        digests[count] = words[index]
        files[count] = file
        offsets[count] = found_offsets[index]
        count += 1
        slots[slot] = count
    return count
