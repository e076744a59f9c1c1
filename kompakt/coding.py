"""Blocks to streams and back: which codec a block gets, and the backend's work in the order of the archive.

A backend codes only CM blocks, in order, and looks ahead. The blocks between them that need no backend
wait here until it is their turn. When too much waits (a terabyte of stored data between two CM blocks), the
backend gets a PAUSE for a job: what it has in work goes on, and memory stays bounded.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np

from kompakt.archive.block_header import BlockHeader, Parent, block_checksum
from kompakt.archive.layout import Codec
from kompakt.archive.reader import ArchiveReader
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.errors import ArchiveError, CorruptArchiveError, LimitError, UnsupportedError
from kompakt.jobs import (
    INDEX,
    PAUSE,
    DecodeJob,
    DecodeResult,
    EncodeJob,
    EncodeResult,
    Origin,
    PipelineJob,
)
from kompakt.kept import KeptBlocks
from kompakt.lineage import Lineage, ModelSource, Step
from kompakt.model.spec import TABLE_BITS_MIN, Spec, spec_by_id
from kompakt.origin import Generation
from kompakt.tree import PlannedBlock

WAITING_BYTES = 64 << 20
"""Blocks that need no backend wait for those that do: so much of them, and as much as those are."""

SMALLEST_MODELLED_INDEX = 512  # bytes; below, an archive opens without starting the model
_BLOCK_OVERHEAD_BYTES = 1 << 10
_NO_JOB = object()


class Backend(Protocol):
    """What codes CM blocks: a CPU or a GPU. Results come in the order of the jobs, which are taken lazily.

    Among the jobs may be PAUSE, which is answered, see there.
    """

    name: str
    bytes_underway: int  # raw bytes coded of blocks whose results are still to come

    def encode(self, jobs: Iterable[EncodeJob | None]) -> Iterator[EncodeResult | None]:
        """Yield the streams of blocks."""

    def decode(self, jobs: Iterable[DecodeJob | None]) -> Iterator[DecodeResult | None]:
        """Yield the blocks of streams; bytes that are no stream give any bytes, or an error."""


class BlockEncoder:
    """Turns planned blocks into headers and streams, in the order of the blocks.

    A run becomes FILL, bytes that no model can shrink STORED; the rest becomes CM, or PIPELINE if the backend
    codes by pipelines, or STORED where that is smaller and nothing starts from it.
    """

    def __init__(self, backend: Backend, models: ModelSource, name: str):
        self._backend = backend
        self._models = models
        self._name = name
        self._origins: dict[Parent, Origin | None] = {}
        self._window = 0
        self._waiting: deque[PlannedBlock] = deque()
        self._plain_bytes = 0
        self._coded_bytes = 0

    def encode(self, blocks: Iterable[PlannedBlock]) -> Iterator[tuple[BlockHeader, memoryview]]:
        """Yield header and stream of each block, taking from `blocks` only what look-ahead needs."""
        for result in self._backend.encode(self._jobs(blocks)):
            yield from self._plain_in_front()
            if result is PAUSE:
                continue
            block = self._waiting.popleft()
            self._coded_bytes -= block.raw_bytes
            if result.stream.size < block.raw_bytes or block.heir is not None:
                yield _header_of(result, block), memoryview(result.stream)
            else:
                yield _stored(block)
            yield from self._plain_in_front()
        yield from self._plain_in_front()

    def _jobs(self, source: Iterable[PlannedBlock]) -> Iterator[EncodeJob | None]:
        for block in source:
            self._waiting.append(block)
            if _is_coded(block):
                self._coded_bytes += block.raw_bytes
                yield self._job(block)
                continue
            self._plain_bytes += _held_bytes(block.data)
            while self._plain_bytes > WAITING_BYTES + self._coded_bytes:
                yield PAUSE

    def _job(self, block: PlannedBlock) -> EncodeJob:
        if block.window != self._window:
            self._origins = {Parent.none(): None}  # what still uses the others keeps them
            self._window = block.window
        if block.parent not in self._origins:
            self._origins[block.parent] = self._models.origin(block.parent, block.spec, self._name)
        origin = self._origins[block.parent]
        if block.heir is None:
            return EncodeJob(block.number, block.data, block.spec, origin, None, block.own_bits)
        if block.heir not in self._origins:
            self._origins[block.heir] = Generation(
                block.spec, block.heir.blocks, origin, block.heir.base_bits
            )
        heir = self._origins[block.heir]
        heir.supply(block.number, block.data)
        return EncodeJob(block.number, block.data, block.spec, origin, heir, block.own_bits)

    def _plain_in_front(self) -> Iterator[tuple[BlockHeader, memoryview]]:
        while self._waiting and not _is_coded(self._waiting[0]):
            yield self._next_plain()

    def _next_plain(self) -> tuple[BlockHeader, memoryview]:
        block = self._waiting.popleft()
        self._plain_bytes -= _held_bytes(block.data)
        if block.recipe is not None:
            return BlockHeader.model(block.recipe), memoryview(block.recipe)
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

    get_backend:    returns the backend for so many CM blocks; called only if there are any
    get_pipelines:  returns what decodes PIPELINE blocks; called only if there are any
    blocks_decoded: how many blocks have gone through the model, those included that others start from
    """

    def __init__(
        self,
        archive: ArchiveReader,
        get_backend: Callable[[int], Backend],
        models: ModelSource,
        get_pipelines: Callable[[], Backend] = PipelineBackend,
    ):
        self._archive = archive
        self._get_backend = get_backend
        self._get_pipelines = get_pipelines
        self._models = models
        self._headers = [record.header for record in archive.blocks]
        self._waiting: deque[tuple[Step, DecodedBlock | None]] = deque()
        self._kept = KeptBlocks()
        self._kept_errors: dict[int, DecodedBlock] = {}
        self._plain_bytes = 0
        self._coded_bytes = 0
        self._put_back: list[Step] = []
        self._ended = False
        self.blocks_decoded = 0

    def decode(self, numbers: Sequence[int]) -> Iterator[DecodedBlock]:
        """Yield the blocks `numbers`, none of them FILL, in that order, damaged ones with their error.

        Raises LimitError at once, see Lineage.
        """
        return self._decode(Lineage(self._archive, numbers, self._models))

    def _decode(self, lineage: Lineage) -> Iterator[DecodedBlock]:
        blocks = sum(
            self._headers[step.number].codec == Codec.CM and not step.is_kept for step in lineage.steps
        )
        steps = iter(lineage.steps)
        self._ended = False
        while not self._ended:
            jobs = self._jobs(steps, lineage)
            while (first := next(jobs, _NO_JOB)) is PAUSE:
                yield from self._plain_in_front()
            if first is not _NO_JOB:
                is_cm = isinstance(first, DecodeJob)
                backend = self._get_backend(blocks) if is_cm else self._get_pipelines()
                for result in backend.decode(chain([first], jobs)):
                    yield from self._plain_in_front()
                    if result is PAUSE:
                        continue
                    step, _ = self._waiting.popleft()
                    self._coded_bytes -= self._headers[step.number].raw_bytes
                    self.blocks_decoded += 1
                    yield from self._settled(step, self._checked(step.number, result.data, result.error))
                    yield from self._plain_in_front()
            yield from self._plain_in_front()

    def _jobs(self, steps: Iterator[Step], lineage: Lineage) -> Iterator[DecodeJob | PipelineJob | None]:
        """Yield jobs of one kind, with pauses while too much waits; ends before one of the other."""
        kind = None
        put_back, self._put_back = self._put_back, []
        for step in chain(put_back, steps):
            codec = None if step.is_kept else self._headers[step.number].codec
            if codec in (Codec.CM, Codec.PIPELINE) and codec != (kind := kind or codec):
                self._put_back = [step]
                return
            job = None if step.is_kept else self._read(step.number, lineage)
            if isinstance(job, DecodeJob | PipelineJob):
                self._waiting.append((step, None))
                self._coded_bytes += job.raw_bytes
                yield job
                continue
            self._waiting.append((step, job))
            self._plain_bytes += _held_bytes(job.data if job else None)
            while self._plain_bytes > WAITING_BYTES + self._coded_bytes:
                yield PAUSE
        self._ended = True

    def _read(self, number: int, lineage: Lineage) -> DecodeJob | PipelineJob | DecodedBlock:
        header = self._headers[number]
        place = f"{self._archive.name}: block {number}"
        heir = None
        try:
            if header.codec == Codec.PIPELINE:
                stream = np.frombuffer(self._archive.read_stream(number), np.uint8)
                has_model = header.parent != Parent.none()
                dictionary = self._models.dictionary(header.parent, place) if has_model else None
                return PipelineJob(number, stream, header.stages, header.raw_bytes, dictionary)
            if header.codec != Codec.CM:
                return self._checked(number, np.frombuffer(self._archive.read_stream(number), np.uint8), None)
            spec = _checked_spec(header, place)
            heir = lineage.heir(number, spec)
            origin = lineage.origin(number, spec)
            stream = np.frombuffer(self._archive.read_stream(number), np.uint8)
            return DecodeJob(number, stream, spec, header.table_bits, header.raw_bytes, origin, heir)
        except ArchiveError as error:
            if heir is not None:
                heir.disinherit(number, f"it starts from block {number}, which is damaged")
            return DecodedBlock(number, None, error)

    def _checked(self, number: int, data: np.ndarray | None, error: str | None) -> DecodedBlock:
        if data is not None and block_checksum(data) != self._headers[number].checksum:
            data, error = None, "its bytes do not match their checksum"
        if data is None:
            return DecodedBlock(number, None, self._archive.corrupt_block(number, error))
        return DecodedBlock(number, data)

    def _plain_in_front(self) -> Iterator[DecodedBlock]:
        while self._waiting and not self._is_coded(self._waiting[0]):
            step, block = self._waiting.popleft()
            self._plain_bytes -= _held_bytes(block.data if block else None)
            yield from self._settled(step, block)

    def _settled(self, step: Step, block: DecodedBlock | None) -> Iterator[DecodedBlock]:
        """Yield the block of a step, if it is wanted, and keep it if it will be again."""
        if step.is_kept:
            block = self._kept_errors.get(step.number) or DecodedBlock(
                step.number, self._kept.get(step.number)
            )
        if block.data is None and step.keep:
            self._kept_errors[step.number] = block
        elif block.data is not None and step.keep and not step.is_kept:
            self._kept.keep(step.number, block.data)
        if step.is_wanted:
            yield block
        if block.data is not None and step.is_kept and not step.keep:
            self._kept.drop(step.number)

    def _is_coded(self, waiting: tuple[Step, DecodedBlock | None]) -> bool:
        step, block = waiting
        return block is None and not step.is_kept


def encode_index(columns: bytes, spec: Spec, backend: Backend) -> tuple[BlockHeader, bytes]:
    """Return the index as a block, header and stream: CM or PIPELINE where that is smaller, else STORED."""
    data = np.frombuffer(columns, np.uint8)
    if SMALLEST_MODELLED_INDEX <= data.size <= spec.max_block_bytes:
        (result,) = backend.encode([EncodeJob(INDEX, data, spec)])
        if result.stream.size < data.size:
            size = result.stream.size
            header = (
                BlockHeader.piped(result.stages, data, size)
                if result.stages
                else BlockHeader.modelled(spec.spec_id, result.table_bits, data, size)
            )
            return header, result.stream.tobytes()
    return BlockHeader.stored(columns), columns


def decode_index(header: BlockHeader, stream: bytes, archive: str, backend: Backend) -> bytes:
    """Return the raw bytes of an index that was coded; the caller checks them. Raises ArchiveError.

    backend: for CM
    """
    data = np.frombuffer(stream, np.uint8)
    if header.codec == Codec.PIPELINE:
        (result,) = PipelineBackend(1).decode([PipelineJob(INDEX, data, header.stages, header.raw_bytes)])
    else:
        spec = _checked_spec(header, f"{archive}: index")
        (result,) = backend.decode([DecodeJob(INDEX, data, spec, header.table_bits, header.raw_bytes)])
    if result.data is None:
        raise CorruptArchiveError(f"{archive}: index: {result.error}")
    return result.data.tobytes()


def _checked_spec(header: BlockHeader, place: str) -> Spec:
    """Return the spec of a CM block at `place`, if it is known and allows the block."""
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
    bits = {header.table_bits} | ({header.parent.base_bits} if header.parent != Parent.none() else set())
    if not TABLE_BITS_MIN <= min(bits) <= max(bits) <= spec.table_bits_max:
        raise LimitError(f"{place}: declares tables of 2**{max(bits)} entries, which no model has")
    return spec


def _header_of(result: EncodeResult, block: PlannedBlock) -> BlockHeader:
    size = result.stream.size
    if result.stages:
        return BlockHeader.piped(result.stages, block.data, size, block.parent, block.checksum)
    spec_id, table_bits = block.spec.spec_id, result.table_bits
    return BlockHeader.modelled(spec_id, table_bits, block.data, size, block.parent, block.checksum)


def _is_coded(block: PlannedBlock) -> bool:
    return block.data is not None and not block.is_random


def _stored(block: PlannedBlock) -> tuple[BlockHeader, memoryview]:
    return BlockHeader.stored(block.data, block.checksum), memoryview(block.data)


def _held_bytes(data: np.ndarray | None) -> int:
    return _BLOCK_OVERHEAD_BYTES + (0 if data is None else data.size)
