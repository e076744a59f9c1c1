"""What differs between two snapshots."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from kompakt.archive.entry import Entry


class Change(Enum):
    """What became of a name."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """Other content, another kind, or another target of a link."""

    TOUCHED = "touched"
    """Another mode or modification time only."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A name that is not the same in both; what is missing on one side is None."""

    name: bytes
    change: Change
    before: Entry | None
    after: Entry | None


def differences(before: Sequence[Entry], after: Sequence[Entry]) -> list[Difference]:
    """Return what makes of the entries `before` those `after`, sorted by name."""
    old = {entry.name: entry for entry in before}
    new = {entry.name: entry for entry in after}
    found = []
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name), new.get(name)
        change = _change(one, other)
        if change is not None:
            found.append(Difference(name, change, one, other))
    return found


def _change(one: Entry | None, other: Entry | None) -> Change | None:
    if one is None or other is None:
        return Change.ADDED if one is None else Change.REMOVED
    if not _is_same(one, other):
        return Change.CHANGED
    return Change.TOUCHED if (one.mode, one.mtime_ns) != (other.mode, other.mtime_ns) else None


def _is_same(one: Entry, other: Entry) -> bool:
    known = min(len(one.content_hash), len(other.content_hash))  # an archive may keep a part of a hash
    are_alike = (one.kind, one.size, one.target) == (other.kind, other.size, other.target)
    return are_alike and one.content_hash[:known] == other.content_hash[:known]
