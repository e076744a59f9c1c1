"""What is packed: contents, and the groups in which they lie."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from kompakt.archive.layout import Filter
from kompakt.model.spec import Spec


@dataclass(frozen=True, slots=True)
class Group:
    """Content that is alike, of which models may learn together: its number, and where blocks are cut.

    spec:       of its blocks; None for that of the batch
    child_bits: log2 of the most buckets a context of blocks that start from others; None: what suits them
    """

    number: int
    block_bytes: int
    spec: Spec | None = None
    child_bits: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file: `open` gives what is read once, to its end; `size` is expected, if known.

    A group's contents follow each other; a segment of it begins a new piece. `filter` is tried on it.
    `copies` are contents that had the same BLAKE3, `digest`, when it was last looked at.
    """

    number: int
    open: Callable[[], BinaryIO]
    group: Group
    size: int | None = None
    starts_segment: bool = True
    filter: Filter = Filter.NONE
    digest: bytes = b""
    copies: "tuple[Content, ...]" = ()

    @property
    def align(self) -> int:
        """Return the bytes of an element, at multiples of which content is cut."""
        spec = self.group.spec
        return spec.geometry.width if spec is not None and spec.is_array else 1
