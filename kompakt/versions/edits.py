"""Changed files as pieces of their earlier versions, with only what is new between them to be coded.

A file that has grown begins with its earlier version, which its hash proves without decoding anything. For
any other one the earlier version is needed. In a copy of a folder it is the original, which is read where it
lies if it has not changed; else its blocks are decoded, if they are not too large for what has changed. Other
files are coded anew.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from blake3 import blake3

from kompakt.archive.ancestry import members_before
from kompakt.archive.entry import Entry, Extent
from kompakt.archive.layout import CONTENT_HASH_BYTES, Codec, Filter
from kompakt.archive.reader import ArchiveReader
from kompakt.batch import read_contents
from kompakt.contents import Content, Group
from kompakt.device import Device
from kompakt.errors import ArchiveError, shown
from kompakt.pack import PackedFile
from kompakt.scan import Source
from kompakt.versions.matching import Common, common_parts

MOST_COMPARED_BYTES = 1 << 24
"""A larger file is not compared with its earlier version."""

MOST_NEW_BYTES = 1 << 28
"""Of all files together, held in memory."""

DECODED_FREELY_BYTES = 1 << 22
DECODED_PER_BYTE = 32
"""For each byte of the changed files, so many are decoded at most to find what has not changed in them."""

_READ_BYTES = 1 << 22


@dataclass(slots=True)
class Edit:
    """A file as pieces of blocks and new bytes.

    earlier:   the entry of its earlier version
    parts:     extents that are there already, or how many new bytes come next; None is all that are left
    hasher:    has seen the file, once the new bytes have been read
    open_new:  gives the new bytes
    new_bytes: how many are expected
    """

    earlier: Entry
    parts: list[Sequence[Extent] | int | None]
    hasher: blake3
    open_new: Callable[[], BinaryIO]
    new_bytes: int

    def content(self, number: int, group: Group) -> Content:
        """Return the new bytes as content."""
        return Content(number, self.open_new, group, self.new_bytes, starts_segment=False)

    def packed(self, packed: PackedFile | None) -> PackedFile:
        """Return what became of the file when its new bytes have become `packed`; None if there are none."""
        left = _Extents(packed.extents if packed else ())
        extents = [
            extent
            for part in self.parts
            for extent in (left.take(part) if part is None or isinstance(part, int) else part)
        ]
        size = sum(extent.length for extent in extents)
        # an archive may keep less of a hash, but the content was compared
        unchanged = extents == self.earlier.extents
        digest = self.earlier.content_hash if unchanged else self.hasher.digest(CONTENT_HASH_BYTES)
        return PackedFile.at(extents, size, digest, Filter.NONE)


class _Extents:
    """Extents that are taken from the front."""

    def __init__(self, extents: Iterable[Extent]):
        self._left = list(reversed(extents))

    def take(self, length: int | None) -> Iterator[Extent]:
        """Yield the next `length` bytes, or all that are left."""
        while self._left and length != 0:
            extent = self._left.pop()
            if length is not None and extent.length > length:
                self._left.append(Extent(extent.block, extent.offset + length, extent.length - length))
                extent = extent._replace(length=length)
            length = None if length is None else length - extent.length
            yield extent


class _Tail(io.RawIOBase):
    """What follows in a file after the bytes that `hasher` has seen; it sees these, too."""

    def __init__(self, path: Path, start: int, hasher: blake3):
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self._file.seek(start)
        self._hasher = hasher

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        count = self._file.readinto(buffer)
        self._hasher.update(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def grown(source: Source, earlier: Entry) -> Edit | None:
    """Return the edit of a file that begins with its earlier version, or None. Raises OSError."""
    size = source.entry.size
    if not 0 < earlier.size < size or earlier.filter != Filter.NONE:
        return None
    hasher = blake3(max_threads=blake3.AUTO)
    left = earlier.size
    with open(source.path, "rb", buffering=0) as file:
        while left and (part := file.read(min(left, _READ_BYTES))):
            hasher.update(part)
            left -= len(part)
    if left or hasher.digest(CONTENT_HASH_BYTES) != earlier.content_hash:
        return None
    open_new = partial(_Tail, source.path, earlier.size, hasher)
    return Edit(earlier, [earlier.extents, None], hasher, open_new, size - earlier.size)


class Comparison:
    """Finds out what changed files have in common with their earlier versions.

    unchanged: paths of files that hold what the last commit has under their names
    warnings:  a line for each earlier version that could not be read
    """

    def __init__(self, archive: ArchiveReader, device: Device, unchanged: Mapping[bytes, Path]):
        self._archive = archive
        self._device = device
        self._unchanged = unchanged
        self.warnings: list[str] = []

    def edits(self, changed: Sequence[tuple[int, Source, Entry]]) -> Iterator[tuple[int, Edit]]:
        """Yield number and edit of those of `changed` (number, file, earlier version) that have one.

        An earlier version is one of the last commit; several files may have the same.
        """
        wanted: dict[bytes, list[tuple[int, Source]]] = {}
        earlier_versions = {}
        for number, source, earlier in changed:
            if (
                0 < earlier.size <= MOST_COMPARED_BYTES
                and source.entry.size <= MOST_COMPARED_BYTES
                and earlier.filter == Filter.NONE
            ):
                wanted.setdefault(earlier.name, []).append((number, source))
                earlier_versions[earlier.name] = earlier
        new_bytes = 0
        for earlier, data in self._contents(earlier_versions, wanted):
            for number, source in wanted[earlier.name]:
                try:
                    edit = _compared(source, earlier, data)
                except OSError:
                    continue  # whoever reads it next will say so
                if edit is not None and new_bytes + edit.new_bytes <= MOST_NEW_BYTES:
                    new_bytes += edit.new_bytes
                    yield number, edit

    def _contents(
        self, entries: Mapping[bytes, Entry], wanted: Mapping[bytes, Sequence[tuple[int, Source]]]
    ) -> Iterator[tuple[Entry, np.ndarray]]:
        """Yield those of `entries` whose content is had in time, with it: uint8 (size,)."""
        others = []
        for name, entry in entries.items():
            data = _content_at(self._unchanged.get(name), entry)
            if data is None:
                others.append(entry)
            else:
                yield entry, data
        sizes = {name: sum(source.entry.size for _, source in sources) for name, sources in wanted.items()}
        affordable = list(self._affordable(others, sizes))
        if not affordable:
            return
        try:
            contents = read_contents(self._archive, affordable, self._device)
        except ArchiveError as error:
            self.warnings.append(f"changed files are coded anew: {error}")
            return
        for entry in contents.order:
            try:
                yield entry, np.frombuffer(b"".join(contents.chunks(entry)), np.uint8)
            except ArchiveError as error:
                self.warnings.append(f"{shown(entry.name)}: its earlier version is damaged: {error}")

    def _affordable(self, earlier: Sequence[Entry], changed_bytes: Mapping[bytes, int]) -> Iterator[Entry]:
        """Yield those of `earlier` that are decoded in time.

        changed_bytes: of the files that are to be compared with each, by its name
        """
        headers = [record.header for record in self._archive.blocks]
        budget = DECODED_FREELY_BYTES
        budget += DECODED_PER_BYTE * sum(changed_bytes[entry.name] for entry in earlier)
        decoded: set[int] = set()
        for entry in earlier:
            blocks = {extent.block for extent in entry.extents}
            blocks |= {member for block in blocks for member in members_before(block, headers)}
            cost = sum(
                headers[block].raw_bytes for block in blocks - decoded if headers[block].codec == Codec.CM
            )
            if cost <= budget:
                budget -= cost
                decoded |= blocks
                yield entry


def _content_at(path: Path | None, entry: Entry) -> np.ndarray | None:
    """Return the content of the file at `path`, uint8 (size,), if it has the size and the hash of `entry`."""
    try:
        content = path.read_bytes() if path else None
    except OSError:
        return None
    if content is None or blake3(content).digest(len(entry.content_hash)) != entry.content_hash:
        return None
    return np.frombuffer(content, np.uint8) if len(content) == entry.size else None


def _compared(source: Source, earlier: Entry, data: np.ndarray) -> Edit | None:
    """Return the edit that makes a file of its earlier version `data`, unless too little has stayed."""
    content = source.path.read_bytes()
    new = np.frombuffer(content, np.uint8)
    if np.array_equal(data, new):
        return Edit(earlier, [earlier.extents], blake3(content), io.BytesIO, 0)
    parts: list[Sequence[Extent] | int | None] = []
    literals: list[np.ndarray] = []
    place = 0
    for common in (*common_parts(data, new), Common(new.size, 0, 0)):
        if common.place > place:
            literals.append(new[place : common.place])
            parts.append(common.place - place)
        if common.length:
            parts.append(cut(earlier.extents, common.earlier_place, common.length))
        place = common.place + common.length
    literal = b"".join(literals)
    if 2 * len(literal) > new.size:
        return None
    return Edit(earlier, parts, blake3(content), partial(io.BytesIO, literal), len(literal))


def cut(extents: Sequence[Extent], start: int, length: int) -> list[Extent]:
    """Return the extents of `length` bytes from `start` on, of a file that `extents` make."""
    left = _Extents(extents)
    for _ in left.take(start):
        pass
    return list(left.take(length))
