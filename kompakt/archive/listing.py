"""Names as columns: a folder that resembles an earlier one, its twin, is listed by what is different.

So the folders of one version after the other cost what changed between them. Folders stand in an order in
which each comes behind the folder it lies in and behind its twin; what lies in them follows by folder.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise

from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.entry import Kind
from kompakt.archive.layout import MAX_ALL_NAMES_BYTES
from kompakt.archive.varint import MalformedError
from kompakt.errors import LimitError

NO_TWIN = -1
_NOT_FOLDERS = (Kind.FILE, Kind.SYMLINK, Kind.HARDLINK)


class Twin(IntEnum):
    """Which folder a folder is compared with."""

    NONE = 0
    NAMESAKE = 1  # the folder of the same name in the twin of the folder it lies in
    BEFORE = 2  # the folder that stands before it in the folder it lies in


@dataclass(slots=True)
class Listing:
    """The names of one kind in the order of the index; for each the number of its counterpart or NO_TWIN."""

    names: list[bytes] = field(default_factory=list)
    twins: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Folder:
    """A folder: `children` maps the rest of a name to a number, for each kind."""

    name: bytes
    above: int = 0
    twin: int = NO_TWIN
    before: int = NO_TWIN
    rest: bytes = b""
    children: dict[Kind, dict[bytes, int]] = field(default_factory=dict)


class _Names:
    """What both directions share: folders and listings as they grow."""

    def __init__(self) -> None:
        self.folders = [_Folder(b"")]
        self.listings = {kind: Listing() for kind in (Kind.DIRECTORY, *_NOT_FOLDERS)}

    def twin_of(self, number: int, twin: int) -> int:
        """Return the number of the folder that folder `number` is compared with, NO_TWIN if there is none."""
        folder = self.folders[number]
        if twin == Twin.BEFORE:
            return folder.before
        above = self.folders[folder.above].twin
        if twin == Twin.NONE or above == NO_TWIN:
            return NO_TWIN
        return self.folders[above].children[Kind.DIRECTORY].get(folder.rest, NO_TWIN)

    def twins_children(self, number: int, kind: Kind) -> dict[bytes, int]:
        """Return what lies in the twin of folder `number`."""
        twin = self.folders[number].twin
        return self.folders[twin].children[kind] if twin != NO_TWIN else {}

    def fill(self, number: int, kind: Kind, rests: Sequence[bytes]) -> None:
        """Put `rests` into folder `number`."""
        folder = self.folders[number]
        children = folder.children[kind] = {}
        twins = self.twins_children(number, kind)
        listing = self.listings[kind]
        before = NO_TWIN
        for rest in rests:
            name = folder.name + b"/" + rest if number else rest
            listing.names.append(name)
            listing.twins.append(twins.get(rest, NO_TWIN))
            if kind == Kind.DIRECTORY:
                # Folders are counted from 0, which is none of the entries.
                listing.twins[-1] -= listing.twins[-1] != NO_TWIN
                children[rest] = len(self.folders)
                self.folders.append(_Folder(name, number, before=before, rest=rest))
                before = children[rest]
            else:
                children[rest] = len(listing.names) - 1


def write_names(columns: ColumnWriter, names: dict[Kind, Sequence[bytes]]) -> dict[Kind, Listing]:
    """Append the columns of all names, by kind, and return them in the order of the index."""
    rests = _by_folder(names)
    tree = _Names()
    chosen: list[int] = []
    changes: list[int] = []
    numbers: list[int] = []
    inserted: list[bytes] = []

    def list_folder(number: int, kind: Kind) -> None:
        own = rests[tree.folders[number].name].get(kind, [])
        steps = list(_changes(list(tree.twins_children(number, kind)), own))
        changes.append(len(steps))
        for kept, dropped, new in steps:
            numbers.extend((kept, dropped, len(new)))
            inserted.extend(new)
        tree.fill(number, kind, own)

    number = 0
    while number < len(tree.folders):
        if number:
            twin = _choose_twin(tree, number, rests)
            chosen.append(twin)
            tree.folders[number].twin = tree.twin_of(number, twin)
        list_folder(number, Kind.DIRECTORY)
        number += 1
    for kind in _NOT_FOLDERS:
        for number in range(len(tree.folders)):
            list_folder(number, kind)
    columns.runs(chosen)
    columns.sparse(changes)
    columns.numbers(numbers)
    columns.fronts(inserted)
    return tree.listings


def read_names(columns: ColumnReader, counts: dict[Kind, int], archive: str) -> dict[Kind, Listing]:
    """Return the names that write_names() wrote; `counts` of each kind have been checked.

    Raises MalformedError, and LimitError whose message begins with `archive`.
    """
    tree = _Names()
    folder_count = counts[Kind.DIRECTORY]
    chosen = columns.runs(folder_count)
    changes = iter(columns.sparse(4 * (folder_count + 1)))
    numbers = iter(columns.any_numbers())
    inserted = iter(columns.fronts())
    all_bytes = 0

    def list_folder(number: int, kind: Kind) -> None:
        nonlocal all_bytes
        own: list[bytes] = []
        left = deque(tree.twins_children(number, kind))
        room = counts[kind] - len(tree.listings[kind].names)
        for _ in range(next(changes)):
            kept, dropped, new = next(numbers), next(numbers), next(numbers)
            if kept + dropped > len(left) or kept + new > room - len(own):
                raise MalformedError("a folder lists more than there is")
            own += [left.popleft() for _ in range(kept)]
            for _ in range(dropped):
                left.popleft()
            own += [next(inserted) for _ in range(new)]
        own += left
        if len(own) > room or any(one >= other for one, other in pairwise(own)):
            raise MalformedError("a folder lists more than there is, or in disorder")
        all_bytes += sum(map(len, own)) + len(own) * (len(tree.folders[number].name) + 1)
        if all_bytes > MAX_ALL_NAMES_BYTES:
            raise LimitError(f"{archive}: its names take more than the limit of {MAX_ALL_NAMES_BYTES} bytes")
        tree.fill(number, kind, own)

    try:
        number = 0
        while number < len(tree.folders):
            if number:
                tree.folders[number].twin = tree.twin_of(number, chosen[number - 1])
            list_folder(number, Kind.DIRECTORY)
            number += 1
        for kind in _NOT_FOLDERS:
            for number in range(len(tree.folders)):
                list_folder(number, kind)
    except StopIteration:
        raise MalformedError("a folder lists more than there is") from None
    ended = next(numbers, None) is None and next(inserted, None) is None
    if not ended or any(len(tree.listings[kind].names) != count for kind, count in counts.items()):
        raise MalformedError("the folders do not list all there is")
    return tree.listings


def _by_folder(names: dict[Kind, Sequence[bytes]]) -> dict[bytes, dict[Kind, list[bytes]]]:
    """Return the rests of the names in each folder, sorted, by kind; a rest may have a `/` in it."""
    folders: dict[bytes, dict[Kind, list[bytes]]] = {b"": {}}
    folders.update((name, {}) for name in names[Kind.DIRECTORY])
    for kind, of_kind in names.items():
        for name in of_kind:
            end = name.rfind(b"/")
            while end > 0 and name[:end] not in folders:
                end = name.rfind(b"/", 0, end)
            folder, rest = (name[:end], name[end + 1 :]) if end > 0 else (b"", name)
            folders[folder].setdefault(kind, []).append(rest)
    for kinds in folders.values():
        for rests in kinds.values():
            rests.sort()
    return folders


def _choose_twin(tree: _Names, number: int, rests: dict[bytes, dict[Kind, list[bytes]]]) -> Twin:
    """Return how to compare a folder: with its namesake, or with the one before it if they are half alike."""
    if tree.twin_of(number, Twin.NAMESAKE) != NO_TWIN:
        return Twin.NAMESAKE
    before = tree.folders[number].before
    if before == NO_TWIN:
        return Twin.NONE
    own = {rest for of_kind in rests[tree.folders[number].name].values() for rest in of_kind}
    other = {rest for of_kind in rests[tree.folders[before].name].values() for rest in of_kind}
    return Twin.BEFORE if own and 2 * len(own & other) >= max(len(own), len(other)) else Twin.NONE


def _changes(before: Sequence[bytes], own: Sequence[bytes]) -> Iterator[tuple[int, int, list[bytes]]]:
    """Yield what makes `own` of `before`, both sorted: how many to keep, to drop, and what to insert."""
    kept_names = set(before) & set(own)
    at = place = 0
    while at < len(before) or place < len(own):
        kept = at
        while at < len(before) and before[at] in kept_names and own[place] == before[at]:
            at, place = at + 1, place + 1
        kept = at - kept
        dropped = at
        while at < len(before) and before[at] not in kept_names:
            at += 1
        dropped = at - dropped
        new = []
        while place < len(own) and own[place] not in kept_names:
            new.append(own[place])
            place += 1
        if dropped or new:
            yield kept, dropped, new
