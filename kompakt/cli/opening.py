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


@contextmanager
def opened(path: str, device: Device) -> Iterator[ArchiveReader]:
    """Open the archive at `path`.

    What comes from a pipe is kept in a temporary file, as reading begins at the end.
    """
    if path != "-":
        try:
            file = open(path, "rb")  # noqa: SIM115
        except OSError as error:
            raise FileSystemError(f"{path}: {error.strerror}") from None
        with file:
            yield open_archive(file, path, device)
        return
    if sys.stdin.isatty():
        raise UsageError("an archive does not come from a terminal: give its path, or a pipe")
    with tempfile.TemporaryFile() as spool:
        _copy(sys.stdin.buffer, spool)
        yield open_archive(spool, "standard input", device)


def _copy(source: BinaryIO, spool: BinaryIO) -> None:
    try:
        shutil.copyfileobj(source, spool, 1 << 20)
    except OSError as error:
        raise FileSystemError(f"{tempfile.gettempdir()}: {error.strerror}") from None
