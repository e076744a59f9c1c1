"""The commit that makes of the entries of an archive those of a new snapshot."""

from collections.abc import Sequence
from dataclasses import replace

from kompakt.archive.commit import Commit, Touched
from kompakt.archive.entry import Entry, Kind
from kompakt.archive.history import EntryTable
from kompakt.archive.index import Index


def changes(table: EntryTable, entries: Sequence[Entry]) -> Commit:
    """Return what makes of the entries in `table` those that are given, as a commit without a number."""
    changed: set[bytes] = set()
    touched: dict[bytes, Touched] = {}
    for entry in entries:
        number = table.number_of(entry.name)
        before = None if number is None else table.entries[number]
        if before is None or not _is_same(before, entry):
            changed.add(entry.name)
        elif entry.kind != Kind.HARDLINK and (before.mode, before.mtime_ns) != (entry.mode, entry.mtime_ns):
            touched[entry.name] = Touched(number, entry.mode, entry.mtime_ns)
    # a link is told as the number of a file of the same commit
    changed |= {entry.target for entry in entries if entry.kind == Kind.HARDLINK and entry.name in changed}
    names = {entry.name for entry in entries}
    return Commit(
        removed=sorted(number for number, entry in table.entries.items() if entry.name not in names),
        touched=sorted(change for name, change in touched.items() if name not in changed),
        index=Index(entries=[entry for entry in entries if entry.name in changed]),
    )


def _is_same(before: Entry, entry: Entry) -> bool:
    return replace(before, mode=0, mtime_ns=0) == replace(entry, mode=0, mtime_ns=0)
