"""What an appended commit says: what has changed since the one before, so that a small change costs little.

Its columns are those of here and behind them those of an index of its own, of new blocks and of entries that
are new or have other content. Entries of earlier commits are meant by number, in the order in which their
names came into the archive: the first commit's by name, then those of each commit by name. A name keeps its
number until it is removed, and a number is never used again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.index import Index, read_mtimes, write_mtimes
from kompakt.archive.indexes import decode_any, encode_any
from kompakt.archive.layout import MAX_SNAPSHOT, MAX_TIME_S
from kompakt.archive.varint import MalformedError


class Touched(NamedTuple):
    """Entry `number` has another mode or modification time and is otherwise as it was."""

    number: int
    mode: int
    mtime_ns: int


@dataclass(slots=True)
class Commit:
    """What changes with a commit.

    snapshot:      number of the snapshot that it adds, or 0
    time_s:        when its files were looked at, seconds since 1970; 0 where that is not known
    first_time_s:  the same of the snapshot before, if its own commit could not say so; else 0
    forgotten:     numbers of snapshots that are no longer offered
    removed:       numbers of entries that are gone
    touched:       entries whose content stays
    index:         new blocks, and all other new or changed entries
    """

    snapshot: int = 0
    time_s: int = 0
    first_time_s: int = 0
    forgotten: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    touched: list[Touched] = field(default_factory=list)
    index: Index = field(default_factory=Index)

    @property
    def block_bytes(self) -> int:
        """Bytes that its blocks take in the archive, headers included."""
        return sum(len(header.encode()) + header.coded_bytes for header in self.index.headers)


def encode_commit(commit: Commit, earlier_sizes: Sequence[int]) -> tuple[bytes, bytes]:
    """Return columns and hashes, as encode_any() does; encode_index() says what `earlier_sizes` are."""
    columns = ColumnWriter()
    columns.number(commit.block_bytes)
    for number in (commit.snapshot, commit.time_s, commit.first_time_s):
        columns.number(number)
    for numbers in (commit.forgotten, commit.removed, [touched.number for touched in commit.touched]):
        columns.number(len(numbers))
        columns.differences(numbers)
    columns.runs(touched.mode for touched in commit.touched)
    write_mtimes(columns, [touched.mtime_ns for touched in commit.touched])
    index, hashes = encode_any(commit.index, earlier_sizes)
    return bytes(columns.data) + index, hashes


def block_bytes_of(columns: bytes) -> int:
    """Return how many bytes of blocks lie in front of the index with these columns. Raises MalformedError."""
    return ColumnReader(columns).number()


def decode_commit(
    data: bytes, hashes: bytes, flags: int, archive: str, earlier_sizes: Sequence[int]
) -> Commit:
    """Return what `encode_commit` was given. Raises MalformedError and LimitError."""
    columns = ColumnReader(data)
    block_bytes = columns.number()
    snapshot, time_s, first_time_s = (columns.number() for _ in range(3))
    if snapshot > MAX_SNAPSHOT or max(time_s, first_time_s) > MAX_TIME_S:
        raise MalformedError("an impossible number or time of a snapshot")
    forgotten, removed, numbers = (columns.differences(columns.number()) for _ in range(3))
    modes = columns.runs(len(numbers))
    if max(modes, default=0) > 0o7777:
        raise MalformedError(f"{max(modes):o} is no file mode")
    mtimes_ns = read_mtimes(columns, len(numbers))
    touched = [Touched(*fields) for fields in zip(numbers, modes, mtimes_ns, strict=True)]
    index = decode_any(data[columns.position :], hashes, flags, archive, earlier_sizes)
    commit = Commit(snapshot, time_s, first_time_s, forgotten, removed, touched, index)
    if commit.block_bytes != block_bytes:
        raise MalformedError("the blocks do not fill the space before it")
    return commit
