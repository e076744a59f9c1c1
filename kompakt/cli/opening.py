"""Archives that commands read."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from kompakt.archive.reader import ArchiveReader
from kompakt.batch import open_archive
from kompakt.device import Device
from kompakt.errors import FileSystemError, UsageError
from kompakt.versions.choice import chosen_snapshot


@contextmanager
def opened(path: str, device: Device, snapshot: str | None = None) -> Iterator[ArchiveReader]:
    """Open the archive at `path`, to show the snapshot that a person calls `snapshot`, or the newest.

    What comes from a pipe is kept in a temporary file, as reading begins at the end.
    """
    if path != "-":
        try:
            file = open(path, "rb")  # noqa: SIM115
        except OSError as error:
            raise FileSystemError(f"{path}: {error.strerror}") from None
        with file:
            yield _shown(open_archive(file, path, device), device, snapshot)
        return
    if sys.stdin.isatty():
        raise UsageError("an archive does not come from a terminal: give its path, or a pipe")
    with tempfile.TemporaryFile() as spool:
        _copy(sys.stdin.buffer, spool)
        yield _shown(open_archive(spool, "standard input", device), device, snapshot)


def _shown(archive: ArchiveReader, device: Device, snapshot: str | None) -> ArchiveReader:
    if archive.end < archive.archive_bytes:
        device.notice(
            f"{archive.name}: somebody adds a snapshot to it, or was interrupted: "
            f"the last {archive.archive_bytes - archive.end} bytes are left aside"
        )
    if snapshot is not None:
        archive.show(chosen_snapshot(snapshot, archive.snapshots, archive.name))
    return archive


def _copy(source: BinaryIO, spool: BinaryIO) -> None:
    try:
        shutil.copyfileobj(source, spool, 1 << 20)
    except OSError as error:
        raise FileSystemError(f"{tempfile.gettempdir()}: {error.strerror}") from None
