"""An output file that appears under its name only when it is complete.

The bytes go to a hidden file beside the final name, `.NAME.kompakt-XXXXXXXX.tmp`, which is synced and then
linked or renamed. Its writer holds a lock on it, so a later run for the same name knows left-overs of dead
processes from the files of living ones, and removes them.
"""

import contextlib
import errno
import fcntl
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from kompakt.errors import FileSystemError

_NAME_BYTES = 255


class AtomicFile:
    """A new file for the name `path`, for use in a `with` statement.

    `file` takes the bytes; `commit()` gives them the final name. Leaving the statement without it, by
    whatever exception, removes them. Without `replace` an existing file is refused, both at once and at the
    commit. Raises FileSystemError.
    """

    def __init__(self, path: Path, *, replace: bool):
        self.path = path
        self.replace = replace
        self.file: BinaryIO
        self._temporary: Path | None = None

    def __enter__(self) -> "AtomicFile":
        if self.path.exists() and not self.path.is_file():
            raise FileSystemError(f"{self.path}: is no regular file")
        if not self.replace and os.path.lexists(self.path):
            raise self._exists()
        try:
            self._remove_stale()
            self._create()
        except OSError as error:
            raise FileSystemError(f"{self.path}: {error.strerror}") from None
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self.file.close()
        self._remove_temporary()

    def commit(self) -> None:
        """Sync the bytes to disk and give them their name."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            if self.replace:
                os.replace(self._temporary, self.path)
                self._temporary = None
            else:
                self._link()
            _sync_folder(self.path.parent)
        except OSError as error:
            raise FileSystemError(f"{self.path}: {error.strerror}") from None

    def _create(self) -> None:
        while True:
            temporary = self.path.with_name(f"{self._prefix()}{secrets.token_hex(4)}.tmp")
            descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
            self._temporary = temporary
            self.file = os.fdopen(descriptor, "w+b")
            with contextlib.suppress(
                OSError
            ):  # some network file systems have no locks, and then no cleaning
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return
            self.file.close()  # another run took it for stale before it was locked

    def _link(self) -> None:
        """Give the final name without replacing a file that came in the meantime."""
        try:
            os.link(self._temporary, self.path)
        except FileExistsError:
            raise self._exists() from None
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            # no hard links here (FAT and the like): reserve the name, then replace the reservation
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                os.replace(self._temporary, self.path)
                self._temporary = None
                return
            raise self._exists() from None

    def _prefix(self) -> str:
        room = _NAME_BYTES - len("..kompakt-XXXXXXXX.tmp")
        name = os.fsdecode(os.fsencode(self.path.name)[:room])
        return f".{name}.kompakt-"

    def _remove_stale(self) -> None:
        prefix = self._prefix()
        for entry in os.scandir(self.path.parent):
            if not (entry.name.startswith(prefix) and entry.name.endswith(".tmp")):
                continue
            with contextlib.suppress(OSError), open(entry.path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(entry.path)

    def _remove_temporary(self) -> None:
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)

    def _exists(self) -> FileSystemError:
        return FileSystemError(f"{self.path}: exists already (--force replaces it)")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
