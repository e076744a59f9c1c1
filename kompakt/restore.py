"""Writes entries into a folder, and never outside it.

Every name is walked from the target folder down by descriptors that do not follow symbolic links, so neither
the archive nor links that lie in the target already can lead elsewhere. A file appears under its name
only when it is complete; links come last, and modes and times of folders after all that changes them.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from kompakt.archive.entry import Entry, Kind
from kompakt.archive.names import check_links
from kompakt.errors import FileSystemError, UsageError, shown

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_HOLE_BYTES = 1 << 12  # a shorter run of zeros is written: no file system keeps smaller holes


def select(entries: Sequence[Entry], names: Sequence[bytes]) -> list[Entry]:
    """Return the entries called `names` and all that lie below them, in the order of `entries`.

    A hard link whose target is not among them becomes a FILE of its own, and further links to that target
    link to it. Raises UsageError for a name that the archive does not hold.
    """
    wanted = {name.rstrip(b"/") for name in names}
    chosen = [entry for entry in entries if any(part in wanted for part in _prefixes(entry.name))]
    held = {part for entry in chosen for part in _prefixes(entry.name)}
    for name in sorted(wanted - held):
        raise UsageError(f"{shown(name)}: no such name in the archive")
    by_name = {entry.name: entry for entry in entries}
    stand_ins = {entry.name: entry.name for entry in chosen if entry.kind == Kind.FILE}
    selected = []
    for entry in chosen:
        if entry.kind == Kind.HARDLINK:
            stand_in = stand_ins.setdefault(entry.target, entry.name)
            if stand_in == entry.name:
                entry = replace(by_name[entry.target], name=entry.name)
            else:
                entry = replace(entry, target=stand_in)
        selected.append(entry)
    return selected


class Restorer:
    """Restores `entries` below the folder `target`, made if missing, for use in a `with` statement.

    Entering raises UnsafeNameError when a symbolic link leads out of the target, without `unsafe_links`, and
    FileSystemError when a name is taken, without `force`, both before anything is written; then it makes the
    folders. Without `force`, what exists is never replaced; with it, all but folders is.
    """

    def __init__(
        self, target: Path, entries: Sequence[Entry], *, force: bool = False, unsafe_links: bool = False
    ):
        self._target = target
        self._entries = sorted(entries, key=lambda entry: entry.name)
        self._force = force
        self._unsafe_links = unsafe_links
        self._written: set[bytes] = set()
        private = {entry.name for entry in entries if entry.kind == Kind.DIRECTORY}
        self._folders = _Folders(target, private)

    def __enter__(self) -> Self:
        if not self._unsafe_links:
            check_links(self._entries, str(self._target))
        try:
            with self._reporting(b""):
                self._target.mkdir(parents=True, exist_ok=True)
                self._folders.open_root()
            self._refuse_existing()
            for folder in self._of_kind(Kind.DIRECTORY):
                with self._reporting(folder.name):
                    self._folders.open(folder.name)
        except BaseException:
            self._folders.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._folders.close()

    def write(self, entry: Entry, pieces: Iterable[bytes]) -> None:
        """Write one FILE from its content, in order, in `pieces` of any length (bytes-like).

        Pieces of zeros become holes. When `pieces` raises, nothing appears under the name and the exception
        goes on; so a hash that does not match has to be raised from there, after the last piece. Raises
        FileSystemError.
        """
        with self._reporting(entry.name), self._replacing(entry.name) as (folder, temporary):
            descriptor = os.open(temporary, _CREATE_FILE, 0o600, dir_fd=folder)
            try:
                size = _write_pieces(descriptor, pieces)
                if size != entry.size:
                    raise ValueError(f"{shown(entry.name)}: {size} bytes came for a file of {entry.size}")
                os.ftruncate(descriptor, size)
                os.fchmod(descriptor, entry.mode)
                os.utime(descriptor, ns=(entry.mtime_ns, entry.mtime_ns))
            finally:
                os.close(descriptor)
        self._written.add(entry.name)

    def finish(self) -> list[bytes]:
        """Make the links, then set modes and times of folders.

        Return the names of the files that were not written, and of the hard links to them.
        """
        missing = [file.name for file in self._of_kind(Kind.FILE) if file.name not in self._written]
        for link in self._of_kind(Kind.HARDLINK):
            if link.target in self._written:
                self._make_hard_link(link)
            else:
                missing.append(link.name)
        for link in self._of_kind(Kind.SYMLINK):
            with self._reporting(link.name), self._replacing(link.name) as (folder, temporary):
                os.symlink(link.target, temporary, dir_fd=folder)
                times = (link.mtime_ns, link.mtime_ns)
                os.utime(temporary, ns=times, dir_fd=folder, follow_symlinks=False)
        for entry in reversed(self._of_kind(Kind.DIRECTORY)):
            with self._reporting(entry.name):
                descriptor = self._folders.open(entry.name)
                os.fchmod(descriptor, entry.mode)
                os.utime(descriptor, ns=(entry.mtime_ns, entry.mtime_ns))
        return sorted(missing)

    def _make_hard_link(self, link: Entry) -> None:
        with self._reporting(link.name), self._replacing(link.name) as (folder, temporary):
            source_folder, source = self._folders.parent(link.target)
            os.link(source, temporary, src_dir_fd=source_folder, dst_dir_fd=folder, follow_symlinks=False)

    def _of_kind(self, kind: Kind) -> list[Entry]:
        return [entry for entry in self._entries if entry.kind == kind]

    def _refuse_existing(self) -> None:
        for entry in self._entries:
            path = self._path(entry.name)
            try:
                is_folder = stat.S_ISDIR(os.lstat(path).st_mode)
            except OSError:
                continue  # it is not there, or the way to it is blocked, and then making it fails
            if entry.kind == Kind.DIRECTORY:
                if not is_folder:
                    raise FileSystemError(f"{shown(path)}: is in the way: not a folder")
            elif is_folder:
                raise FileSystemError(f"{shown(path)}: is in the way: a folder")
            elif not self._force:
                raise self._exists(entry.name)

    @contextlib.contextmanager
    def _replacing(self, name: bytes) -> Iterator[tuple[int, bytes]]:
        """Give a folder and a name in it for something new, which gets the name `name` if all goes well."""
        folder, last = self._folders.parent(name)
        folder = os.dup(folder)
        temporary = f".kompakt-{secrets.token_hex(8)}.tmp".encode()
        try:
            yield folder, temporary
            if not self._force and _is_there(last, folder):
                raise self._exists(name)
            os.rename(temporary, last, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            # also after success: renaming a hard link to its twin does nothing
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            os.close(folder)

    @contextlib.contextmanager
    def _reporting(self, name: bytes) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FileSystemError(f"{shown(self._path(name))}: {error.strerror or error}") from None

    def _exists(self, name: bytes) -> FileSystemError:
        return FileSystemError(f"{shown(self._path(name))}: exists already (--force replaces it)")

    def _path(self, name: bytes) -> bytes:
        return os.path.join(os.fsencode(self._target), name) if name else os.fsencode(self._target)


class _Folders:
    """Descriptors of the folders below `root`, made when missing, those in `private` for the owner only."""

    def __init__(self, root: Path, private: Container[bytes]):
        self._root_path = root
        self._private = private
        self._root: int | None = None
        self._last_name = b""
        self._last: int | None = None

    def open_root(self) -> None:
        """Open the root itself, which may be reached through symbolic links."""
        self._root = os.open(self._root_path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def open(self, name: bytes) -> int:
        """Return a descriptor of the folder `name`, valid until the next call."""
        if not name:
            return self._root
        start, rest, done = self._root, name, b""
        if self._last is not None and (name + b"/").startswith(self._last_name + b"/"):
            start, rest, done = self._last, name[len(self._last_name) + 1 :], self._last_name
        here = os.dup(start)
        try:
            for part in rest.split(b"/") if rest else ():
                done = os.path.join(done, part)
                below = self._step(here, part, done)
                os.close(here)
                here = below
        except BaseException:
            os.close(here)
            raise
        self._forget()
        self._last_name, self._last = name, here
        return here

    def parent(self, name: bytes) -> tuple[int, bytes]:
        """Return a descriptor, valid until the next call, of the folder of `name`, and its last part."""
        folder, _, last = name.rpartition(b"/")
        return self.open(folder), last

    def close(self) -> None:
        """Close all descriptors."""
        self._forget()
        if self._root is not None:
            os.close(self._root)
            self._root = None

    def _step(self, folder: int, part: bytes, name: bytes) -> int:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o700 if name in self._private else 0o777, dir_fd=folder)
        try:
            return os.open(part, _OPEN_FOLDER, dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            path = os.path.join(os.fsencode(self._root_path), name)
            raise FileSystemError(f"{shown(path)}: is in the way: a symbolic link or file") from None

    def _forget(self) -> None:
        if self._last is not None:
            os.close(self._last)
            self._last = None


def _write_pieces(descriptor: int, pieces: Iterable[bytes]) -> int:
    """Write `pieces`, skipping those of zeros, and return their length. A hole at the end is not made."""
    size = 0
    for piece in pieces:
        data = np.frombuffer(piece, np.uint8)
        size += data.size
        if data.size >= _HOLE_BYTES and data[0] == 0 and not data.any():
            os.lseek(descriptor, data.size, os.SEEK_CUR)
            continue
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    return size


def _is_there(name: bytes, folder: int) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _prefixes(name: bytes) -> Iterator[bytes]:
    """Yield the folders above `name`, outermost first, then `name`."""
    end = name.find(b"/")
    while end >= 0:
        yield name[:end]
        end = name.find(b"/", end + 1)
    yield name
