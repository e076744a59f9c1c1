"""One commit more for an archive: locked, written beside it, read back, then appended."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from kompakt.archive.commit import Commit
from kompakt.archive.journal import append_commit, locked
from kompakt.archive.layout import CONTENT_HASH_BYTES, PARENTS_FLAG, SHORT_VERSION
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.writer import ArchiveWriter
from kompakt.atomic_file import AtomicFile
from kompakt.batch import open_archive, read_contents, written_by
from kompakt.coding import encode_index
from kompakt.device import Device
from kompakt.model.spec import DEFAULT_LEVEL, Spec, is_known, spec_by_id, spec_for_level


class Addition:
    """A commit that is being added.

    archive: as it is
    writer:  takes the new blocks
    spec:    for them
    since_s: when its newest snapshot was made, seconds since 1970; if it does not say so, when it was written
    """

    def __init__(
        self,
        archive: ArchiveReader,
        writer: ArchiveWriter,
        spec: Spec,
        since_s: int,
        file: BinaryIO,
        part: BinaryIO,
    ):
        self.archive = archive
        self.writer = writer
        self.spec = spec
        self.since_s = since_s
        self._file = file
        self._part = part

    def commit(self, commit: Commit, device: Device) -> int:
        """Append the commit and return where the archive then ends. Raises like append_commit()."""
        if not self.archive.history.last_time_s:
            commit.first_time_s = self.since_s
        self.writer.commit(commit)

        def check(end: int) -> None:
            open_archive(self._file, self.archive.name, device, end_at=end)

        return append_commit(self._file, Path(self.archive.name), self.archive.end, self._part, check)


@contextmanager
def adding(path: Path, device: Device, *, spec: Spec | None = None, has_parents: bool) -> Iterator[Addition]:
    """Open the archive at `path` to add a commit to it.

    spec:        for its index; None for that of the archive's level
    has_parents: whether its blocks may start from models or other blocks
    A short archive is replaced by one of the same content with an index before. Raises ArchiveError, and
    FileSystemError when the archive cannot be written or another process writes it.
    """
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    with ExitStack() as stack:
        file = stack.enter_context(locked(path))
        archive = open_archive(file, str(path), device)
        if archive.format_version == SHORT_VERSION:
            _lengthen(archive, file, path, device)
            stack.pop_all().close()
            file = stack.enter_context(locked(path))
            archive = open_archive(file, str(path), device)
        part = stack.enter_context(AtomicFile(path, replace=True))
        spec = spec or spec_of(archive)
        writer = ArchiveWriter(
            part.file,
            name=archive.name,
            index_codec=index_codec(spec, device),
            has_parents=has_parents,
            earlier=[record.header for record in archive.blocks],
            start=archive.end,
        )
        since_s = archive.history.last_time_s or int(os.fstat(file.fileno()).st_mtime)
        yield Addition(archive, writer, spec, since_s, file, part.file)


def spec_of(archive: ArchiveReader) -> Spec:
    """Return the spec of the level that an archive was written at."""
    level = archive.info.get("level")
    if level not in range(1, 10):
        levels = (spec_by_id(number).level for number in sorted(archive.spec_ids) if is_known(number))
        level = next(levels, DEFAULT_LEVEL)
    return spec_for_level(level)


def index_codec(spec: Spec, device: Device) -> partial:
    """Return what turns the columns of an index into a block."""
    return partial(encode_index, spec=spec, backend=device.index_backend())


def _lengthen(archive: ArchiveReader, file: BinaryIO, path: Path, device: Device) -> None:
    """Replace a short archive by one with an index."""
    contents = read_contents(archive, archive.entries, device)
    (entry,) = archive.entries
    hasher = blake3()
    for part in contents.chunks(entry):
        hasher.update(part)
    spec = spec_of(archive)
    status = os.fstat(file.fileno())
    with AtomicFile(path, replace=True) as output:
        writer = ArchiveWriter(
            output.file,
            name=archive.name,
            index_codec=index_codec(spec, device),
            has_parents=bool(archive.flags & PARENTS_FLAG),
        )
        writer.add_block(archive.blocks[0].header, archive.read_stream(0))
        writer.finish([replace(entry, content_hash=hasher.digest(CONTENT_HASH_BYTES))], written_by(spec))
        os.fchmod(output.file.fileno(), status.st_mode)
        os.utime(output.file.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
        output.commit()
