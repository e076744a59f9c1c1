"""The columns of an index whose files share content: what many files hold is told once.

Contents stand in the order of their places, each once, whatever number of files have it. Names, modes, times
and contents of what lies in a folder with a twin (listing.py) are told by how they differ from there, so that
one version after the other costs what changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from kompakt.archive.block_columns import read_headers, write_headers
from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.index import (
    EMPTY_HASH,
    KINDS,
    Index,
    check_content_bytes,
    check_mtimes,
    read_filters,
    read_info,
    read_unit,
    write_info,
    write_unit,
)
from kompakt.archive.layout import (
    CHECKSUM_BYTES,
    CONTENT_HASH_BYTES,
    MAX_ENTRIES,
    RESIZING_FILTERS,
    SMALL_CONTENT_BYTES,
    SMALL_HASH_BYTES,
    Filter,
)
from kompakt.archive.listing import NO_TWIN, Listing, read_names, write_names
from kompakt.archive.places import read_places, write_places
from kompakt.archive.varint import MalformedError, unzigzag, zigzag
from kompakt.errors import LimitError

MOST_ENTRIES_FREE = 1 << 18
MOST_ENTRIES_A_BYTE = 128
"""Entries that columns may list, and how many more for each of their bytes: twins make many of few."""

EMPTY = 0
"""Number of the content of an empty file; others count from 1."""


@dataclass(slots=True)
class _Content:
    """What one file or several hold, as an Entry tells it."""

    size: int
    filter: Filter = Filter.NONE
    extents: list[Extent] = field(default_factory=list)
    content_hash: bytes = b""
    stored_bytes: int = 0


def hash_bytes(size: int) -> int:
    """Return how much is kept of the hash of content of `size` bytes: little where it would weigh most."""
    return CONTENT_HASH_BYTES if size >= SMALL_CONTENT_BYTES else SMALL_HASH_BYTES


def encode_shared(index: Index, earlier_sizes: Sequence[int] = ()) -> tuple[bytes, bytes]:
    """Return the columns, to be compressed, and the hashes, which stay as they are.

    earlier_sizes: raw bytes of the blocks that stand before those of this index, in earlier commits
    Raises ValueError for entries that contradict themselves or the blocks.
    """
    block_sizes = [*earlier_sizes, *(header.raw_bytes for header in index.headers)]
    by_name = {entry.name: entry for entry in index.entries}
    names = {kind: [entry.name for entry in index.entries if entry.kind == kind] for kind in KINDS}
    columns = ColumnWriter()
    columns.number(len(index.headers))
    for kind in KINDS:
        columns.number(len(names[kind]))
    write_info(columns, index.info)
    write_headers(columns, index.headers)
    listings = write_names(columns, names)
    entries = {kind: [by_name[name] for name in listings[kind].names] for kind in KINDS}
    with_own = [(entries[kind], listings[kind]) for kind in KINDS[:3]]
    _write_changes(columns, [([entry.mode for entry in group], listing) for group, listing in with_own])
    unit_ns = write_unit(columns, [entry.mtime_ns for group, _ in with_own for entry in group])
    times = [([entry.mtime_ns // unit_ns for entry in group], listing) for group, listing in with_own]
    _write_changes(columns, times)
    files = entries[Kind.FILE]
    contents, held = _contents_of(files, len(block_sizes))
    columns.number(len(contents))
    _write_changes(columns, [(held, listings[Kind.FILE])])
    resembled = _resembled(held, listings[Kind.FILE], len(contents))
    _write_contents(columns, contents, resembled, block_sizes, len(earlier_sizes))
    columns.strings(link.target for link in entries[Kind.SYMLINK])
    numbers = {file.name: number for number, file in enumerate(files)}
    columns.differences(numbers[link.target] for link in entries[Kind.HARDLINK])
    hashes = [header.checksum for header in index.headers]
    hashes += [content.content_hash[: hash_bytes(content.size)] for content in contents]
    return bytes(columns.data), b"".join(hashes)


def decode_shared(data: bytes, hashes: bytes, archive: str, earlier_sizes: Sequence[int] = ()) -> Index:
    """Return what `encode_shared` was given, entries sorted by name. Names are not judged here.

    Raises MalformedError, and LimitError whose message begins with `archive`.
    """
    columns = ColumnReader(data)
    block_count = columns.number()
    counts = {kind: columns.number() for kind in KINDS}
    if sum(counts.values()) > min(MAX_ENTRIES, MOST_ENTRIES_FREE + MOST_ENTRIES_A_BYTE * len(data)):
        raise LimitError(f"{archive}: declares {sum(counts.values())} entries, over the limit")
    if block_count * CHECKSUM_BYTES > len(hashes):
        raise MalformedError("there are fewer checksums than blocks")
    info = read_info(columns)
    headers = read_headers(columns, block_count, hashes)
    listings = read_names(columns, counts, archive)
    entries = {kind: [Entry(name, kind, 0, 0) for name in listings[kind].names] for kind in KINDS}
    with_own = [listings[kind] for kind in KINDS[:3]]
    all_with_own = list(chain(*(entries[kind] for kind in KINDS[:3])))
    for entry, mode in zip(all_with_own, _read_changes(columns, with_own), strict=True):
        if not 0 <= mode <= 0o7777:
            raise MalformedError(f"{mode:o} is no file mode")
        entry.mode = mode
    unit_ns = read_unit(columns)
    mtimes_ns = [mtime * unit_ns for mtime in _read_changes(columns, with_own)]
    check_mtimes(mtimes_ns)
    for entry, mtime_ns in zip(all_with_own, mtimes_ns, strict=True):
        entry.mtime_ns = mtime_ns
    files = entries[Kind.FILE]
    block_sizes = [*earlier_sizes, *(header.raw_bytes for header in headers)]
    file_hashes = hashes[block_count * CHECKSUM_BYTES :]
    _read_files(columns, files, listings[Kind.FILE], block_sizes, len(earlier_sizes), file_hashes, archive)
    targets = columns.strings(counts[Kind.SYMLINK])
    for link, target in zip(entries[Kind.SYMLINK], targets, strict=True):
        link.target = target
    numbers = columns.differences(counts[Kind.HARDLINK])
    for link, number in zip(entries[Kind.HARDLINK], numbers, strict=True):
        if not 0 <= number < len(files):
            raise MalformedError("a hard link to no file")
        file = files[number]
        link.target, link.mode, link.mtime_ns = file.name, file.mode, file.mtime_ns
    columns.end()
    return Index(headers, sorted(chain(*entries.values()), key=lambda entry: entry.name), info)


def _write_changes(columns: ColumnWriter, groups: Iterable[tuple[Sequence[int], Listing]]) -> None:
    """Append values of entries, each as its difference to that of the twin, or of the entry before."""
    changes = []
    before = 0
    for values, listing in groups:
        for value, twin in zip(values, listing.twins, strict=True):
            changes.append(value - (before if twin == NO_TWIN else values[twin]))
            before = value
    columns.sparse(changes)


def _read_changes(columns: ColumnReader, listings: Sequence[Listing]) -> list[int]:
    changes = iter(columns.sparse(sum(len(listing.twins) for listing in listings)))
    result: list[int] = []
    before = 0
    for listing in listings:
        values: list[int] = []
        for twin, change in zip(listing.twins, changes, strict=False):
            before = change + (before if twin == NO_TWIN else values[twin])
            values.append(before)
        result += values
    return result


def _contents_of(files: Sequence[Entry], no_block: int) -> tuple[list[_Content], list[int]]:
    """Return the contents of `files`, and for each file the number of its content from 1, or EMPTY."""
    contents: dict[tuple[object, ...], _Content] = {}
    keys = []
    for file in files:
        if len(file.content_hash) < hash_bytes(file.size):
            raise ValueError(f"the hash of {file.name!r} is too short")
        if file.filter not in RESIZING_FILTERS and file.stored_bytes != file.size:
            raise ValueError(f"the extents of {file.name!r} do not sum to its size")
        keys.append((tuple(file.extents), file.filter, file.size, file.content_hash) if file.size else None)
        if file.size and keys[-1] not in contents:
            stored = file.stored_bytes
            contents[keys[-1]] = _Content(file.size, file.filter, file.extents, file.content_hash, stored)
    ordered = sorted(contents, key=lambda key: key[0])
    numbers = {key: number for number, key in enumerate(ordered, 1)}
    return [contents[key] for key in ordered], [numbers[key] if key else EMPTY for key in keys]


def _resembled(held: Sequence[int], listing: Listing, count: int) -> list[int]:
    """Return for each of `count` contents one before it which a twin of a file with it has, or -1."""
    resembled = [-1] * count
    for number, twin in zip(held, listing.twins, strict=True):
        if twin != NO_TWIN and EMPTY < held[twin] < number and resembled[number - 1] < 0:
            resembled[number - 1] = held[twin] - 1
    return resembled


def _write_contents(
    columns: ColumnWriter,
    contents: Sequence[_Content],
    resembled: Sequence[int],
    block_sizes: Sequence[int],
    first_block: int,
) -> None:
    columns.numbers(
        content.size if other < 0 else zigzag(content.size - contents[other].size)
        for content, other in zip(contents, resembled, strict=True)
    )
    columns.runs(content.filter for content in contents)
    columns.numbers(content.stored_bytes for content in contents if content.filter in RESIZING_FILTERS)
    write_places(columns, [content.extents for content in contents], block_sizes, first_block)


def _read_files(
    columns: ColumnReader,
    files: Sequence[Entry],
    listing: Listing,
    block_sizes: Sequence[int],
    first_block: int,
    hashes: bytes,
    archive: str,
) -> None:
    """Read which content each file has, and the contents."""
    count = columns.number()
    held = _read_changes(columns, [listing])
    if count > len(files) or not all(0 <= number <= count for number in held):
        raise MalformedError("a file has content that there is not")
    resembled = _resembled(held, listing, count)
    contents: list[_Content] = []
    for value, other in zip(columns.numbers(count), resembled, strict=True):
        size = value if other < 0 else contents[other].size + unzigzag(value)
        if size <= 0:
            raise MalformedError("content of no bytes")
        contents.append(_Content(size))
    sizes = [content.size for content in contents]
    filters, stored_bytes = read_filters(columns, sizes, archive)
    check_content_bytes([contents[number - 1].size for number in held if number], stored_bytes, archive)
    place = 0
    for content, applied, stored in zip(contents, filters, stored_bytes, strict=True):
        content.filter, content.stored_bytes = applied, stored
        length = hash_bytes(content.size)
        content.content_hash = hashes[place : place + length]
        place += length
    if place != len(hashes):
        raise MalformedError("the hashes do not fit the files")
    places = read_places(columns, stored_bytes, block_sizes, first_block)
    for content, extents in zip(contents, places, strict=True):
        content.extents = extents
    for file, number in zip(files, held, strict=True):
        content = contents[number - 1] if number else _Content(0, content_hash=EMPTY_HASH)
        file.size, file.filter = content.size, content.filter
        file.extents, file.content_hash = content.extents, content.content_hash
