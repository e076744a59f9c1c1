"""Adds a commit to an archive so that at every moment the file is what it was, or what it shall be.

The new bytes come from a file beside the archive, complete. Then

1. a mark is written far enough behind the end that they fit in front of it: it names the end of the last
   commit, and whoever opens the archive now reads that;
2. they are written into the gap, and read back;
3. the file is cut where they end, which takes the mark away: that is the commit.

Each step reaches the disk before the next. Whatever ends the process before the third leaves a mark.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from kompakt.archive.frame import encode_mark
from kompakt.archive.layout import MARK_ALIGNMENT
from kompakt.errors import FileSystemError

_COPIED_BYTES = 1 << 20


@contextlib.contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """Open the archive at `path` for reading and writing, for this process alone among those that write.

    Raises FileSystemError, also when another process adds to the archive.
    """
    with contextlib.ExitStack() as stack:
        while True:
            try:
                file = stack.enter_context(open(path, "r+b", buffering=0))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if is_at(file, path):
                    break
            except OSError as error:
                busy = error.errno in (errno.EWOULDBLOCK, errno.EACCES) and not error.filename
                reason = "another process is changing it" if busy else error.strerror
                raise FileSystemError(f"{path}: {reason}") from None
            stack.pop_all().close()
        yield file


def is_at(file: BinaryIO, path: Path) -> bool:
    """Return whether `path` still names the open `file`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def append_commit(file: BinaryIO, path: Path, end: int, added: BinaryIO, check: Callable[[int], None]) -> int:
    """Append what `added` holds to the archive in `file` and return where it then ends.

    file:  from `locked`, whose last commit ends at `end`; what lies behind that is dropped
    check: is called before the commit with the new end, and raises if the archive could not be read so
    Raises FileSystemError, and what `check` raises; then the archive is as it was.
    """
    new_end = end + added.seek(0, os.SEEK_END)
    mark_place = -(-new_end // MARK_ALIGNMENT) * MARK_ALIGNMENT
    descriptor = file.fileno()
    try:
        try:
            if not is_at(file, path):
                raise FileSystemError(f"{path}: was replaced by another file meanwhile")
            os.ftruncate(descriptor, end)
            _write(descriptor, encode_mark(end), mark_place)
            os.fsync(descriptor)
            added.seek(0)
            place = end
            while part := added.read(_COPIED_BYTES):
                _write(descriptor, part, place)
                place += len(part)
            os.fsync(descriptor)
            check(new_end)
            os.ftruncate(descriptor, new_end)
            os.fsync(descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, end)
            raise
    except OSError as error:
        raise FileSystemError(f"{path}: {error.strerror}") from None
    return new_end


def _write(descriptor: int, data: bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, place)
        view, place = view[written:], place + written
