"""What an archive knows about one file, directory or link."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from kompakt.archive.layout import Filter


class Kind(IntEnum):
    """What an entry is."""

    FILE = 0
    DIRECTORY = 1
    SYMLINK = 2
    HARDLINK = 3


class Extent(NamedTuple):
    """`length` bytes of a file, at `offset` among the raw bytes of block `block`."""

    block: int
    offset: int
    length: int


@dataclass(slots=True)
class Entry:
    """One name in an archive.

    name:         relative, parts separated by '/', any bytes but NUL; no empty part, no '.' and no '..'
    mode:         permission bits, 0 to 0o7777; a hard link has those of its target
    mtime_ns:     nanoseconds since 1970, may be negative; a hard link has that of its target
    size:         content bytes; 0 unless kind is FILE
    content_hash: first CONTENT_HASH_BYTES of the BLAKE3 of the content; empty unless kind is FILE
    extents:      where the content lies, in the order of the file; lengths sum to `stored_bytes`
    target:       text of a symbolic link, or name of the FILE that a hard link equals
    filter:       what was done to the content before it was stored
    """

    name: bytes
    kind: Kind
    mode: int
    mtime_ns: int
    size: int = 0
    content_hash: bytes = b""
    extents: list[Extent] = field(default_factory=list)
    target: bytes = b""
    filter: Filter = Filter.NONE

    @property
    def stored_bytes(self) -> int:
        """The length of the content as it is stored: `size`, unless `filter` changed it."""
        return sum(extent.length for extent in self.extents)
