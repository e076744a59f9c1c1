"""Archives made without a model: zlib stands in for context mixing."""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from blake3 import blake3

from kompakt.archive.block_header import BlockHeader, block_checksum
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.layout import CONTENT_HASH_BYTES, Codec
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.writer import ArchiveWriter
from kompakt.model.spec import spec_for_level
from tests.inputs import random_bytes, text

MTIME_NS = 1_700_000_000_123_456_789


SPEC_ID = spec_for_level(1).spec_id
"""Of blocks that zlib stands in for."""


def store(data: bytes) -> tuple[BlockHeader, bytes]:
    """Return a STORED block."""
    return BlockHeader.stored(data), data


def deflate(data: bytes) -> tuple[BlockHeader, bytes]:
    """Return a block that claims to be CM and is zlib."""
    stream = zlib.compress(data)
    return BlockHeader.modelled(SPEC_ID, 16, data, len(stream)), stream


def inflate(header: BlockHeader, stream: bytes) -> bytes:
    """Undo `deflate`, giving no more than `header.raw_bytes`, and rubbish for rubbish, as a model would."""
    try:
        return zlib.decompressobj().decompress(stream, header.raw_bytes)
    except zlib.error:
        return bytes(header.raw_bytes)


def content_hash(content: bytes) -> bytes:
    """Return the hash that an entry carries."""
    return blake3(content).digest(CONTENT_HASH_BYTES)


def file_entry(name: bytes, content: bytes, extents: Sequence[Extent] = (), **fields: object) -> Entry:
    """Return a FILE of `content`."""
    attributes = {"mode": 0o644, "mtime_ns": MTIME_NS} | fields
    return Entry(
        name,
        Kind.FILE,
        size=len(content),
        content_hash=content_hash(content),
        extents=list(extents),
        **attributes,
    )


def folder(name: bytes, **fields: object) -> Entry:
    """Return a DIRECTORY."""
    return Entry(name, Kind.DIRECTORY, **({"mode": 0o755, "mtime_ns": MTIME_NS} | fields))


def symlink(name: bytes, target: bytes) -> Entry:
    """Return a SYMLINK."""
    return Entry(name, Kind.SYMLINK, 0o777, MTIME_NS, target=target)


def hard_link(name: bytes, target: Entry) -> Entry:
    """Return a HARDLINK to `target`."""
    return Entry(name, Kind.HARDLINK, target.mode, target.mtime_ns, target=target.name)


@dataclass
class Sample:
    """What goes into an archive: blocks, each with its raw bytes (None for FILL), entries and information."""

    blocks: list[tuple[BlockHeader, bytes]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    info: dict[str, str | int] = field(default_factory=dict)

    def archive(self, index_codec=store) -> bytes:
        """Return the archive."""
        file = io.BytesIO()
        writer = ArchiveWriter(file, index_codec=index_codec)
        for header, stream in self.blocks:
            writer.add_block(header, stream)
        writer.finish(self.entries, self.info)
        assert writer.bytes_written == len(file.getvalue())
        return file.getvalue()


def mixed_sample() -> Sample:
    """Return a sample with every kind of entry and codec, and a file with a run in its middle."""
    story, noise = text(3000), random_bytes(500)
    sparse = story[2000:] + bytes(1 << 20) + noise[400:]
    blocks = [
        (BlockHeader.fill(0, 1 << 20), b"\0"),
        deflate(story[:1500]),
        deflate(story[1500:] + noise[400:]),
        store(noise),
    ]
    story_file = file_entry(b"docs/story.txt", story, [Extent(1, 0, 1500), Extent(2, 0, 1500)])
    sparse_extents = [Extent(2, 500, 1000), Extent(0, 0, 1 << 20), Extent(2, 1500, 100)]
    return Sample(
        blocks,
        [
            folder(b"docs", mode=0o2750),
            folder(b"docs/empty folder"),
            story_file,
            file_entry(b"docs/noise.bin", noise, [Extent(3, 0, 500)], mode=0o4755, mtime_ns=-5),
            file_entry(b"docs/sparse", sparse, sparse_extents, mtime_ns=1 << 63),
            file_entry(b"nothing", b""),
            file_entry(b"\xff not UTF-8 \n", noise[:10], [Extent(3, 0, 10)]),
            symlink(b"docs/link", b"../nothing"),
            hard_link(b"again", story_file),
        ],
        {"made by": "tests", "level": 5},
    )


def open_archive(data: bytes) -> ArchiveReader:
    """Open the bytes of an archive called `test.kmp`."""
    return ArchiveReader(io.BytesIO(data), "test.kmp", decode_index=inflate)


def raw_block(reader: ArchiveReader, number: int) -> bytes:
    """Return the bytes of a block, or of a FILL block its stream, checked."""
    header = reader.blocks[number].header
    stream = reader.read_stream(number)
    raw = inflate(header, stream) if header.codec == Codec.CM else stream
    if block_checksum(raw) != header.checksum:
        raise reader.corrupt_block(number, "its bytes do not match their checksum")
    return raw
