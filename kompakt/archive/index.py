"""The index: block headers and entries as columns, and the hashes, which nothing can compress, behind them.

Files stand in the order of their content, so that where a file begins need not be said. A name is a folder of
the archive, what the rest shares with the name before, and what it does not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from blake3 import blake3

from kompakt.archive.block_header import BlockHeader, Parent
from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.extents import Run, extents_of, position_after, runs_of
from kompakt.archive.layout import (
    CHECKSUM_BYTES,
    CONTENT_HASH_BYTES,
    MAX_ALL_NAMES_BYTES,
    MAX_CONTENT_BYTES,
    MAX_ENTRIES,
    MAX_INFO_BYTES,
    MAX_MTIME_NS,
    MAX_UNPACKED_BYTES,
    MODEL_ID_BYTES,
    Filter,
    MtimeUnit,
    ParentKind,
)
from kompakt.archive.varint import MalformedError, unzigzag, zigzag
from kompakt.errors import LimitError

EMPTY_HASH = blake3(b"").digest(CONTENT_HASH_BYTES)
_KINDS = (Kind.DIRECTORY, Kind.FILE, Kind.SYMLINK, Kind.HARDLINK)

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


def encode_index(index: Index, earlier_sizes: Sequence[int] = ()) -> tuple[bytes, bytes]:
    """Return the columns, to be compressed, and the hashes, which stay as they are.

    earlier_sizes: raw bytes of the blocks that stand before those of this index, in earlier commits
    Raises ValueError for entries that contradict themselves or the blocks.
    """
    block_sizes = [*earlier_sizes, *(header.raw_bytes for header in index.headers)]
    runs = {entry.name: runs_of(entry.extents, block_sizes) for entry in index.entries}
    groups = {kind: [entry for entry in index.entries if entry.kind == kind] for kind in _KINDS}
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
    columns.blob(json.dumps(index.info, sort_keys=True, separators=(",", ":")).encode())
    _write_headers(columns, index.headers)
    _write_names(columns, groups)
    with_own_times = [entry for kind in _KINDS[:3] for entry in groups[kind]]
    columns.runs(entry.mode for entry in with_own_times)
    write_mtimes(columns, [entry.mtime_ns for entry in with_own_times])
    columns.numbers(file.size for file in files)
    filled = [file for file in files if file.size]
    if index.has_filters:
        columns.runs(file.filter for file in filled)
        columns.numbers(file.stored_bytes for file in filled if file.filter == Filter.DEFLATE)
    _write_places(columns, filled, runs, block_sizes, len(earlier_sizes))
    columns.strings(link.target for link in groups[Kind.SYMLINK])
    numbers = {file.name: number for number, file in enumerate(files)}
    write_differences(columns, [numbers[link.target] for link in groups[Kind.HARDLINK]])

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
    counts = {kind: columns.number() for kind in _KINDS}
    if sum(counts.values()) > MAX_ENTRIES:
        raise LimitError(
            f"{archive}: declares {sum(counts.values())} entries, over the limit of {MAX_ENTRIES}"
        )
    if block_count * CHECKSUM_BYTES > len(hashes):
        raise MalformedError("there are fewer checksums than blocks")
    info = _read_info(columns.blob())
    headers = _read_headers(columns, block_count, hashes)
    groups = _read_names(columns, counts, archive)
    files = groups[Kind.FILE]
    with_own_times = [entry for kind in _KINDS[:3] for entry in groups[kind]]
    for entry, mode in zip(with_own_times, columns.runs(len(with_own_times)), strict=True):
        if mode > 0o7777:
            raise MalformedError(f"{mode:o} is no file mode")
        entry.mode = mode
    for entry, mtime_ns in zip(with_own_times, read_mtimes(columns, len(with_own_times)), strict=True):
        entry.mtime_ns = mtime_ns
    for file, size in zip(files, columns.numbers(len(files)), strict=True):
        file.size = size
    filled = [file for file in files if file.size]
    stored_bytes = _read_filters(columns, filled, archive) if has_filters else [file.size for file in filled]
    block_sizes = [*earlier_sizes, *(header.raw_bytes for header in headers)]
    here = len(earlier_sizes), 0
    file_hashes = hashes[block_count * CHECKSUM_BYTES :]
    _read_contents(columns, filled, stored_bytes, block_sizes, here, file_hashes, archive)
    for file in files:
        if not file.size:
            file.content_hash = EMPTY_HASH
    for link, target in zip(groups[Kind.SYMLINK], columns.strings(counts[Kind.SYMLINK]), strict=True):
        link.target = target
    for link, number in zip(
        groups[Kind.HARDLINK], read_differences(columns, counts[Kind.HARDLINK]), strict=True
    ):
        if not 0 <= number < len(files):
            raise MalformedError("a hard link to no file")
        file = files[number]
        link.target, link.mode, link.mtime_ns = file.name, file.mode, file.mtime_ns
    columns.end()
    entries = sorted((entry for group in groups.values() for entry in group), key=lambda entry: entry.name)
    return Index(headers, entries, info)


def _check_file(file: Entry) -> None:
    if file.filter != Filter.DEFLATE and file.stored_bytes != file.size:
        raise ValueError(f"the extents of {file.name!r} do not sum to its size")
    if len(file.content_hash) != CONTENT_HASH_BYTES:
        raise ValueError(f"the hash of {file.name!r} has not {CONTENT_HASH_BYTES} bytes")


def _read_info(data: bytes) -> Info:
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


def _write_headers(columns: ColumnWriter, headers: Sequence[BlockHeader]) -> None:
    columns.runs(header.codec for header in headers)
    columns.runs(header.spec_id for header in headers)
    columns.runs(header.table_bits for header in headers)
    columns.runs(header.parent.kind for header in headers)
    parents = [header.parent for header in headers]
    columns.numbers(
        number
        for parent in parents
        if parent.kind == ParentKind.BLOCKS
        for number in (parent.base_bits, parent.first, parent.count)
    )
    columns.blob(
        b"".join(
            bytes([parent.base_bits]) + parent.model_id
            for parent in parents
            if parent.kind == ParentKind.MODEL
        )
    )
    write_differences(columns, [header.raw_bytes for header in headers])
    columns.numbers(header.coded_bytes for header in headers)


def _read_headers(columns: ColumnReader, count: int, hashes: bytes) -> list[BlockHeader]:
    codecs = columns.runs(count)
    spec_ids = columns.runs(count)
    table_bits = columns.runs(count)
    parents = _read_parents(columns, count)
    raw_bytes = read_differences(columns, count)
    coded_bytes = columns.numbers(count)
    if min(raw_bytes, default=0) < 0 or max(codecs, default=0) > 0xFF:
        raise MalformedError("a block of negative size or impossible codec")
    checksums = [hashes[i * CHECKSUM_BYTES : (i + 1) * CHECKSUM_BYTES] for i in range(count)]
    columns_of_headers = (codecs, spec_ids, table_bits, parents, raw_bytes, coded_bytes, checksums)
    return [BlockHeader(*fields) for fields in zip(*columns_of_headers, strict=True)]


def _read_parents(columns: ColumnReader, count: int) -> list[Parent]:
    kinds = columns.runs(count)
    numbers = iter(columns.numbers(3 * kinds.count(ParentKind.BLOCKS)))
    models = columns.blob()
    if len(models) != kinds.count(ParentKind.MODEL) * (1 + MODEL_ID_BYTES):
        raise MalformedError("a parent has no model id")
    parts = (models[i : i + 1 + MODEL_ID_BYTES] for i in range(0, len(models), 1 + MODEL_ID_BYTES))
    parents = []
    for number, kind in enumerate(kinds):
        if kind == ParentKind.NONE:
            parents.append(Parent.none())
        elif kind == ParentKind.MODEL:
            part = next(parts)
            parents.append(Parent.of_model(part[1:], part[0]))
        elif kind == ParentKind.BLOCKS:
            base_bits, first, blocks = next(numbers), next(numbers), next(numbers)
            parents.append(Parent.of_blocks(first, blocks, base_bits))
        else:
            raise MalformedError(f"block {number} has a parent of unknown kind {kind}")
    return parents


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
    shared = [_shared_bytes(before, rest) for before, rest in pairwise([b"", *rests])]
    columns.runs(parents)
    columns.numbers(shared)
    columns.strings(rest[count:] for rest, count in zip(rests, shared, strict=True))


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
    return {kind: [Entry(next(ahead), kind, 0, 0) for _ in range(counts[kind])] for kind in _KINDS}


def _shared_bytes(before: bytes, name: bytes) -> int:
    count = 0
    for one, other in zip(before, name, strict=False):
        if one != other:
            break
        count += 1
    return count


def write_mtimes(columns: ColumnWriter, mtimes_ns: Sequence[int]) -> None:
    """Append modification times: their unit, and their differences."""
    if any(abs(mtime_ns) >= MAX_MTIME_NS for mtime_ns in mtimes_ns):
        raise ValueError("a modification time is out of range")
    unit = max(unit for unit in MtimeUnit if all(mtime_ns % 10**unit == 0 for mtime_ns in mtimes_ns))
    columns.number(unit)
    write_differences(columns, [mtime_ns // 10**unit for mtime_ns in mtimes_ns])


def read_mtimes(columns: ColumnReader, count: int) -> list[int]:
    """Return `count` modification times in nanoseconds. Raises MalformedError."""
    unit = columns.number()
    if unit not in set(MtimeUnit):
        raise MalformedError(f"unknown unit {unit} of modification times")
    mtimes_ns = [mtime * 10**unit for mtime in read_differences(columns, count)]
    if any(abs(mtime_ns) >= MAX_MTIME_NS for mtime_ns in mtimes_ns):
        raise MalformedError("a modification time is out of range")
    return mtimes_ns


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
        here = _end_of(file.extents[-1], block_sizes)
    columns.runs(codes)
    write_differences(columns, [run.block for places in stated for run in places])
    columns.numbers(run.offset for places in stated for run in places)
    columns.numbers(run.length for places in stated for run in places[:-1])


def _read_filters(columns: ColumnReader, filled: Sequence[Entry], archive: str) -> list[int]:
    """Read the filters of files, and return how long the content of each is as it is stored."""
    filters = columns.runs(len(filled))
    if not set(filters) <= set(Filter):
        raise MalformedError(f"unknown filter {max(filters)}")
    unpacked = iter(columns.numbers(filters.count(Filter.DEFLATE)))
    stored_bytes = []
    for file, number in zip(filled, filters, strict=True):
        file.filter = Filter(number)
        stored_bytes.append(next(unpacked) if file.filter == Filter.DEFLATE else file.size)
        if file.filter == Filter.DEFLATE and max(file.size, stored_bytes[-1]) > MAX_UNPACKED_BYTES:
            raise LimitError(f"{archive}: unpacks a file over the limit of {MAX_UNPACKED_BYTES} bytes")
        if not stored_bytes[-1]:
            raise MalformedError("a file is made of nothing")
    return stored_bytes


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
    if sum(file.size for file in filled) > MAX_CONTENT_BYTES or sum(stored_bytes) > MAX_CONTENT_BYTES:
        raise LimitError(f"{archive}: declares more content than the limit of {MAX_CONTENT_BYTES} bytes")
    if len(hashes) != len(filled) * CONTENT_HASH_BYTES:
        raise MalformedError("the hashes do not fit the files")
    codes = columns.runs(len(filled))
    run_count = sum(codes)
    blocks = iter(read_differences(columns, run_count))
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
        here = _end_of(file.extents[-1], block_sizes)
        file.content_hash = hashes[number * CONTENT_HASH_BYTES : (number + 1) * CONTENT_HASH_BYTES]


def _end_of(extent: Extent, block_sizes: Sequence[int]) -> tuple[int, int]:
    block, offset, length = extent
    return position_after(block, offset + length, block_sizes)


def write_differences(columns: ColumnWriter, values: Sequence[int]) -> None:
    """Append a column of numbers, each as its difference to the one before."""
    columns.numbers(zigzag(value - before) for before, value in pairwise([0, *values]))


def read_differences(columns: ColumnReader, count: int) -> list[int]:
    """Return a column of `count` numbers that stand as differences. Raises MalformedError."""
    values = []
    value = 0
    for difference in columns.numbers(count):
        value += unzigzag(difference)
        values.append(value)
    return values
