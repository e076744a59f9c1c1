"""Archives that nobody should send: forged with the writer's own parts, so every check sum in them is right.

`forge_columns` writes the columns of the smallest archive after docs/FORMAT.md, one block and one file, with
any of them replaced.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from kompakt.archive.block_header import BlockHeader, Parent
from kompakt.archive.columns import ColumnWriter
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.frame import Footer, encode_header
from kompakt.archive.index import Index, encode_index
from kompakt.archive.layout import (
    FILTERS_FLAG,
    FORMAT_VERSION,
    MAX_UNPACKED_BYTES,
    PARENTS_FLAG,
    PIPELINES_FLAG,
    Codec,
    Filter,
)
from kompakt.errors import ArchiveError, CorruptArchiveError, LimitError, UnsafeNameError, UnsupportedError
from tests.archive.samples import content_hash, deflate, file_entry, folder, hard_link, store, symlink

CONTENT = b"payload"
_BLOCK = store(CONTENT)
_PLACE = [Extent(0, 0, len(CONTENT))]

Block = tuple[BlockHeader, bytes]


def forge(
    columns: bytes,
    hashes: bytes,
    blocks: Sequence[Block] = (_BLOCK,),
    version: int = FORMAT_VERSION,
    flags: int = 0,
) -> bytes:
    """Return an archive of these parts, nothing checked."""
    body = encode_header(version, flags) + b"".join(header.encode() + stream for header, stream in blocks)
    header, stream = store(columns)
    index = header.encode() + stream + hashes
    return body + index + Footer(len(body), len(index), version, flags).encode(index)


def forge_entries(*entries: Entry, blocks: Sequence[Block] = (_BLOCK,), flags: int = 0) -> bytes:
    """Return an archive with these entries, nothing checked."""
    index = encode_index(Index([header for header, _ in blocks], list(entries), {}))
    return forge(*index, blocks, flags=flags)


def forge_names(*names: bytes) -> bytes:
    """Return an archive of files that are all called to harm."""
    return forge_entries(*(file_entry(name, CONTENT, _PLACE) for name in names))


def forge_empty(version: int, flags: int) -> bytes:
    """Return an archive of nothing that claims this version and these flags."""
    return forge(*encode_index(Index()), [], version, flags)


def forge_tree(*parents: Parent, flags: int = PARENTS_FLAG, **fields: object) -> bytes:
    """Return an archive of one CM block for each parent; `fields` of block 0 say something else."""
    blocks = []
    for number, parent in enumerate(parents):
        header, stream = deflate(CONTENT + bytes([number % 256]))
        header = replace(header, parent=parent, **(fields if number == 0 else {}))
        blocks.append((header, stream))
    entry = file_entry(b"file", CONTENT, [Extent(len(parents) - 1, 0, len(CONTENT))])
    return forge_entries(entry, blocks=blocks, flags=flags)


def forge_block(header: BlockHeader, stream: bytes, flags: int = 0) -> bytes:
    """Return an archive whose only block has this header, and whose only file is all of it."""
    size = min(header.raw_bytes, 1 << 50)
    entry = Entry(b"file", Kind.FILE, 0o644, 0, size, content_hash(b""), [Extent(0, 0, size)])
    return forge_entries(entry, blocks=[(header, stream)], flags=flags)


_COLUMNS: dict[str, tuple[str, object]] = {
    "blocks": ("number", 1),
    "directories": ("number", 0),
    "files": ("number", 1),
    "symlinks": ("number", 0),
    "hard links": ("number", 0),
    "info": ("blob", b"{}"),
    "codecs": ("numbers", [Codec.STORED, 1]),
    "specs": ("numbers", [0, 1]),
    "table bits": ("numbers", [0, 1]),
    "parent kinds": ("numbers", [0, 1]),
    "parent blocks": ("numbers", []),
    "parent models": ("blob", b""),
    "raw bytes": ("numbers", [2 * len(CONTENT)]),
    "coded bytes": ("numbers", [len(CONTENT)]),
    "folders": ("numbers", [0, 1]),
    "shared": ("numbers", [0]),
    "rests": ("blob", b"name\0"),
    "modes": ("numbers", [0o644, 1]),
    "unit": ("number", 0),
    "mtimes": ("numbers", [0]),
    "sizes": ("numbers", [len(CONTENT)]),
    "filters": ("numbers", [Filter.X86, 1]),
    "stored bytes": ("numbers", []),
    "places": ("numbers", [0, 1]),
    "run blocks": ("numbers", []),
    "run offsets": ("numbers", []),
    "run lengths": ("numbers", []),
    "link targets": ("blob", b""),
    "hard link targets": ("numbers", []),
}


_FILTER_COLUMNS = ("filters", "stored bytes")


def forge_columns(
    replaced: dict[str, object], extra: bytes = b"", hashes: bytes | None = None, flags: int = 0
) -> bytes:
    """Return an archive of one block and one file in which the columns `replaced` say something else."""
    unknown = replaced.keys() - _COLUMNS.keys()
    assert not unknown, unknown
    columns = ColumnWriter()
    for name, (method, value) in _COLUMNS.items():
        if name not in _FILTER_COLUMNS or flags & FILTERS_FLAG:
            getattr(columns, method)(replaced.get(name, value))
    if hashes is None:
        hashes = _BLOCK[0].checksum + content_hash(CONTENT)
    return forge(bytes(columns.data) + extra, hashes, flags=flags)


def forge_filters(
    filters: Sequence[int], stored_bytes: Sequence[int] = (), size: int = len(CONTENT)
) -> bytes:
    """Return an archive whose file went through filters, or so it says."""
    replaced = {"filters": filters, "stored bytes": stored_bytes, "sizes": [size]}
    return forge_columns(replaced, flags=FILTERS_FLAG)


def _header(**fields: object) -> BlockHeader:
    return replace(_BLOCK[0], **fields)


_NONE = Parent.none()
_PIPED = BlockHeader.piped(b"\x03", CONTENT, len(CONTENT))
_MODEL = Parent.of_model(bytes(16), 16)
_FILE = file_entry(b"file", CONTENT, _PLACE)

# what is wrong with the archive: what opening it raises, and how it is made
HOSTILE: dict[str, tuple[type[ArchiveError], Callable[..., bytes], *tuple[object, ...]]] = {
    "name with ..": (UnsafeNameError, forge_names, b"../evil"),
    "name with .. inside": (UnsafeNameError, forge_names, b"a/../../evil"),
    "name that is ..": (UnsafeNameError, forge_names, b".."),
    "name that is .": (UnsafeNameError, forge_names, b"."),
    "absolute name": (UnsafeNameError, forge_names, b"/tmp/evil"),
    "empty name": (UnsafeNameError, forge_names, b""),
    "name with an empty part": (UnsafeNameError, forge_names, b"a//b"),
    "name that ends in /": (UnsafeNameError, forge_names, b"a/"),
    "name with NUL": (CorruptArchiveError, forge_names, b"a\0b"),
    "name of 5000 bytes": (UnsafeNameError, forge_names, b"a" * 5000),
    "name twice": (UnsafeNameError, forge_names, b"a", b"b", b"a"),
    "file that is a folder too": (UnsafeNameError, forge_entries, folder(b"file"), _FILE),
    "folder with ..": (UnsafeNameError, forge_entries, folder(b"..")),
    "file below a symbolic link": (
        UnsafeNameError,
        forge_entries,
        symlink(b"a", b"b"),
        file_entry(b"a/x", CONTENT, _PLACE),
    ),
    "file below a folder below a symbolic link": (
        UnsafeNameError,
        forge_entries,
        symlink(b"a", b"b"),
        folder(b"a/b"),
        file_entry(b"a/b/x", CONTENT, _PLACE),
    ),
    "file below a file": (UnsafeNameError, forge_names, b"a", b"a-b", b"a/b"),
    "file below a hard link": (
        UnsafeNameError,
        forge_entries,
        _FILE,
        hard_link(b"twin", _FILE),
        file_entry(b"twin/x", b""),
    ),
    "link to nothing": (UnsafeNameError, forge_entries, symlink(b"a", b"")),
    "link of 5000 bytes": (UnsafeNameError, forge_entries, symlink(b"a", b"b" * 5000)),
    "hard link to no file": (
        CorruptArchiveError,
        forge_columns,
        {"hard links": 1, "folders": [0, 2], "shared": [0, 0], "rests": b"a\0b\0", "hard link targets": [2]},
    ),
    "unknown codec": (UnsupportedError, forge_block, _header(codec=9), CONTENT),
    "pipeline that no flag tells of": (CorruptArchiveError, forge_block, _PIPED, CONTENT),
    "pipeline without stages": (
        CorruptArchiveError,
        partial(forge_block, flags=PIPELINES_FLAG),
        replace(_PIPED, spec_id=0),
        CONTENT,
    ),
    "pipeline with a stage 0": (
        CorruptArchiveError,
        partial(forge_block, flags=PIPELINES_FLAG),
        replace(_PIPED, spec_id=0x30003),
        CONTENT,
    ),
    "pipeline of 2**29 bytes": (
        LimitError,
        partial(forge_block, flags=PIPELINES_FLAG),
        replace(_PIPED, raw_bytes=1 << 29),
        CONTENT,
    ),
    "pipeline from blocks": (
        CorruptArchiveError,
        partial(forge_block, flags=PIPELINES_FLAG | PARENTS_FLAG),
        replace(_PIPED, parent=Parent.of_blocks(0, 1, 16)),
        CONTENT,
    ),
    "stored block from a model": (CorruptArchiveError, forge_block, _header(parent=_MODEL), CONTENT),
    "parent that no flag tells of": (CorruptArchiveError, partial(forge_tree, flags=0), _NONE, _MODEL),
    "model that no flag tells of": (CorruptArchiveError, forge_block, _header(codec=Codec.MODEL), CONTENT),
    "parent of unknown kind": (CorruptArchiveError, forge_columns, {"parent kinds": [3, 1]}),
    "parent that is the block itself": (CorruptArchiveError, forge_tree, Parent.of_blocks(0, 1, 16)),
    "parent that comes later": (
        CorruptArchiveError,
        forge_tree,
        _NONE,
        Parent.of_blocks(2, 1, 16),
        Parent.of_blocks(1, 1, 16),
    ),
    "parents up to the block itself": (CorruptArchiveError, forge_tree, _NONE, Parent.of_blocks(0, 2, 16)),
    "parent of no blocks": (CorruptArchiveError, forge_tree, _NONE, Parent.of_blocks(0, 0, 16)),
    "parent of 2**60 blocks": (CorruptArchiveError, forge_tree, _NONE, Parent.of_blocks(0, 1 << 60, 16)),
    "parents that do not start alike": (
        CorruptArchiveError,
        forge_tree,
        _NONE,
        _MODEL,
        Parent.of_blocks(0, 2, 16),
    ),
    "parent of another spec": (
        CorruptArchiveError,
        partial(forge_tree, spec_id=2),
        _NONE,
        Parent.of_blocks(0, 1, 16),
    ),
    "parent that is stored": (
        CorruptArchiveError,
        partial(forge_tree, codec=Codec.STORED, raw_bytes=5, coded_bytes=5),
        _NONE,
        Parent.of_blocks(0, 1, 16),
    ),
    "base of 2**60 buckets": (LimitError, forge_tree, _NONE, Parent.of_blocks(0, 1, 60)),
    "blocks on blocks without end": (
        LimitError,
        forge_tree,
        _NONE,
        *(Parent.of_blocks(n, 1, 16) for n in range(70)),
    ),
    "many large bases of little content": (
        LimitError,
        partial(forge_tree, raw_bytes=1 << 18),
        _NONE,
        *(Parent.of_blocks(0, 1, 16) for _ in range(400)),
        *(Parent.of_blocks(n, 1, 16) for n in range(1, 400)),
    ),
    "parent model without id": (CorruptArchiveError, forge_columns, {"parent kinds": [1, 1]}),
    "fill of 2**60 bytes": (LimitError, forge_block, BlockHeader.fill(0, 1 << 60), b"\0"),
    "model of 2**60 bytes": (LimitError, forge_block, _header(codec=Codec.CM, raw_bytes=1 << 60), CONTENT),
    "model of 2**30 bytes in 7": (
        LimitError,
        forge_block,
        _header(codec=Codec.CM, raw_bytes=1 << 30),
        CONTENT,
    ),
    "stored 2**60 bytes": (LimitError, forge_columns, {"raw bytes": [1 << 61], "coded bytes": [1 << 60]}),
    "stored 2**29 bytes": (
        CorruptArchiveError,
        forge_columns,
        {"raw bytes": [1 << 30], "coded bytes": [1 << 29]},
    ),
    "stored in fewer bytes": (CorruptArchiveError, forge_columns, {"raw bytes": [2 * len(CONTENT) + 2]}),
    "block of no bytes": (CorruptArchiveError, forge_columns, {"raw bytes": [0], "coded bytes": [0]}),
    "block of negative size": (CorruptArchiveError, forge_columns, {"raw bytes": [1]}),
    "table bits of 2**60": (LimitError, forge_columns, {"table bits": [1 << 60, 1]}),
    "file of 2**60 bytes": (LimitError, forge_columns, {"sizes": [1 << 60]}),
    "unknown filter": (CorruptArchiveError, forge_filters, [9, 1]),
    "filters of more files than there are": (CorruptArchiveError, forge_filters, [Filter.X86, 2]),
    "stored bytes that no filter asks for": (CorruptArchiveError, forge_filters, [Filter.X86, 1], [7]),
    "unpacked file without stored bytes": (CorruptArchiveError, forge_filters, [Filter.DEFLATE, 1]),
    "file unpacked from nothing": (CorruptArchiveError, forge_filters, [Filter.DEFLATE, 1], [0]),
    "file unpacked from more than there is": (CorruptArchiveError, forge_filters, [Filter.DEFLATE, 1], [8]),
    "file unpacked from 2**60 bytes": (LimitError, forge_filters, [Filter.DEFLATE, 1], [1 << 60]),
    "file unpacked to 2**60 bytes": (LimitError, forge_filters, [Filter.DEFLATE, 1], [7], 1 << 60),
    "file unpacked to more than the limit": (
        LimitError,
        forge_filters,
        [Filter.DEFLATE, 1],
        [7],
        MAX_UNPACKED_BYTES + 1,
    ),
    "filters without their flag": (
        CorruptArchiveError,
        forge_columns,
        {},
        b"\x02\x01\x01\x00",
    ),
    "file longer than its block": (CorruptArchiveError, forge_columns, {"sizes": [len(CONTENT) + 1]}),
    "file in block 2**60": (
        CorruptArchiveError,
        forge_columns,
        {"places": [1, 1], "run blocks": [1 << 61], "run offsets": [0]},
    ),
    "file in block -1": (
        CorruptArchiveError,
        forge_columns,
        {"places": [1, 1], "run blocks": [1], "run offsets": [0]},
    ),
    "file behind the end of its block": (
        CorruptArchiveError,
        forge_columns,
        {"places": [1, 1], "run blocks": [0], "run offsets": [7]},
    ),
    "file in pieces of nothing": (
        CorruptArchiveError,
        forge_columns,
        {"places": [2, 1], "run blocks": [0, 0], "run offsets": [0, 0], "run lengths": [0]},
    ),
    "file in pieces longer than it": (
        CorruptArchiveError,
        forge_columns,
        {"places": [2, 1], "run blocks": [0, 0], "run offsets": [0, 0], "run lengths": [8]},
    ),
    "file in 2**60 pieces": (CorruptArchiveError, forge_columns, {"places": [1 << 60, 1]}),
    "2**60 blocks": (CorruptArchiveError, forge_columns, {"blocks": 1 << 60}),
    "2**60 files": (LimitError, forge_columns, {"files": 1 << 60}),
    "2**24 files in no bytes": (CorruptArchiveError, forge_columns, {"files": 1 << 24}),
    "2**60 modes": (CorruptArchiveError, forge_columns, {"modes": [0o644, 1 << 60]}),
    "odd runs": (CorruptArchiveError, forge_columns, {"modes": [0o644]}),
    "mode of 2**20": (CorruptArchiveError, forge_columns, {"modes": [1 << 20, 1]}),
    "time of 2**68": (CorruptArchiveError, forge_columns, {"mtimes": [1 << 69]}),
    "time in unknown units": (CorruptArchiveError, forge_columns, {"unit": 1 << 60}),
    "name that shares too much": (CorruptArchiveError, forge_columns, {"shared": [1]}),
    "folder that is no entry": (CorruptArchiveError, forge_columns, {"folders": [1, 1]}),
    "names without end": (CorruptArchiveError, forge_columns, {"rests": b"name"}),
    "information that is no JSON": (CorruptArchiveError, forge_columns, {"info": b"{"}),
    "information that is a list": (CorruptArchiveError, forge_columns, {"info": b"[]"}),
    "information that nests": (CorruptArchiveError, forge_columns, {"info": b"[" * 60_000}),
    "information with long numbers": (
        CorruptArchiveError,
        forge_columns,
        {"info": b'{"a":' + b"9" * 60_000 + b"}"},
    ),
    "information that cannot be printed": (CorruptArchiveError, forge_columns, {"info": rb'{"a":"\ud800"}'}),
    "information without end": (CorruptArchiveError, forge_columns, {"info": b" " * (1 << 17)}),
    "bytes behind the columns": (CorruptArchiveError, forge_columns, {}, b"x"),
    "a hash too few": (CorruptArchiveError, forge_columns, {}, b"", _BLOCK[0].checksum),
    "a hash too many": (CorruptArchiveError, forge_columns, {}, b"", bytes(40)),
    "a block that is not in the index": (
        CorruptArchiveError,
        forge,
        *encode_index(Index([_BLOCK[0]])),
        [_BLOCK, _BLOCK],
    ),
    "format version 3": (UnsupportedError, forge_empty, 3, 0),
    "a reserved flag": (UnsupportedError, forge_empty, FORMAT_VERSION, 1 << 9),
}


def forge_hostile(what: str) -> tuple[bytes, type[ArchiveError]]:
    """Return the archive of `HOSTILE` in which that is wrong, and what opening it raises."""
    error, forge_it, *arguments = HOSTILE[what]
    return forge_it(*arguments), error


# links that lead out: opening such an archive is fine, extracting it is not
HOSTILE_LINKS: dict[str, list[Entry]] = {
    "absolute link": [symlink(b"a", b"/etc/passwd")],
    "link to ..": [symlink(b"a", b"..")],
    "link out of a folder": [folder(b"d"), symlink(b"d/a", b"../../x")],
    "link that leaves and comes back": [symlink(b"a", b"../target/x")],
    "link through a link": [
        folder(b"d"), folder(b"d/e"), symlink(b"d/e/up", b"../.."), symlink(b"d/e/out", b"up/../x")
    ],
    "link through two links": [
        folder(b"d"), symlink(b"d/here", b"."), symlink(b"one", b"d/here"), symlink(b"two", b"one/../.."),
    ],
    "link below .. of a missing folder": [symlink(b"a", b"missing/../..")],
}  # fmt: skip


def damage(data: bytes, source: random.Random) -> bytes:
    """Return `data` with a few bytes changed, left out or put in."""
    damaged = bytearray(data)
    for _ in range(source.choice([1, 1, 2, 5])):
        position = source.randrange(len(damaged))
        damaged[position : position + source.randrange(2)] = source.choice(
            [b"", b"\0", b"\xff", source.randbytes(1)]
        )
    return bytes(damaged)


def forge_link_bomb(count: int = 2000) -> list[Entry]:
    """Return links of 2000 parts each, every one of which leads on to the next."""
    return [symlink(b"%d" % i, b"x/../" * 800 + b"%d" % (i + 1)) for i in range(count)]


def forge_overlap_bomb(count: int = 500) -> bytes:
    """Return an archive whose every file claims all bytes of all blocks: count**2 extents in few bytes."""
    blocks = [store(b"x")] * count
    everything = [Extent(number, 0, 1) for number in range(count)]
    files = [file_entry(b"%d" % i, b"x" * count, everything) for i in range(count)]
    return forge_entries(*files, blocks=blocks)
