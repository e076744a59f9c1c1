"""The order of content: files that are alike are a group, and lie where one model can learn from all of them.

A group is made of segments. A large file is a segment of its own; all small files together are one. Blocks
are cut inside segments (see pack.py), so a large file never shares a block and small ones always do.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from kompakt.archive.entry import Kind
from kompakt.pack import Group
from kompakt.scan import Source
from kompakt.tree import block_bytes_of

SNIFF_BYTES = 4096

_MEDIA_STARTS = (
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"7z\xbc\xaf", b"\x04\x22\x4d\x18",
    b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"OggS", b"fLaC", b"ID3", b"\x1aE\xdf\xa3", b"wOF2",
    b"%PDF",
)  # fmt: skip
_EXECUTABLE_STARTS = (
    b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\0asm", b"!<arch>\n",
)  # fmt: skip
_MARKUP_EXTENSIONS = frozenset(b"xml html htm svg json geojson jsonl csv tsv yaml yml toml log md".split())
_SOURCE_EXTENSIONS = frozenset(
    b"c h cc cpp hpp cu py pyi js ts go rs java kt f f90 r jl sh pl rb lua sql css cmake m4 tex".split()
)
_SOURCE_LINE = re.compile(
    rb"^\s*(?:#include|#!|import |from \w+ import|def |class |package |func |fn |use )", re.M
)
_TEXT_BYTES = bytes(sorted({*range(32, 127), *range(128, 256), 9, 10, 12, 13, 27}))


class ContentKind(IntEnum):
    """What the start of a file looks like; the values give the order in an archive."""

    TEXT = 0
    MARKUP = 1
    SOURCE = 2
    EXECUTABLE = 3
    BINARY = 4
    MEDIA = 5


def content_kind(head: bytes, extension: bytes) -> ContentKind:
    """Return the kind of a file from its first bytes and its extension (lower case, without the dot)."""
    if head.startswith(_MEDIA_STARTS) or head[4:8] == b"ftyp":
        return ContentKind.MEDIA
    if head.startswith(_EXECUTABLE_STARTS):
        return ContentKind.EXECUTABLE
    if len(head.translate(None, _TEXT_BYTES)) * 100 > len(head):
        return ContentKind.BINARY
    if extension in _MARKUP_EXTENSIONS or head.lstrip()[:1] in (b"<", b"{", b"["):
        return ContentKind.MARKUP
    if extension in _SOURCE_EXTENSIONS or _SOURCE_LINE.search(head):
        return ContentKind.SOURCE
    return ContentKind.TEXT


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file in the order of content. `number` is its index among the sources."""

    number: int
    group: Group
    starts_segment: bool


def plan(sources: Sequence[Source], level: int, block_bytes: int | None = None) -> list[PlannedFile]:
    """Return the files among `sources` in the order in which their content is stored.

    level:       of the model, which decides about the size of blocks
    block_bytes: where to cut instead
    In a group, files below a block come first, by extension and name; then the others, in the order of
    `sources`. What cannot be read counts as text: whoever reads it next will say so.
    """
    groups: dict[ContentKind, list[int]] = {}
    sizes = [source.entry.size for source in sources]
    for number, source in enumerate(sources):
        if source.entry.kind == Kind.FILE:
            groups.setdefault(content_kind(_head(source.path), _extension(source)), []).append(number)
    batch_bytes = sum(sizes[number] for numbers in groups.values() for number in numbers)
    planned = []
    for kind, numbers in sorted(groups.items()):
        group_bytes = sum(sizes[number] for number in numbers)
        cut_at = block_bytes_of(level, group_bytes, batch_bytes) if block_bytes is None else block_bytes
        group = Group(int(kind), cut_at)
        small = [number for number in numbers if sizes[number] < group.block_bytes]
        small.sort(key=lambda number: (_extension(sources[number]), sources[number].entry.name))
        planned += [PlannedFile(number, group, place == 0) for place, number in enumerate(small)]
        planned += [
            PlannedFile(number, group, True) for number in numbers if sizes[number] >= group.block_bytes
        ]
    return planned


def _extension(source: Source) -> bytes:
    return os.path.splitext(source.entry.name)[1][1:].lower()


def _head(path: Path) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(SNIFF_BYTES)
    except OSError:
        return b""
