"""Walks the paths a person gave and records what is there: names, kinds, modes, times and links, not content.

Nothing is followed through symbolic links. What cannot be stored is left out and told to the caller in words.
"""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from kompakt.archive.entry import Entry, Kind
from kompakt.errors import FileSystemError, UsageError

_SKIPPED_TYPES = (
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISBLK, "block device"),
    (stat.S_ISCHR, "character device"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Something to archive: an entry, still without hash and extents, and where it lies.

    ctime_ns: when the file, its name or its attributes last changed; nobody can set that
    """

    entry: Entry
    path: Path
    ctime_ns: int = 0


@dataclass(slots=True)
class Scan:
    """What was found, sorted by name.

    warnings:   a line for each thing that was left out
    unreadable: how many of them were left out because they could not be read, and not for what they are
    """

    sources: list[Source] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unreadable: int = 0


def scan(paths: Sequence[Path], exclude: Sequence[str] = (), skip: Collection[tuple[int, int]] = ()) -> Scan:
    """Find everything at and below `paths`.

    exclude: patterns with `*`, `?` and `[…]`; one without `/` is compared with each part of a name, one with
             `/` with the whole stored name, where `*` also stands for `/`; what is below a match goes too
    skip:    (st_dev, st_ino) of files to leave out silently, such as the archive that is being written

    Each path is stored under its own last part, `.` and `..` under the name of the folder they are. Of
    several hard links to one file the first becomes the FILE. Raises UsageError when two paths have the same
    last part, FileSystemError when a path does not exist.
    """
    result = Scan()
    patterns = [os.fsencode(pattern.rstrip("/")) for pattern in exclude]
    inodes: dict[bytes, tuple[int, int]] = {}
    for name, path in _roots(paths).items():
        for source, status in _walk(name, path, patterns, result):
            inode = (status.st_dev, status.st_ino)
            if inode in skip:
                continue
            if source.entry.kind == Kind.FILE and status.st_nlink > 1:
                inodes[source.entry.name] = inode
            result.sources.append(source)
    result.sources.sort(key=lambda source: source.entry.name)
    _link_equal_inodes(result.sources, inodes)
    return result


def _roots(paths: Sequence[Path]) -> dict[bytes, bytes]:
    """Return where each stored root name is read from."""
    roots: dict[bytes, bytes] = {}
    given: dict[bytes, Path] = {}
    for path in paths:
        where = path.resolve() if path.name in ("", "..") else path
        name = os.fsencode(where.name)
        if not name:
            raise UsageError(f"{path}: has no name to be stored under; name the folders in it instead")
        if name in roots:
            raise UsageError(f"{given[name]} and {path} would both be stored as {where.name}")
        roots[name] = os.fsencode(where)
        given[name] = path
        try:
            os.lstat(where)
        except OSError as error:
            raise FileSystemError(f"{path}: {error.strerror}") from None
    return roots


def _walk(
    name: bytes, path: bytes, patterns: Sequence[bytes], result: Scan
) -> Iterator[tuple[Source, os.stat_result]]:
    pending = [(name, path)]
    while pending:
        name, path = pending.pop()
        if _is_excluded(name, patterns):
            continue
        try:
            status = os.lstat(path)
            entry = _entry(name, path, status)
            if entry is None:
                result.warnings.append(f"{os.fsdecode(path)}: a {_type_of(status)}, left out")
                continue
            if entry.kind == Kind.DIRECTORY:
                pending += [(name + b"/" + child, os.path.join(path, child)) for child in os.listdir(path)]
            elif entry.kind == Kind.FILE and not os.access(path, os.R_OK, effective_ids=True):
                raise PermissionError(None, "Permission denied")
        except OSError as error:
            result.warnings.append(f"{os.fsdecode(path)}: {error.strerror}, left out")
            result.unreadable += 1
            continue
        yield Source(entry, Path(os.fsdecode(path)), status.st_ctime_ns), status


def _entry(name: bytes, path: bytes, status: os.stat_result) -> Entry | None:
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISREG(status.st_mode):
        return Entry(name, Kind.FILE, mode, status.st_mtime_ns, size=status.st_size)
    if stat.S_ISDIR(status.st_mode):
        return Entry(name, Kind.DIRECTORY, mode, status.st_mtime_ns)
    if stat.S_ISLNK(status.st_mode):
        return Entry(name, Kind.SYMLINK, mode, status.st_mtime_ns, target=os.readlink(path))
    return None


def _type_of(status: os.stat_result) -> str:
    return next((word for is_type, word in _SKIPPED_TYPES if is_type(status.st_mode)), "file of unknown type")


def _is_excluded(name: bytes, patterns: Sequence[bytes]) -> bool:
    last = name.rpartition(b"/")[2]
    return any(fnmatchcase(name if b"/" in pattern else last, pattern) for pattern in patterns)


def _link_equal_inodes(sources: Sequence[Source], inodes: dict[bytes, tuple[int, int]]) -> None:
    first: dict[tuple[int, int], bytes] = {}
    for entry in (source.entry for source in sources):
        inode = inodes.get(entry.name)
        if inode is not None and first.setdefault(inode, entry.name) != entry.name:
            entry.kind, entry.size, entry.target = Kind.HARDLINK, 0, first[inode]
