"""Blocks to streams and back: which codec a block gets, and the backend's work in the order of the archive.

A backend codes only CM blocks, in order, and looks ahead. The blocks between them that need no backend
wait here until it is their turn. When too much waits (a terabyte of stored data between two CM blocks), the
backend is drained first, so memory stays bounded.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np

from kompakt.archive.block_header import BlockHeader, block_checksum
from kompakt.archive.layout import Codec
from kompakt.archive.reader import ArchiveReader
from kompakt.errors import ArchiveError, CorruptArchiveError, LimitError, UnsupportedError
from kompakt.jobs import INDEX, DecodeJob, DecodeResult, EncodeJob, EncodeResult
from kompakt.model.spec import TABLE_BITS_MIN, Spec, spec_by_id
from kompakt.pack import PackedBlock
from kompakt.randomness import looks_random

WAITING_BYTES = 64 << 20
SMALLEST_MODELLED_INDEX = 512  # bytes; below, an archive opens without starting the model
_BLOCK_OVERHEAD_BYTES = 1 << 10


class Backend(Protocol):
    """What codes CM blocks: a CPU or a GPU. Results come in the order of the jobs, which are taken lazily."""

    name: str
    bytes_underway: int  # raw bytes coded of blocks whose results are still to come

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the streams of blocks."""

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        """Yield the blocks of streams; bytes that are no stream give any bytes, or an error."""


class BlockEncoder:
    """Turns packed blocks into headers and streams, in the order of the blocks.

    A run becomes FILL, bytes that no model can shrink STORED; the rest becomes CM, or STORED where that is
    smaller.
    """

    def __init__(self, spec: Spec, backend: Backend):
        self._spec = spec
        self._backend = backend
        self._waiting: deque[PackedBlock] = deque()
        self._plain_bytes = 0
        self._ended = False

    def encode(self, blocks: Iterable[PackedBlock]) -> Iterator[tuple[BlockHeader, memoryview]]:
        """Yield header and stream of each block, taking from `blocks` only what look-ahead needs."""
        source = iter(blocks)
        while not self._ended:
            for result in self._backend.encode(self._jobs(source)):
                while self._waiting[0].number != result.number:
                    yield self._next_plain()
                block = self._waiting.popleft()
                if result.stream.size < block.raw_bytes:
                    header = BlockHeader.modelled(
                        self._spec.spec_id, result.table_bits, block.data, result.stream.size
                    )
                    yield header, memoryview(result.stream)
                else:
                    yield _stored(block)
            while self._waiting:
                yield self._next_plain()

    def _jobs(self, source: Iterator[PackedBlock]) -> Iterator[EncodeJob]:
        for block in source:
            self._waiting.append(block)
            if block.data is not None and not looks_random(block.data):
                yield EncodeJob(block.number, block.data, self._spec)
                continue
            self._plain_bytes += _held_bytes(block.data)
            if self._plain_bytes > WAITING_BYTES:
                return
        self._ended = True

    def _next_plain(self) -> tuple[BlockHeader, memoryview]:
        block = self._waiting.popleft()
        self._plain_bytes -= _held_bytes(block.data)
        if block.data is None:
            return BlockHeader.fill(block.fill, block.raw_bytes), memoryview(bytes([block.fill]))
        return _stored(block)


@dataclass(frozen=True, slots=True)
class DecodedBlock:
    """The raw bytes of a block, checked, or the error that stands in their place."""

    number: int
    data: np.ndarray | None
    error: ArchiveError | None = None


class BlockDecoder:
    """Turns blocks of one archive back into bytes.

    get_backend: returns the backend for so many CM blocks; called only if there are any
    """

    def __init__(self, archive: ArchiveReader, get_backend: Callable[[int], Backend]):
        self._archive = archive
        self._get_backend = get_backend
        self._waiting: deque[DecodedBlock | int] = deque()
        self._plain_bytes = 0
        self._ended = False

    def decode(self, numbers: Sequence[int]) -> Iterator[DecodedBlock]:
        """Yield the blocks `numbers`, none of them FILL, in that order, damaged ones with their error."""
        blocks = sum(self._archive.blocks[number].header.codec == Codec.CM for number in numbers)
        source = iter(numbers)
        self._ended = False
        while not self._ended:
            jobs = self._jobs(source)
            first = next(jobs, None)
            results = self._get_backend(blocks).decode(chain([first], jobs)) if first else ()
            for result in results:
                while isinstance(self._waiting[0], DecodedBlock):
                    yield self._next_plain()
                yield self._checked(self._waiting.popleft(), result.data, result.error)
            while self._waiting:
                yield self._next_plain()

    def _jobs(self, source: Iterator[int]) -> Iterator[DecodeJob]:
        for number in source:
            block = self._read(number)
            if isinstance(block, DecodeJob):
                self._waiting.append(number)
                yield block
                continue
            self._waiting.append(block)
            self._plain_bytes += _held_bytes(block.data)
            if self._plain_bytes > WAITING_BYTES:
                return
        self._ended = True

    def _read(self, number: int) -> DecodeJob | DecodedBlock:
        header = self._archive.blocks[number].header
        try:
            stream = np.frombuffer(self._archive.read_stream(number), np.uint8)
            if header.codec == Codec.STORED:
                return self._checked(number, stream, None)
            return _decode_job(number, header, stream, f"{self._archive.name}: block {number}")
        except ArchiveError as error:
            return DecodedBlock(number, None, error)

    def _checked(self, number: int, data: np.ndarray | None, error: str | None) -> DecodedBlock:
        if data is not None and block_checksum(data) != self._archive.blocks[number].header.checksum:
            data, error = None, "its bytes do not match their checksum"
        if data is None:
            return DecodedBlock(number, None, self._archive.corrupt_block(number, error))
        return DecodedBlock(number, data)

    def _next_plain(self) -> DecodedBlock:
        block = self._waiting.popleft()
        self._plain_bytes -= _held_bytes(block.data)
        return block


def encode_index(columns: bytes, spec: Spec, backend: Backend) -> tuple[BlockHeader, bytes]:
    """Return the index as a block, header and stream: CM where that is smaller, else STORED."""
    data = np.frombuffer(columns, np.uint8)
    if SMALLEST_MODELLED_INDEX <= data.size <= spec.max_block_bytes:
        (result,) = backend.encode([EncodeJob(INDEX, data, spec)])
        if result.stream.size < data.size:
            header = BlockHeader.modelled(spec.spec_id, result.table_bits, data, result.stream.size)
            return header, result.stream.tobytes()
    return BlockHeader.stored(columns), columns


def decode_index(header: BlockHeader, stream: bytes, archive: str, backend: Backend) -> bytes:
    """Return the raw bytes of an index that is a CM block; the caller checks them. Raises ArchiveError."""
    job = _decode_job(INDEX, header, np.frombuffer(stream, np.uint8), f"{archive}: index")
    (result,) = backend.decode([job])
    if result.data is None:
        raise CorruptArchiveError(f"{archive}: index: {result.error}")
    return result.data.tobytes()


def _decode_job(number: int, header: BlockHeader, stream: np.ndarray, place: str) -> DecodeJob:
    """Return the job for a CM block at `place`, if its spec is known and allows it."""
    try:
        spec = spec_by_id(header.spec_id)
    except KeyError:
        raise UnsupportedError(
            f"{place}: needs model spec {header.spec_id}, which this version lacks"
        ) from None
    if header.raw_bytes > spec.max_block_bytes:
        raise LimitError(
            f"{place}: declares {header.raw_bytes} bytes, over its model's {spec.max_block_bytes}"
        )
    if not TABLE_BITS_MIN <= header.table_bits <= spec.table_bits_max:
        raise LimitError(f"{place}: declares tables of 2**{header.table_bits} entries, which no model has")
    return DecodeJob(number, stream, spec, header.table_bits, header.raw_bytes)


def _stored(block: PackedBlock) -> tuple[BlockHeader, memoryview]:
    return BlockHeader.stored(block.data), memoryview(block.data)


def _held_bytes(data: np.ndarray | None) -> int:
    return _BLOCK_OVERHEAD_BYTES + (0 if data is None else data.size)
