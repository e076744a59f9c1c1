"""The header in front of each stream: what is needed to decode it, and a check of its own.

    length u8, codec u8, parent kind u8, spec id, table bits, raw bytes, coded bytes, parent, checksum, check

The length counts all of it, so the check can be made before any other field is looked at. Numbers without a
width are varints. Equal fields give equal bytes, so a header on disk can be compared with the index.
"""

from dataclasses import dataclass
from typing import Self

from blake3 import blake3

from kompakt.archive.layout import (
    BLOCK_HEADER_CHECK_BYTES,
    CHECKSUM_BYTES,
    MAX_BLOCK_HEADER_BYTES,
    MAX_CM_RATIO,
    MAX_FILL_BYTES,
    MAX_PIPELINE_BYTES,
    MAX_RAW_BYTES,
    MAX_SPEC_ID,
    MAX_STAGES,
    MAX_TABLE_BITS,
    MODEL_ID_BYTES,
    Codec,
    ParentKind,
)
from kompakt.archive.varint import MalformedError, append_varint, read_varint
from kompakt.errors import CorruptArchiveError, LimitError, UnsupportedError

_SMALLEST_BYTES = 1 + 2 + 4 + CHECKSUM_BYTES + BLOCK_HEADER_CHECK_BYTES


@dataclass(frozen=True, slots=True)
class Parent:
    """Where the model starts: empty, from a trained model, or after earlier blocks of the archive.

    base_bits: log2 of the buckets of each context of the base
    model_id:  16 bytes
    first:     number of the first of `count` blocks
    """

    kind: ParentKind = ParentKind.NONE
    base_bits: int = 0
    model_id: bytes = b""
    first: int = 0
    count: int = 0

    @classmethod
    def none(cls) -> Self:
        """Return the empty state."""
        return cls()

    @classmethod
    def of_model(cls, model_id: bytes, base_bits: int) -> Self:
        """Return the state of a trained model."""
        return cls(ParentKind.MODEL, base_bits, model_id=model_id)

    @classmethod
    def of_blocks(cls, first: int, count: int, base_bits: int) -> Self:
        """Return the state after the blocks from `first` on of the same archive."""
        return cls(ParentKind.BLOCKS, base_bits, first=first, count=count)

    @property
    def blocks(self) -> range:
        """The blocks that it comes after."""
        return range(self.first, self.first + self.count)

    def __str__(self) -> str:
        if self.kind == ParentKind.MODEL:
            return f"model {self.model_id.hex()}"
        if self.kind == ParentKind.NONE:
            return "none"
        last = self.first + self.count - 1
        return f"block {last}" if self.count == 1 else f"blocks {self.first} to {last}"


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What is needed to decode one stream.

    codec:       a Codec; a number that is none is kept, so that it can be refused by name
    spec_id:     the model of a CM block; of a PIPELINE block its stages, the first in the lowest byte; else 0
    table_bits:  size of the model's tables, log2 of the entries, of a CM block, else 0
    parent:      where the model starts
    raw_bytes:   length of the block, at least 1
    coded_bytes: length of the stream
    checksum:    first CHECKSUM_BYTES of the BLAKE3 of the raw bytes; of a FILL block, of its one-byte stream
    """

    codec: int
    spec_id: int
    table_bits: int
    parent: Parent
    raw_bytes: int
    coded_bytes: int
    checksum: bytes

    @classmethod
    def stored(cls, data: bytes, checksum: bytes = b"") -> Self:
        """Return the header of a block whose stream is `data`, the raw bytes themselves (bytes-like).

        checksum: of `data`, where it is known
        """
        size = memoryview(data).nbytes
        return cls(Codec.STORED, 0, 0, Parent.none(), size, size, checksum or block_checksum(data))

    @classmethod
    def fill(cls, byte: int, raw_bytes: int) -> Self:
        """Return the header of a block of `raw_bytes` times `byte`; its stream is `bytes([byte])`."""
        return cls(Codec.FILL, 0, 0, Parent.none(), raw_bytes, 1, block_checksum(bytes([byte])))

    @classmethod
    def model(cls, recipe: bytes) -> Self:
        """Return the header of a block whose stream is the recipe file of a model."""
        return cls(Codec.MODEL, 0, 0, Parent.none(), len(recipe), len(recipe), block_checksum(recipe))

    @classmethod
    def modelled(
        cls,
        spec_id: int,
        table_bits: int,
        data: bytes,
        coded_bytes: int,
        parent: Parent | None = None,
        checksum: bytes = b"",
    ) -> Self:
        """Return the header of a CM block of the raw bytes `data` (bytes-like), coded in `coded_bytes`.

        checksum: of `data`, where it is known
        """
        size = memoryview(data).nbytes
        parent = parent or Parent.none()
        checksum = checksum or block_checksum(data)
        return cls(Codec.CM, spec_id, table_bits, parent, size, coded_bytes, checksum)

    @classmethod
    def piped(
        cls, stages: bytes, data: bytes, coded_bytes: int, parent: Parent | None = None, checksum: bytes = b""
    ) -> Self:
        """Return the header of a block of the raw bytes `data` (bytes-like), coded by stages of these ids.

        parent:   the model that is the dictionary of the first stage, if it has one
        checksum: of `data`, where it is known
        """
        size = memoryview(data).nbytes
        spec_id = int.from_bytes(stages, "little")
        parent = parent or Parent.none()
        return cls(Codec.PIPELINE, spec_id, 0, parent, size, coded_bytes, checksum or block_checksum(data))

    @property
    def stages(self) -> bytes:
        """The ids of the stages of a PIPELINE block."""
        return self.spec_id.to_bytes(max(-(-self.spec_id.bit_length() // 8), 1), "little")

    def encode(self) -> bytes:
        """Return the header as it stands on disk."""
        out = bytearray([0, self.codec, self.parent.kind])
        for number in (self.spec_id, self.table_bits, self.raw_bytes, self.coded_bytes):
            append_varint(out, number)
        parent = self.parent
        if parent.kind != ParentKind.NONE:
            append_varint(out, parent.base_bits)
        if parent.kind == ParentKind.MODEL:
            out += parent.model_id
        elif parent.kind == ParentKind.BLOCKS:
            append_varint(out, parent.first)
            append_varint(out, parent.count)
        out += self.checksum
        out[0] = len(out) + BLOCK_HEADER_CHECK_BYTES
        return bytes(out + _check(out))

    @classmethod
    def decode(cls, data: bytes) -> tuple[Self, int]:
        """Return the header that `data` begins with, and its length. Raises MalformedError."""
        length = data[0] if data else 0
        if not _SMALLEST_BYTES <= length <= min(len(data), MAX_BLOCK_HEADER_BYTES):
            raise MalformedError("the block header is damaged")
        fields = data[: length - BLOCK_HEADER_CHECK_BYTES]
        if _check(fields) != data[len(fields) : length]:
            raise MalformedError("the block header is damaged")
        codec, parent_kind, position = fields[1], fields[2], 3
        numbers = []
        for _ in range(4):
            number, position = read_varint(fields, position)
            numbers.append(number)
        spec_id, table_bits, raw_bytes, coded_bytes = numbers
        parent, position = _read_parent(fields, position, parent_kind)
        if len(fields) - position != CHECKSUM_BYTES:
            raise MalformedError("the block header has a wrong length")
        header = cls(codec, spec_id, table_bits, parent, raw_bytes, coded_bytes, fields[position:])
        return header, length

    def check(self, where: str) -> None:
        """Raise if this version cannot or will not decode such a block; `where` begins the message.

        Raises UnsupportedError, LimitError and CorruptArchiveError. Does not ask whether the spec is known.
        """
        if self.codec not in set(Codec):
            raise UnsupportedError(f"{where}: unknown codec {self.codec}")
        starts = {Codec.CM: set(ParentKind), Codec.PIPELINE: {ParentKind.NONE, ParentKind.MODEL}}
        if self.parent.kind not in starts.get(self.codec, {ParentKind.NONE}):
            raise CorruptArchiveError(f"{where}: has a parent, but no model that could start from it")
        limits = {Codec.FILL: MAX_FILL_BYTES, Codec.PIPELINE: MAX_PIPELINE_BYTES}
        limit = limits.get(self.codec, MAX_RAW_BYTES)
        if self.raw_bytes > limit:
            raise LimitError(f"{where}: declares {self.raw_bytes} bytes, over the limit of {limit}")
        if self.codec == Codec.CM and self.raw_bytes > self.coded_bytes * MAX_CM_RATIO:
            raise LimitError(
                f"{where}: declares {self.raw_bytes} bytes, too many for {self.coded_bytes} coded ones"
            )
        if self.spec_id > MAX_SPEC_ID or max(self.table_bits, self.parent.base_bits) > MAX_TABLE_BITS:
            raise LimitError(f"{where}: declares spec {self.spec_id} with {self.table_bits} table bits")
        if self.codec == Codec.PIPELINE and (len(self.stages) > MAX_STAGES or 0 in self.stages):
            raise CorruptArchiveError(f"{where}: has no stages, or more than {MAX_STAGES}")
        sizes = {Codec.STORED: self.raw_bytes, Codec.MODEL: self.raw_bytes, Codec.FILL: 1}
        coded_bytes = sizes.get(self.codec, self.coded_bytes)
        if self.raw_bytes == 0 or self.coded_bytes != coded_bytes:
            raise CorruptArchiveError(
                f"{where}: {self.raw_bytes} bytes in a stream of {self.coded_bytes} bytes make no sense"
            )


def block_checksum(data: bytes) -> bytes:
    """Return the checksum that a block header carries, of the raw bytes `data` (bytes-like)."""
    return blake3(data).digest(CHECKSUM_BYTES)


def _check(fields: bytes) -> bytes:
    return blake3(fields).digest(BLOCK_HEADER_CHECK_BYTES)


def _read_parent(fields: bytes, position: int, kind: int) -> tuple[Parent, int]:
    if kind == ParentKind.NONE:
        return Parent.none(), position
    if kind not in set(ParentKind):
        raise MalformedError(f"the block has a parent of unknown kind {kind}")
    base_bits, position = read_varint(fields, position)
    if kind == ParentKind.MODEL:
        end = position + MODEL_ID_BYTES
        return Parent.of_model(fields[position:end], base_bits), end
    first, position = read_varint(fields, position)
    count, position = read_varint(fields, position)
    return Parent.of_blocks(first, count, base_bits), position
