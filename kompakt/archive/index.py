"""The index: block headers and entries as columns, and the hashes, which nothing can compress, behind them.

Files stand in the order of their content, so that where a file begins need not be said. A name is a folder of
the archive, what the rest shares with the name before, and what it does not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from blake3 import blake3

from kompakt.archive.block_columns import read_headers, write_headers
from kompakt.archive.block_header import BlockHeader
from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.entry import Entry, Kind
from kompakt.archive.extents import Run, end_of, extents_of, runs_of
from kompakt.archive.layout import (
    CHECKSUM_BYTES,
    CONTENT_HASH_BYTES,
    FILTERS_FLAG,
    MAX_ALL_NAMES_BYTES,
    MAX_CONTENT_BYTES,
    MAX_ENTRIES,
    MAX_INFO_BYTES,
    MAX_MTIME_NS,
    MAX_UNPACKED_BYTES,
    RESIZING_FILTERS,
    SHARED_FLAG,
    Filter,
    MtimeUnit,
)
from kompakt.archive.varint import MalformedError
from kompakt.errors import LimitError

EMPTY_HASH = blake3(b"").digest(CONTENT_HASH_BYTES)
KINDS = (Kind.DIRECTORY, Kind.FILE, Kind.SYMLINK, Kind.HARDLINK)

Info = dict[str, str | int]


@dataclass(slots=True)
class Index:
    """What the index says. `headers` are those of the blocks, in the order of their numbers."""

    headers: list[BlockHeader] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    info: Info = field(default_factory=dict)

    @property
    def has_filters(self) -> bool:
        """Whether any file went through a filter, which the footer has to say."""
        return any(entry.filter != Filter.NONE for entry in self.entries)

    @property
    def flags(self) -> int:
        """The flags that say which columns the index has."""
        flags = FILTERS_FLAG if self.has_filters else 0
        return flags | (SHARED_FLAG if self.has_shared or self._has_short_hashes else 0)

    @property
    def _has_short_hashes(self) -> bool:
        return any(
            entry.kind == Kind.FILE and len(entry.content_hash) < CONTENT_HASH_BYTES for entry in self.entries
        )

    @property
    def has_shared(self) -> bool:
        """Whether any bytes of the blocks belong to several files, or to one several times."""
        places = sorted(extent for entry in self.entries for extent in entry.extents)
        return any(
            one.block == other.block and other.offset < one.offset + one.length
            for one, other in pairwise(places)
        )


def encode_index(index: Index, earlier_sizes: Sequence[int] = ()) -> tuple[bytes, bytes]:
    """Return the columns, to be compressed, and the hashes, which stay as they are.

    earlier_sizes: raw bytes of the blocks that stand before those of this index, in earlier commits
    Raises ValueError for entries that contradict themselves or the blocks.
    """
    block_sizes = [*earlier_sizes, *(header.raw_bytes for header in index.headers)]
    runs = {entry.name: runs_of(entry.extents, block_sizes) for entry in index.entries}
    groups = {kind: [entry for entry in index.entries if entry.kind == kind] for kind in KINDS}
    for group in groups.values():
        group.sort(key=lambda entry: entry.name)
    files = groups[Kind.FILE]
    files.sort(key=lambda file: runs[file.name][0] if runs[file.name] else (len(block_sizes), 0, 0))
    for file in files:
        _check_file(file)

    columns = ColumnWriter()
    columns.number(len(index.headers))
    for group in groups.values():
        columns.number(len(group))
    write_info(columns, index.info)
    write_headers(columns, index.headers)
    _write_names(columns, groups)
    with_own_times = [entry for kind in KINDS[:3] for entry in groups[kind]]
    columns.runs(entry.mode for entry in with_own_times)
    write_mtimes(columns, [entry.mtime_ns for entry in with_own_times])
    columns.numbers(file.size for file in files)
    filled = [file for file in files if file.size]
    if index.has_filters:
        columns.runs(file.filter for file in filled)
        columns.numbers(file.stored_bytes for file in filled if file.filter in RESIZING_FILTERS)
    _write_places(columns, filled, runs, block_sizes, len(earlier_sizes))
    columns.strings(link.target for link in groups[Kind.SYMLINK])
    numbers = {file.name: number for number, file in enumerate(files)}
    columns.differences([numbers[link.target] for link in groups[Kind.HARDLINK]])

    hashes = [header.checksum for header in index.headers] + [file.content_hash for file in filled]
    return bytes(columns.data), b"".join(hashes)


def decode_index(
    data: bytes, hashes: bytes, has_filters: bool, archive: str, earlier_sizes: Sequence[int] = ()
) -> Index:
    """Return what `encode_index` was given, entries sorted by name. Names are not judged here.

    has_filters: as the footer says
    Raises MalformedError, and LimitError whose message begins with `archive`.
    """
    columns = ColumnReader(data)
    block_count = columns.number()
    counts = {kind: columns.number() for kind in KINDS}
    if sum(counts.values()) > MAX_ENTRIES:
        raise LimitError(
            f"{archive}: declares {sum(counts.values())} entries, over the limit of {MAX_ENTRIES}"
        )
    if block_count * CHECKSUM_BYTES > len(hashes):
        raise MalformedError("there are fewer checksums than blocks")
    info = read_info(columns)
    headers = read_headers(columns, block_count, hashes)
    groups = _read_names(columns, counts, archive)
    files = groups[Kind.FILE]
    with_own_times = [entry for kind in KINDS[:3] for entry in groups[kind]]
    for entry, mode in zip(with_own_times, columns.runs(len(with_own_times)), strict=True):
        if mode > 0o7777:
            raise MalformedError(f"{mode:o} is no file mode")
        entry.mode = mode
    for entry, mtime_ns in zip(with_own_times, read_mtimes(columns, len(with_own_times)), strict=True):
        entry.mtime_ns = mtime_ns
    for file, size in zip(files, columns.numbers(len(files)), strict=True):
        file.size = size
    filled = [file for file in files if file.size]
    stored_bytes = [file.size for file in filled]
    if has_filters:
        filters, stored_bytes = read_filters(columns, stored_bytes, archive)
        for file, applied in zip(filled, filters, strict=True):
            file.filter = applied
    block_sizes = [*earlier_sizes, *(header.raw_bytes for header in headers)]
    here = len(earlier_sizes), 0
    file_hashes = hashes[block_count * CHECKSUM_BYTES :]
    _read_contents(columns, filled, stored_bytes, block_sizes, here, file_hashes, archive)
    for file in files:
        if not file.size:
            file.content_hash = EMPTY_HASH
    for link, target in zip(groups[Kind.SYMLINK], columns.strings(counts[Kind.SYMLINK]), strict=True):
        link.target = target
    for link, number in zip(groups[Kind.HARDLINK], columns.differences(counts[Kind.HARDLINK]), strict=True):
        if not 0 <= number < len(files):
            raise MalformedError("a hard link to no file")
        file = files[number]
        link.target, link.mode, link.mtime_ns = file.name, file.mode, file.mtime_ns
    columns.end()
    entries = sorted((entry for group in groups.values() for entry in group), key=lambda entry: entry.name)
    return Index(headers, entries, info)


def _check_file(file: Entry) -> None:
    if file.filter not in RESIZING_FILTERS and file.stored_bytes != file.size:
        raise ValueError(f"the extents of {file.name!r} do not sum to its size")
    if len(file.content_hash) != CONTENT_HASH_BYTES:
        raise ValueError(f"the hash of {file.name!r} has not {CONTENT_HASH_BYTES} bytes")


def write_info(columns: ColumnWriter, info: Info) -> None:
    """Append what the writer says about the archive."""
    columns.blob(json.dumps(info, sort_keys=True, separators=(",", ":")).encode())


def read_info(columns: ColumnReader) -> Info:
    """Return what the writer said about the archive. Raises MalformedError."""
    data = columns.blob()
    if len(data) > MAX_INFO_BYTES:
        raise MalformedError("the information about the archive is too long")
    try:
        info = json.loads(data)
        json.dumps(info, ensure_ascii=False).encode()  # refuses lone surrogates, which could not be printed
    except (ValueError, RecursionError):
        raise MalformedError("the information about the archive is no JSON") from None
    if not isinstance(info, dict) or not all(type(value) in (str, int) for value in info.values()):
        raise MalformedError("the information about the archive is no table of strings and whole numbers")
    return info


def _write_names(columns: ColumnWriter, groups: dict[Kind, list[Entry]]) -> None:
    folders = {entry.name: number for number, entry in enumerate(groups[Kind.DIRECTORY], 1)}
    parents = []
    rests = []
    for name in (entry.name for group in groups.values() for entry in group):
        end = name.rfind(b"/")
        while end > 0 and name[:end] not in folders:
            end = name.rfind(b"/", 0, end)
        parents.append(folders[name[:end]] if end > 0 else 0)
        rests.append(name[end + 1 :] if end > 0 else name)
    columns.runs(parents)
    columns.fronts(rests)


def _read_names(columns: ColumnReader, counts: dict[Kind, int], archive: str) -> dict[Kind, list[Entry]]:
    count = sum(counts.values())
    parents = columns.runs(count)
    shared = columns.numbers(count)
    suffixes = columns.strings(count)
    names: list[bytes] = []
    all_bytes = 0
    rest = b""
    for number, (parent, shared_bytes, suffix) in enumerate(zip(parents, shared, suffixes, strict=True)):
        if shared_bytes > len(rest) or parent > min(number, counts[Kind.DIRECTORY]):
            raise MalformedError("a name begins like no other")
        rest = rest[:shared_bytes] + suffix
        name = names[parent - 1] + b"/" + rest if parent else rest
        all_bytes += len(name)
        if all_bytes > MAX_ALL_NAMES_BYTES:
            raise LimitError(f"{archive}: its names take more than the limit of {MAX_ALL_NAMES_BYTES} bytes")
        names.append(name)
    ahead = iter(names)
    return {kind: [Entry(next(ahead), kind, 0, 0) for _ in range(counts[kind])] for kind in KINDS}


def write_mtimes(columns: ColumnWriter, mtimes_ns: Sequence[int]) -> None:
    """Append modification times: their unit, and their differences."""
    unit_ns = write_unit(columns, mtimes_ns)
    columns.differences(mtime_ns // unit_ns for mtime_ns in mtimes_ns)


def write_unit(columns: ColumnWriter, mtimes_ns: Sequence[int]) -> int:
    """Append the unit that suits modification times, and return how many nanoseconds it is."""
    if any(abs(mtime_ns) >= MAX_MTIME_NS for mtime_ns in mtimes_ns):
        raise ValueError("a modification time is out of range")
    unit = max(unit for unit in MtimeUnit if all(mtime_ns % 10**unit == 0 for mtime_ns in mtimes_ns))
    columns.number(unit)
    return 10**unit


def read_unit(columns: ColumnReader) -> int:
    """Return how many nanoseconds the unit of the modification times is. Raises MalformedError."""
    unit = columns.number()
    if unit not in set(MtimeUnit):
        raise MalformedError(f"unknown unit {unit} of modification times")
    return 10**unit


def read_mtimes(columns: ColumnReader, count: int) -> list[int]:
    """Return `count` modification times in nanoseconds. Raises MalformedError."""
    unit_ns = read_unit(columns)
    mtimes_ns = [mtime * unit_ns for mtime in columns.differences(count)]
    check_mtimes(mtimes_ns)
    return mtimes_ns


def check_mtimes(mtimes_ns: Sequence[int]) -> None:
    """Raise MalformedError for a modification time out of range."""
    if any(abs(mtime_ns) >= MAX_MTIME_NS for mtime_ns in mtimes_ns):
        raise MalformedError("a modification time is out of range")


def _write_places(
    columns: ColumnWriter,
    files: Sequence[Entry],
    runs: dict[bytes, list[Run]],
    block_sizes: Sequence[int],
    first_block: int,
) -> None:
    """Write where each file lies: how many runs, or 0 for one that begins where the file before ended."""
    codes = []
    stated: list[list[Run]] = []
    here = (first_block, 0)
    for file in files:
        places = runs[file.name]
        follows = len(places) == 1 and places[0][:2] == here
        codes.append(0 if follows else len(places))
        if not follows:
            stated.append(places)
        here = end_of(file.extents[-1], block_sizes)
    columns.runs(codes)
    columns.differences([run.block for places in stated for run in places])
    columns.numbers(run.offset for places in stated for run in places)
    columns.numbers(run.length for places in stated for run in places[:-1])


def read_filters(columns: ColumnReader, sizes: Sequence[int], archive: str) -> tuple[list[Filter], list[int]]:
    """Return the filters of contents of `sizes` bytes, and how long each is as it is stored."""
    filters = columns.runs(len(sizes))
    if not set(filters) <= set(Filter):
        raise MalformedError(f"unknown filter {max(filters)}")
    resized = iter(columns.numbers(sum(number in RESIZING_FILTERS for number in filters)))
    stored_bytes = []
    for size, number in zip(sizes, filters, strict=True):
        stored_bytes.append(next(resized) if number in RESIZING_FILTERS else size)
        if number == Filter.DEFLATE and max(size, stored_bytes[-1]) > MAX_UNPACKED_BYTES:
            raise LimitError(f"{archive}: unpacks a file over the limit of {MAX_UNPACKED_BYTES} bytes")
        if not stored_bytes[-1]:
            raise MalformedError("a file is made of nothing")
    return list(map(Filter, filters)), stored_bytes


def _read_contents(
    columns: ColumnReader,
    filled: Sequence[Entry],
    stored_bytes: Sequence[int],
    block_sizes: Sequence[int],
    here: tuple[int, int],
    hashes: bytes,
    archive: str,
) -> None:
    """Read extents and hashes of the files that are not empty; the first begins `here`, unless it says."""
    check_content_bytes([file.size for file in filled], stored_bytes, archive)
    if len(hashes) != len(filled) * CONTENT_HASH_BYTES:
        raise MalformedError("the hashes do not fit the files")
    codes = columns.runs(len(filled))
    run_count = sum(codes)
    blocks = iter(columns.differences(run_count))
    offsets = iter(columns.numbers(run_count))
    lengths = iter(columns.numbers(run_count - sum(1 for code in codes if code)))
    # Memory stays linear in what was read: each border of blocks is crossed once, or once more by each run.
    extents_left = len(block_sizes) + 2 * (len(filled) + run_count)
    for number, (file, code, stored) in enumerate(zip(filled, codes, stored_bytes, strict=True)):
        runs = []
        left = stored
        for index in range(code):
            length = left if index == code - 1 else next(lengths)
            runs.append(Run(next(blocks), next(offsets), length))
            left -= length
            if length <= 0 or left < 0:
                raise MalformedError("the pieces of a file do not make its size")
        file.extents = extents_of(runs or [Run(*here, stored)], block_sizes, extents_left)
        extents_left -= len(file.extents)
        here = end_of(file.extents[-1], block_sizes)
        file.content_hash = hashes[number * CONTENT_HASH_BYTES : (number + 1) * CONTENT_HASH_BYTES]


def check_content_bytes(sizes: Sequence[int], stored_bytes: Sequence[int], archive: str) -> None:
    """Raise LimitError for more content than an archive may have."""
    if max(sum(sizes), sum(stored_bytes)) > MAX_CONTENT_BYTES:
        raise LimitError(f"{archive}: declares more content than the limit of {MAX_CONTENT_BYTES} bytes")
