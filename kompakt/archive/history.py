"""The snapshots of an archive: what its commits make of the entries, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kompakt.archive.commit import Commit
from kompakt.archive.entry import Entry, Kind
from kompakt.archive.index import Info
from kompakt.archive.layout import MAX_ALL_NAMES_BYTES, MAX_ENTRIES, MAX_PIECES
from kompakt.archive.names import check_names
from kompakt.archive.varint import MalformedError
from kompakt.errors import LimitError


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the archive tells of a snapshot.

    time_s:        when its files were looked at, seconds since 1970; 0 where that is not known
    files:         number of files; every name of a file with several counts
    content_bytes: of all its files together
    added_bytes:   what the archive grew by
    """

    number: int
    time_s: int
    files: int
    content_bytes: int
    added_bytes: int


class EntryTable:
    """The entries as commits leave them. `apply` takes time in proportion to what a commit changes."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.info: Info = {}
        self.files = 0
        self.content_bytes = 0
        self._numbers: dict[bytes, int] = {}
        self._next_number = 0

    def number_of(self, name: bytes) -> int | None:
        """Return the number of the entry `name`, or None if there is none."""
        return self._numbers.get(name)

    def apply(self, commit: Commit) -> list[int]:
        """Take in what a commit changes and return the numbers of its new or changed entries.

        Raises MalformedError for changes of what is not there.
        """
        for number in commit.removed:
            del self._numbers[self._taken(number).name]
        for number, mode, mtime_ns in commit.touched:
            entry = self._taken(number)
            if entry.kind == Kind.HARDLINK:
                raise MalformedError("a hard link has no mode and time of its own")
            self._put(number, replace(entry, mode=mode, mtime_ns=mtime_ns))
        changed = []
        for entry in commit.index.entries:
            number = self._numbers.get(entry.name)
            if number is None:
                number = self._numbers[entry.name] = self._next_number
                self._next_number += 1
            else:
                self._taken(number)
            self._put(number, entry)
            changed.append(number)
        self.info |= commit.index.info
        return changed

    def sorted_entries(self) -> list[Entry]:
        """Return all entries sorted by name."""
        entries = sorted(self.entries.values(), key=lambda entry: entry.name)
        files = {entry.name: entry for entry in entries if entry.kind == Kind.FILE}
        if all(entry.kind != Kind.HARDLINK for entry in entries):
            return entries
        return [
            replace(entry, mode=files[entry.target].mode, mtime_ns=files[entry.target].mtime_ns)
            if entry.kind == Kind.HARDLINK
            else entry
            for entry in entries
        ]

    def _taken(self, number: int) -> Entry:
        """Take an entry out."""
        entry = self.entries.pop(number, None)
        if entry is None:
            raise MalformedError("it changes an entry that is not there")
        self._count(entry, -1)
        return entry

    def _put(self, number: int, entry: Entry) -> None:
        self.entries[number] = entry
        self._count(entry, 1)

    def _count(self, entry: Entry, by: int) -> None:
        self.files += by * (entry.kind in (Kind.FILE, Kind.HARDLINK))
        self.content_bytes += by * entry.size


class History:
    """The commits of an archive, oldest first, and the snapshots that they offer.

    ends:        where each commit ends in the archive
    table:       the entries as the last commit left them
    snapshots:   those that are offered, oldest first
    last_number: of the newest snapshot, even if it is forgotten
    last_time_s: when that was made, seconds since 1970; 0 where that is not known
    Raises MalformedError for commits that contradict each other, UnsafeNameError, and LimitError for more
    than a reader handles.
    """

    def __init__(self, commits: Sequence[Commit], ends: Sequence[int], archive: str):
        self.commits = commits
        self.table = EntryTable()
        self._archive = archive
        self._place: dict[int, int] = {}
        known: dict[int, Snapshot] = {}
        last = last_time_s = 0
        name_bytes = pieces = 0
        for place, (commit, end) in enumerate(zip(commits, ends, strict=True)):
            check_names(commit.index.entries, archive)
            self.table.apply(commit)
            name_bytes += sum(len(entry.name) for entry in commit.index.entries)
            pieces += sum(len(entry.extents) for entry in commit.index.entries)
            if (
                len(self.table.entries) > MAX_ENTRIES
                or name_bytes > MAX_ALL_NAMES_BYTES
                or pieces > MAX_PIECES
            ):
                raise LimitError(f"{archive}: its snapshots hold more than this Kompakt handles")
            if commit.first_time_s and last in known:
                last_time_s = commit.first_time_s
                known[last] = replace(known[last], time_s=last_time_s)
            if commit.snapshot:
                if commit.snapshot <= last:
                    raise MalformedError("the numbers of snapshots do not grow")
                last, last_time_s = commit.snapshot, commit.time_s
                start = ends[place - 1] if place else 0
                table = self.table
                known[last] = Snapshot(last, commit.time_s, table.files, table.content_bytes, end - start)
                self._place[last] = place
            for number in commit.forgotten:
                if known.pop(number, None) is None:
                    raise MalformedError("it forgets a snapshot that is not there")
        if not known:
            raise MalformedError("it offers no snapshot")
        self.snapshots = list(known.values())
        self.last_number = last
        self.last_time_s = last_time_s

    def entries_of(self, number: int) -> list[Entry]:
        """Return the entries of snapshot `number`, sorted by name. Raises UnsafeNameError."""
        place = self._place[number]
        table = self.table
        if place + 1 < len(self.commits):
            table = EntryTable()
            for commit in self.commits[: place + 1]:
                table.apply(commit)
        if place:
            check_names(table.entries.values(), self._archive)
        return table.sorted_entries()

    def walk(self) -> Iterator[tuple[Snapshot, EntryTable, list[int]]]:
        """Yield the snapshots, oldest first, each with its entries and the numbers of those that differ.

        They differ from those of the snapshot before in more than mode and time. The table is valid until the
        next one is asked for. Raises UnsafeNameError.
        """
        table = EntryTable()
        snapshots = {self._place[snapshot.number]: snapshot for snapshot in self.snapshots}
        changed: set[int] = set()
        for place, commit in enumerate(self.commits):
            changed.update(table.apply(commit))
            if place in snapshots:
                check_names(table.entries.values(), self._archive)
                yield snapshots[place], table, sorted(changed & table.entries.keys())
                changed.clear()
