"""Writes an archive anew without the blocks that no snapshot needs; the others stay as they are coded."""

import os
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from kompakt.archive.ancestry import members_before
from kompakt.archive.block_header import BlockHeader
from kompakt.archive.entry import Entry
from kompakt.archive.history import EntryTable
from kompakt.archive.journal import locked
from kompakt.archive.layout import PARENTS_FLAG, Codec, ParentKind
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.writer import ArchiveWriter
from kompakt.atomic_file import AtomicFile
from kompakt.batch import open_archive
from kompakt.device import Device
from kompakt.models.recipe import Recipe
from kompakt.versions.adding import index_codec, spec_of
from kompakt.versions.changes import changes


@dataclass(frozen=True, slots=True)
class Compacted:
    """The size of an archive before and after, and its blocks."""

    bytes_before: int
    bytes_after: int
    blocks_before: int
    blocks_after: int


def compact(path: Path, device: Device) -> Compacted:
    """Replace the archive at `path` by one with the same snapshots and no more blocks than they need.

    Raises ArchiveError and FileSystemError; then the archive is as it was.
    """
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    with locked(path) as file:
        archive = open_archive(file, str(path), device)
        if len(archive.history.commits) == 1:
            return Compacted(*2 * (archive.archive_bytes,), *2 * (len(archive.blocks),))
        with AtomicFile(path, replace=True) as output:
            rewritten = _Rewritten(archive)
            bytes_after = rewritten.write(output.file, device)
            open_archive(output.file, archive.name, device)
            os.fchmod(output.file.fileno(), os.fstat(file.fileno()).st_mode)
            output.commit()
        blocks = len(rewritten.headers)
        return Compacted(archive.archive_bytes, bytes_after, len(archive.blocks), blocks)


class _Rewritten:
    """An archive of the blocks of another one that its snapshots need, renumbered."""

    def __init__(self, archive: ArchiveReader):
        self._archive = archive
        self._numbers: dict[int, int] = {}  # of a block: there, here
        self.headers: list[BlockHeader] = []

    def write(self, file: BinaryIO, device: Device) -> int:
        """Write a commit for each snapshot and return where the last one ends."""
        left = deque(sorted(self._needed()))
        table = EntryTable()
        end = 0
        for snapshot, entries, _ in self._archive.history.walk():
            last = max((extent.block for e in entries.entries.values() for extent in e.extents), default=-1)
            writer = ArchiveWriter(
                file,
                name=self._archive.name,
                index_codec=index_codec(spec_of(self._archive), device),
                has_parents=bool(self._archive.flags & PARENTS_FLAG),
                earlier=self.headers,
                start=end,
            )
            while left and left[0] <= last:
                self._copy(left.popleft(), writer)
            commit = changes(table, [self._renumbered(entry) for entry in entries.sorted_entries()])
            commit.snapshot, commit.time_s = snapshot.number, snapshot.time_s
            commit.index.info = {} if end else self._archive.info
            writer.commit(commit)
            table.apply(commit)
            end += writer.bytes_written
        return end

    def _needed(self) -> set[int]:
        """Return the blocks that files of the snapshots lie in, those these start from, and their models."""
        headers = [record.header for record in self._archive.blocks]
        needed = {
            extent.block
            for _, table, changed in self._archive.history.walk()
            for number in changed
            for extent in table.entries[number].extents
        }
        needed |= {member for number in needed for member in members_before(number, headers)}
        parents = {headers[number].parent for number in needed}
        models = {parent.model_id for parent in parents if parent.kind == ParentKind.MODEL}
        for number, header in enumerate(headers):
            if header.codec == Codec.MODEL:
                recipe = Recipe.decode(self._archive.read_stream(number), self._archive.name)
                needed |= {number} if recipe.model_id in models else set()
        return needed

    def _copy(self, number: int, writer: ArchiveWriter) -> None:
        header = self._archive.blocks[number].header
        if header.parent.kind == ParentKind.BLOCKS:
            # what a block starts from is kept as a whole, so its blocks still follow each other
            parent = replace(header.parent, first=self._numbers[header.parent.first])
            header = replace(header, parent=parent)
        self._numbers[number] = writer.add_block(header, self._archive.read_stream(number))
        self.headers.append(header)

    def _renumbered(self, entry: Entry) -> Entry:
        extents = [extent._replace(block=self._numbers[extent.block]) for extent in entry.extents]
        return replace(entry, extents=extents)
