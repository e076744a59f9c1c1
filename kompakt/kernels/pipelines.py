"""Huffman and rANS blocks on one GPU, batch by batch, to the bytes of the CPU; other pipelines are the CPU's.

The host counts symbols, makes code lengths, frequencies and tables, and puts the streams together; the GPU
does what is done for each symbol.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from kompakt.classic import prefix_code, rans
from kompakt.classic.errors import StreamError
from kompakt.classic.frequencies import histogram
from kompakt.classic.huffman import huffman_lengths
from kompakt.classic.stages import HUFFMAN_ID, RANS_ID
from kompakt.jobs import PAUSE, DecodeResult, EncodeJob, EncodeResult, PipelineJob, batches
from kompakt.kernels.codes import (
    BITS,
    BLOCKS_OF_WARP,
    COLUMNS,
    FIRST_STATE,
    SOURCE,
    SOURCE_END,
    STATES,
    SYMBOLS,
    TABLE,
    TARGET,
)
from kompakt.kernels.found import code_kernel_for
from kompakt.kernels.gpu import Gpu, guarded
from kompakt.model.lanes import WARP_LANES

if TYPE_CHECKING:
    from kompakt.classic.choice import Codec
    from kompakt.coding import Backend

BATCH_BYTES = 1 << 28
ON_GPU = (bytes([HUFFMAN_ID]), bytes([RANS_ID]))
"""Stages of the pipelines that have kernels."""

WARPS_OF_CTA = 4


@dataclass(slots=True)
class _Work:
    """What a kernel is given and leaves; the arrays of codes.py."""

    kernel: str
    rows: np.ndarray
    source: np.ndarray
    tables: np.ndarray
    target: np.ndarray
    results: np.ndarray


def stage_on_gpu(codec: "Codec") -> int | None:
    """Return the only stage of a codec if there are kernels for it."""
    from kompakt.classic.choice import One

    ids = codec.pipeline.ids if isinstance(codec, One) else b""
    return ids[0] if ids in ON_GPU else None


class GpuPipelines:
    """Codes blocks of pipelines on a GPU where it has kernels for them.

    gpu:   the device, or its number
    stage: HUFFMAN_ID or RANS_ID, what encodes; None to decode only
    cpu:   decodes what has no kernel
    Raises DeviceError when the GPU is missing or fails.
    """

    def __init__(
        self,
        gpu: Gpu | int,
        stage: int | None,
        cpu: "Backend",
        notice: Callable[[str], None] = lambda text: None,
        batch_bytes: int = BATCH_BYTES,
    ):
        self._gpu = Gpu(gpu) if isinstance(gpu, int) else gpu
        self._stage = stage
        self._cpu = cpu
        self._notice = notice
        self._batch_bytes = batch_bytes
        self._launches: dict[str, Callable] = {}
        self._stream = self._gpu.stream()
        self.bytes_underway = 0

    @property
    def name(self) -> str:
        """What codes, in words."""
        return self._gpu.name

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the stream of each job, in order. One not shorter than its block means: store the block."""
        make = self._encode_huffman if self._stage == HUFFMAN_ID else self._encode_rans
        for batch in batches(jobs, self._batch_bytes):
            if batch is PAUSE:
                yield PAUSE
                continue
            streams = guarded(self._gpu, batch, lambda batch=batch: make([job.data for job in batch]))
            for job, stream in zip(batch, streams, strict=True):
                yield EncodeResult(job.number, 0, stream, bytes([self._stage]))

    def decode(self, jobs: Iterable[PipelineJob]) -> Iterator[DecodeResult]:
        """Yield the bytes of each job, in order, or why there are none."""
        for stages, alike in groupby(jobs, lambda job: PAUSE if job is PAUSE else job.stages):
            if stages is PAUSE:
                yield from alike  # all that came before is out
                continue
            if stages not in ON_GPU:
                yield from self._cpu.decode(alike)
                continue
            read = self._decode_huffman if stages[0] == HUFFMAN_ID else self._decode_rans
            for batch in batches(alike, self._batch_bytes):
                found = guarded(self._gpu, batch, lambda batch=batch, read=read: read(batch))
                for job, data in zip(batch, found, strict=True):
                    error = str(data) if isinstance(data, StreamError) else None
                    yield DecodeResult(job.number, None if error else data, error)

    def _encode_huffman(self, datas: list[np.ndarray]) -> list[np.ndarray]:
        headers, tables, rows, lanes = [], [], [], []
        begins, source = _joined(datas, np.uint8)
        room = 0
        for number, data in enumerate(datas):
            lengths = huffman_lengths(histogram(data))
            headers.append(prefix_code.packed_lengths(lengths))
            tables.append(prefix_code.code_words(lengths).astype(np.uint32))
            count, lane_bytes = prefix_code.lane_shape(data.size)
            lanes.append(count)
            for lane in range(count):
                row = np.zeros(COLUMNS, np.uint64)
                symbols = min(lane_bytes, data.size - lane * lane_bytes)
                row[SOURCE], row[TARGET], row[SYMBOLS] = begins[number] + lane * lane_bytes, room, symbols
                row[TABLE] = number * 256
                room += symbols * prefix_code.MAX_LENGTH // 8 + 1
                rows.append(row)
        work = _Work(
            "encode_huffman",
            np.array(rows),
            source,
            np.concatenate(tables),
            np.empty(room, np.uint8),
            np.zeros((len(rows), 1), np.uint32),
        )
        self._run(work)
        sizes = work.results[:, 0]
        parts = (work.target[int(r[TARGET]) :][: int(size)] for r, size in zip(rows, sizes, strict=True))
        return [
            prefix_code.joined(header, [next(parts) for _ in range(count)])
            for header, count in zip(headers, lanes, strict=True)
        ]

    def _decode_huffman(self, jobs: list[PipelineJob]) -> list[np.ndarray | StreamError]:
        found: list[np.ndarray | StreamError] = []
        bodies, tables, rows, owners = [], [], [], []
        table_at = source_at = target_at = 0
        for number, job in enumerate(jobs):
            try:
                table, body, ends = prefix_code.opened(np.asarray(job.stream), job.raw_bytes)
            except StreamError as error:
                found.append(error)
                continue
            found.append(np.empty(0, np.uint8))
            count, lane_bytes = prefix_code.lane_shape(job.raw_bytes)
            for lane in range(count):
                row = np.zeros(COLUMNS, np.uint64)
                row[SOURCE] = source_at + (int(ends[lane - 1]) if lane else 0)
                row[SOURCE_END], row[TARGET] = source_at + int(ends[lane]), target_at + lane * lane_bytes
                row[SYMBOLS] = min(lane_bytes, job.raw_bytes - lane * lane_bytes)
                row[TABLE], row[BITS] = table_at, table.size.bit_length() - 1
                rows.append(row)
                owners.append(number)
            bodies.append(body)
            tables.append(table)
            source_at += body.size
            table_at += table.size
            target_at += job.raw_bytes
        if not rows:
            return found
        target, results = np.empty(target_at, np.uint8), np.zeros((len(rows), 1), np.uint32)
        source, words = np.concatenate(bodies), np.concatenate(tables)
        work = _Work("decode_huffman", np.array(rows), source, words, target, results)
        self._run(work)
        for row, owner, fits in zip(rows, owners, work.results[:, 0], strict=True):
            if isinstance(found[owner], StreamError):
                continue
            if not fits:
                found[owner] = StreamError("code words do not end where their lane ends")
            elif not found[owner].size:
                found[owner] = work.target[int(row[TARGET]) :][: jobs[owner].raw_bytes]
        return found

    def _encode_rans(self, datas: list[np.ndarray]) -> list[np.ndarray]:
        begins, source = _joined(datas, np.uint8)
        rows = _rows_of_warps(len(datas))
        headers, tables, room = [], [], 0
        for number, data in enumerate(datas):
            bits, frequencies = rans.frequencies_of(data)
            headers.append(np.frombuffer(rans.packed_frequencies(bits, frequencies), np.uint8))
            tables.append(rans.coding_rows(frequencies, bits).ravel())
            room += data.size
            rows[number, SOURCE], rows[number, SOURCE_END] = begins[number], room
            rows[number, SYMBOLS], rows[number, BITS] = data.size, bits
            rows[number, TABLE] = number * tables[-1].size
        target, results = np.empty(room, np.uint16), np.zeros((len(rows), STATES + 1), np.uint32)
        work = _Work("encode_rans", rows, source, np.concatenate(tables), target, results)
        self._run(work)
        return [
            rans.joined(header, result[:STATES], work.target[int(result[STATES]) : int(row[SOURCE_END])])
            for header, row, result in zip(headers, rows, work.results, strict=False)
        ]

    def _decode_rans(self, jobs: list[PipelineJob]) -> list[np.ndarray | StreamError]:
        found: list[np.ndarray | StreamError] = []
        opened, owners = [], []
        for number, job in enumerate(jobs):
            try:
                opened.append(rans.opened(np.asarray(job.stream)))
                owners.append(number)
                found.append(np.empty(0, np.uint8))
            except StreamError as error:
                found.append(error)
        if not opened:
            return found
        rows = _rows_of_warps(len(opened))
        tables, words = [], []
        table_at = source_at = target_at = 0
        for row, owner, (bits, frequencies, states, own) in zip(rows, owners, opened, strict=False):
            tables.append(_slots(bits, frequencies))
            words.append(own)
            row[SOURCE], row[SOURCE_END] = source_at, source_at + own.size - 1
            row[TARGET], row[SYMBOLS] = target_at, jobs[owner].raw_bytes
            row[TABLE], row[BITS], row[FIRST_STATE:] = table_at, bits, states
            source_at += own.size
            table_at += tables[-1].size
            target_at += jobs[owner].raw_bytes
        target, results = np.empty(target_at, np.uint8), np.zeros((len(rows), STATES + 1), np.uint32)
        work = _Work("decode_rans", rows, np.concatenate(words), np.concatenate(tables), target, results)
        self._run(work)
        for row, owner, fits in zip(rows, owners, work.results[:, :STATES].all(axis=1), strict=False):
            data = work.target[int(row[TARGET]) :][: jobs[owner].raw_bytes]
            found[owner] = data if fits else StreamError("states do not end where they began")
        return found

    def _run(self, work: _Work) -> None:
        """Copy the arrays, run the kernel, and copy target and results back."""
        gpu, stream = self._gpu, self._stream
        arrays = (work.rows, work.source, work.tables, work.target, work.results)
        devices = [gpu.array(max(host.size, 1), host.dtype) for host in arrays]
        for device, host in zip(devices[:3], arrays[:3], strict=True):
            gpu.upload(device, np.ascontiguousarray(host).ravel(), stream)
        rows, source, tables, target, results = devices
        lanes = len(work.rows) * (WARP_LANES // BLOCKS_OF_WARP if work.kernel.endswith("rans") else 1)
        ctas = -(-lanes // (WARP_LANES * WARPS_OF_CTA))
        shaped = rows.reshape(-1, COLUMNS), source, tables, target, results.reshape(work.results.shape)
        self._launch(work.kernel)(ctas, WARPS_OF_CTA, stream, shaped)
        gpu.download(target[: work.target.size], work.target, stream)
        gpu.download(results, work.results.ravel(), stream)
        gpu.wait(stream)

    def _launch(self, kernel: str) -> Callable:
        if kernel not in self._launches:
            found = code_kernel_for(kernel, self._gpu.capability, self._notice)
            self._launches[kernel] = self._gpu.load(found.images, found.name)
        return self._launches[kernel]


def _joined(arrays: list[np.ndarray], kind: type) -> tuple[list[int], np.ndarray]:
    """Return where each array begins in all of them one behind the other, and those."""
    ends = np.cumsum([0, *(array.size for array in arrays)])
    return ends[:-1].tolist(), np.concatenate(arrays).astype(kind, copy=False)


def _rows_of_warps(blocks: int) -> np.ndarray:
    """Return rows of zeros, which are empty blocks, for as many blocks as whole warps code."""
    return np.zeros((-(-blocks // BLOCKS_OF_WARP) * BLOCKS_OF_WARP, COLUMNS), np.uint64)


def _slots(bits: int, frequencies: np.ndarray) -> np.ndarray:
    """Return the decoding table of codes.py."""
    symbols = np.repeat(np.arange(256, dtype=np.uint32), frequencies)
    starts = np.cumsum(frequencies) - frequencies
    slots = np.arange(1 << bits, dtype=np.uint32) - starts[symbols].astype(np.uint32)
    return np.concatenate([frequencies[symbols].astype(np.uint32) << np.uint32(16) | slots, symbols])
