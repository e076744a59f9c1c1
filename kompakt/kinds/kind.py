"""The kinds of data, in the order in which they lie in an archive, and what is known of a chunk."""

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a chunk holds. Neighbours are alike: text, then code, then numbers, then what cannot be shrunk."""

    ENGLISH = 0
    EUROPEAN = 1
    OTHER_TEXT = 2
    SOURCE = 3
    MARKUP = 4
    TABLE = 5
    X86 = 6
    ARM64 = 7
    BINARY = 8
    ARRAY8 = 9
    ARRAY16 = 10
    ARRAY32 = 11
    ARRAY64 = 12
    COMPRESSED = 13
    RANDOM = 14


TEXTS = (Kind.ENGLISH, Kind.EUROPEAN, Kind.OTHER_TEXT, Kind.SOURCE, Kind.MARKUP, Kind.TABLE)
ARRAYS = {1: Kind.ARRAY8, 2: Kind.ARRAY16, 4: Kind.ARRAY32, 8: Kind.ARRAY64}


@dataclass(frozen=True, slots=True)
class ChunkKind:
    """The kind of a chunk.

    width:  bytes of an element; 0 where there are none
    stride: bytes of a row or record; for ARRAY8 without rows, of a pixel or sample; 0 if none was found
    """

    kind: Kind
    width: int = 0
    stride: int = 0
