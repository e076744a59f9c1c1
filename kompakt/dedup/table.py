"""The chunks seen so far, by their BLAKE3, in arrays: 52 bytes for each, and no more than MOST_CHUNKS."""

from typing import NamedTuple

import numpy as np

MOST_CHUNKS = 1 << 22
"""A batch whose size is known has about half as many; of a longer stream the rest is not remembered."""

_FIRST_CHUNKS = 1 << 12
_DIGEST_BYTES = 32
_SLOTS = 2  # for each chunk


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
        number = int(self._slots[self._slot(digest)]) - 1
        return Origin(int(self._files[number]), int(self._offsets[number])) if number >= 0 else None

    def add(self, digest: bytes, origin: Origin) -> None:
        """Remember a chunk that find() did not find, unless there are too many."""
        if self._count == len(self._digests):
            if self._count == self._most_chunks:
                return
            self._resize(min(2 * self._count, self._most_chunks))
        self._digests[self._count] = np.frombuffer(digest, np.uint8)
        self._files[self._count], self._offsets[self._count] = origin
        self._count += 1
        self._slots[self._slot(digest)] = self._count

    def _slot(self, digest: bytes) -> int:
        """Return the slot of a digest, or the empty one where it belongs."""
        mask = len(self._slots) - 1
        slot = int.from_bytes(digest[:8], "little") & mask
        while (number := int(self._slots[slot])) and self._digests[number - 1].tobytes() != digest:
            slot = slot + 1 & mask
        return slot

    def _resize(self, chunks: int) -> None:
        digests = np.zeros((chunks, _DIGEST_BYTES), np.uint8)
        files, offsets = np.zeros(chunks, np.uint32), np.zeros(chunks, np.int64)
        if self._count:
            digests[: self._count], files[: self._count] = self._digests, self._files
            offsets[: self._count] = self._offsets
        self._digests, self._files, self._offsets = digests, files, offsets
        self._slots = np.zeros(1 << (_SLOTS * chunks - 1).bit_length(), np.uint32)
        for number in range(self._count):
            self._slots[self._slot(digests[number].tobytes())] = number + 1
