"""What an archive holds already of the files that are to be added to it, by looking at as few as possible.

A file with the size and the modification time that the archive has of it is not read, if nothing at all
about it has changed since the last snapshot was made: its ctime, which no program can set, says so. That also
finds a file in whose place another one was moved, so inode numbers need not be kept. All others are read, and
may turn out to hold what the archive has under any name.
"""

from collections.abc import Sequence

from blake3 import blake3

from kompakt.archive.columns import ColumnWriter
from kompakt.archive.entry import Entry, Kind
from kompakt.archive.history import History
from kompakt.archive.index import KINDS
from kompakt.archive.layout import CONTENT_HASH_BYTES, SMALL_HASH_BYTES
from kompakt.archive.listing import NO_TWIN, write_names
from kompakt.scan import Source

CLOCK_S = 2
"""A change this close to the last snapshot may have come after it: clocks of file systems are coarse."""

_READ_BYTES = 1 << 22


class KnownFiles:
    """The content that an archive holds.

    history: of the archive
    since_s: when its newest snapshot was made, seconds since 1970; 0 where that is not known
    """

    def __init__(self, history: History, since_s: int):
        self._history = history
        self._unchanged_before_ns = (since_s - CLOCK_S) * 10**9
        self._contents: dict[tuple[int, bytes], Entry] = {}
        for commit in history.commits:
            for entry in commit.index.entries:
                if entry.size:
                    self._contents[entry.size, entry.content_hash] = entry
        self._sizes = {size for size, _ in self._contents}
        self._likely = {
            (entry.size, entry.content_hash[:SMALL_HASH_BYTES]): entry
            for entry in history.table.entries.values()
            if entry.size and len(entry.content_hash) < CONTENT_HASH_BYTES
        }
        self._likely_sizes = {size for size, _ in self._likely}

    def earlier(self, name: bytes) -> Entry | None:
        """Return the file that the last commit has under `name`."""
        table = self._history.table
        number = table.number_of(name)
        entry = None if number is None else table.entries[number]
        if entry is not None and entry.kind == Kind.HARDLINK:
            entry = table.entries[table.number_of(entry.target)]
        return entry if entry is not None and entry.kind == Kind.FILE else None

    def likely(self, source: Source) -> Entry | None:
        """Return a file of the last commit that may hold the same as `source`: little is kept of its hash.

        Raises OSError.
        """
        size = source.entry.size
        if size not in self._likely_sizes:
            return None
        return self._likely.get((size, _hash_of(source)[:SMALL_HASH_BYTES]))

    def twins(self, entries: Sequence[Entry]) -> dict[bytes, Entry]:
        """Return by name, of files in a copy of a folder, the one at the same place in the original.

        entries: of the next commit; originals are those of the last one
        """
        kinds = {entry.name: entry.kind for entry in (*self._history.table.entries.values(), *entries)}
        names: dict[Kind, list[bytes]] = {kind: [] for kind in KINDS}
        for name, kind in kinds.items():
            if kind in (Kind.DIRECTORY, Kind.FILE):
                names[kind].append(name)
        files = write_names(ColumnWriter(), names)[Kind.FILE]
        found: dict[bytes, Entry] = {}
        for name, twin in zip(files.names, files.twins, strict=True):
            if twin != NO_TWIN:
                original = self.earlier(files.names[twin]) or found.get(files.names[twin])
                if original is not None:
                    found[name] = original
        return found

    def find(self, source: Source, checksum: bool) -> Entry | None:
        """Return an entry of the archive with the content of `source`, which is a file, or None.

        checksum: whether to read the file whatever its times say
        Raises OSError.
        """
        entry, before = source.entry, self.earlier(source.entry.name)
        is_settled = not checksum and source.ctime_ns < self._unchanged_before_ns
        if is_settled and before and (entry.size, entry.mtime_ns) == (before.size, before.mtime_ns):
            return before
        if not entry.size or entry.size not in self._sizes:
            return None
        return self._contents.get((entry.size, _hash_of(source)))


def _hash_of(source: Source) -> bytes:
    hasher = blake3(max_threads=blake3.AUTO)
    with open(source.path, "rb", buffering=0) as file:
        while part := file.read(_READ_BYTES):
            hasher.update(part)
    return hasher.digest(CONTENT_HASH_BYTES)
