"""The GPU backend: batches of blocks, one warp a block, with copies and kernels side by side.

Two batches are in flight: while the kernel of one runs, the other's input is gathered and copied, and the
results of the one before are taken. Kernels themselves run one after another, because they share the slots
that hold the models' states.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kompakt.errors import DeviceError
from kompakt.jobs import DecodeJob, DecodeResult, EncodeJob, EncodeResult
from kompakt.kernels.compiled import entry_name, kernel_ptx
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.rows import COLUMNS, TARGET, UNFINISHED, row, rows
from kompakt.kernels.shared import WARPS_MAX, narrow_tables
from kompakt.model.spec import Spec
from kompakt.model.state import spec_arrays, starting_patterns, state_bytes
from kompakt.model.tables import tables

BATCH_BYTES = 1 << 30
"""Most raw bytes of a batch, unless one block is larger; less on GPUs with little memory."""

BATCH_BLOCKS = 8192
WARPS_OF_PROCESSOR = 16
"""Most blocks in flight on each of a GPU's processors: what registers allow every kernel."""

MEMORY_SHARE = 0.9
BATCHES_IN_MEMORY = 16
"""The memory used holds at least this many batches' bytes; four of them are inputs and outputs in flight."""

ALIGNMENT = 64


@dataclass(slots=True)
class _Batch:
    """Blocks on their way through the GPU; `rows` in the order of the kernel, `order` their jobs' places."""

    jobs: list
    rows: np.ndarray
    order: np.ndarray
    stream: Any
    statuses: Any = None
    target: Any = None
    kept: tuple = ()  # what the kernel still reads must live until it ends


class GpuBackend:
    """Codes blocks on one GPU; the bytes are those of every other backend.

    gpu:          the device, or its number
    memory_bytes: bound on device memory; None for 90 % of what is free
    notice:       is told when compiling will take a while
    Raises DeviceError when the GPU is missing, runs out of memory for a single block, or fails.
    """

    def __init__(
        self,
        gpu: Gpu | int = 0,
        memory_bytes: int | None = None,
        notice: Callable[[str], None] = lambda text: None,
        batch_bytes: int = BATCH_BYTES,
    ):
        self._gpu = Gpu(gpu) if isinstance(gpu, int) else gpu
        usable_bytes = int(self._gpu.free_bytes * MEMORY_SHARE)
        if memory_bytes is not None:
            usable_bytes = min(usable_bytes, memory_bytes)
        self._batch_bytes = min(batch_bytes, usable_bytes // BATCHES_IN_MEMORY)
        self._slot_budget_bytes = usable_bytes - 2 * 2 * self._batch_bytes
        self._notice = notice
        self._streams = deque([self._gpu.stream(), self._gpu.stream()])
        self._launches: dict[tuple[int, bool], Callable] = {}
        self._constants: dict[int, tuple] = {}
        self._slots = None
        self._kernel_done = None

    @property
    def name(self) -> str:
        """What codes, in words."""
        return self._gpu.name

    @property
    def bytes_underway(self) -> int:
        """Return 0: a kernel tells nothing of its blocks until it ends."""
        return 0

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the stream of each job, in order. A stream as long as its block means: store the block."""
        for job, status, stream in self._code(jobs, False):
            bits = job.spec.table_bits_for(len(job.data))
            yield EncodeResult(job.number, bits, stream[:status] if status else job.data)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        """Yield the bytes of each job, in order. A damaged stream yields wrong bytes, never an exception."""
        for job, _, data in self._code(jobs, True):
            yield DecodeResult(job.number, data)

    def slots_for(self, spec: Spec, table_bits: int, blocks: int) -> int:
        """Return how many of `blocks` blocks of this size are coded at once."""
        fitting = self._slot_budget_bytes // state_bytes(spec, table_bits)
        return max(min(blocks, fitting, WARPS_OF_PROCESSOR * self._gpu.processors), 1)

    def _code(self, jobs: Iterable, decoding: bool) -> Iterator[tuple]:
        """Yield (job, status, output) in the order of the jobs."""
        running: deque[_Batch] = deque()
        for batch in self._batches(jobs, decoding):
            running.append(self._guarded(batch, lambda batch=batch: self._start(batch, decoding)))
            if len(running) == len(self._streams):
                yield from self._finish(running.popleft())
        while running:
            yield from self._finish(running.popleft())

    def _batches(self, jobs: Iterable, decoding: bool) -> Iterator[list]:
        """Cut the jobs into batches of one spec."""
        batch: list = []
        size = 0
        for job in jobs:
            raw_bytes = job.raw_bytes if decoding else len(job.data)
            full = size + raw_bytes > self._batch_bytes or len(batch) == BATCH_BLOCKS
            if batch and (full or job.spec != batch[0].spec):
                yield batch
                batch, size = [], 0
            batch.append(job)
            size += raw_bytes
        if batch:
            yield batch

    def _start(self, jobs: list, decoding: bool) -> _Batch:
        """Put copies and kernel of a batch on a stream."""
        gpu, spec = self._gpu, jobs[0].spec
        stream = self._streams[0]
        self._streams.rotate()
        inputs = [job.stream if decoding else job.data for job in jobs]
        sizes = [job.raw_bytes if decoding else len(job.data) for job in jobs]
        bits = [job.table_bits if decoding else spec.table_bits_for(len(job.data)) for job in jobs]
        starts, source_bytes = _places([len(data) for data in inputs])
        targets, target_bytes = _places(sizes)
        table = rows(
            [
                row(spec, bits[n], (starts[n], len(inputs[n])), (targets[n], sizes[n]))
                for n in range(len(jobs))
            ]
        )
        order = np.argsort([-size for size in sizes], kind="stable")
        table = table[order]

        staged = gpu.pinned(source_bytes)
        for start, data in zip(starts, inputs, strict=True):
            staged[start : start + len(data)] = data
        slot_bytes = state_bytes(spec, max(bits))
        self._reserve(spec, max(bits), len(jobs))
        slots = min(self._slots.size // slot_bytes, self.slots_for(spec, max(bits), len(jobs)))
        source, target = gpu.array(source_bytes), gpu.array(target_bytes)
        d_rows, statuses = gpu.array(table.size, np.uint64), gpu.array(len(jobs), np.uint32)
        queue = gpu.array(1, np.uint32)
        gpu.upload(source, staged, stream)
        gpu.upload(d_rows, table.ravel(), stream)
        gpu.upload(statuses, np.full(len(jobs), UNFINISHED, np.uint32), stream)
        gpu.upload(queue, np.zeros(1, np.uint32), stream)

        launch = self._launch(spec, decoding)
        warps = min(WARPS_MAX, max(1, slots // gpu.processors))
        ctas = max(slots // warps, 1)
        arguments = (
            d_rows.reshape(-1, COLUMNS), statuses, queue, self._slots, slot_bytes, source, target,
            *self._constants_of(spec),
        )  # fmt: skip
        if self._kernel_done is not None:
            gpu.after(stream, self._kernel_done)
        launch(ctas, warps, stream, arguments)
        self._kernel_done = gpu.event(stream)
        return _Batch(jobs, table, order, stream, statuses, target, (staged, arguments))

    def _finish(self, batch: _Batch) -> Iterator[tuple]:
        """Wait for a batch and yield its (job, status, output), in the order of its jobs."""
        statuses, outputs = self._guarded(batch.jobs, lambda: self._collect(batch))
        for place, job in enumerate(batch.jobs):
            if statuses[place] == UNFINISHED:
                raise DeviceError(f"{self.name}: block {job.number}: the kernel ended without finishing it")
            yield job, int(statuses[place]), outputs[place]

    def _collect(self, batch: _Batch) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return status and output of each job of a batch, once it is done."""
        gpu, stream = self._gpu, batch.stream
        by_row = np.empty(len(batch.jobs), np.uint32)
        gpu.download(batch.statuses, by_row, stream)
        gpu.wait(stream)
        statuses = np.empty_like(by_row)
        statuses[batch.order] = by_row
        outputs: list[np.ndarray] = [np.empty(0, np.uint8)] * len(batch.jobs)
        for line, place in enumerate(batch.order):
            job = batch.jobs[place]
            if statuses[place] == UNFINISHED:
                continue
            size = job.raw_bytes if isinstance(job, DecodeJob) else int(statuses[place])
            outputs[place] = np.empty(size, np.uint8)
            start = int(batch.rows[line, TARGET])
            if size:
                gpu.download(batch.target[start : start + size], outputs[place], stream)
        gpu.wait(stream)
        return statuses, outputs

    def _reserve(self, spec: Spec, table_bits: int, blocks: int) -> None:
        """Make room for as many states as `blocks` can use, or as many as there is memory for."""
        slot_bytes = state_bytes(spec, table_bits)
        wanted = self.slots_for(spec, table_bits, blocks)
        if self._slots is not None and self._slots.size >= wanted * slot_bytes:
            return
        for stream in self._streams:
            self._gpu.wait(stream)  # no kernel may still use the slots that go
        self._slots = None
        while wanted:
            try:
                self._slots = self._gpu.array(wanted * slot_bytes)
                return
            except MemoryError:
                wanted //= 2
        raise DeviceError(f"{self.name}: no memory for the {slot_bytes} bytes of one block's model")

    def _launch(self, spec: Spec, decoding: bool) -> Callable:
        key = (spec.spec_id, decoding)
        if key not in self._launches:
            ptx = kernel_ptx(spec, decoding, self._gpu.capability, self._notice)
            self._launches[key] = self._gpu.load(ptx, entry_name(ptx))
        return self._launches[key]

    def _constants_of(self, spec: Spec) -> tuple:
        """Return the device arrays that stand last among a kernel's arguments."""
        if spec.spec_id not in self._constants:
            arrays, start = spec_arrays(spec), starting_patterns(spec)
            apms = start.get("apms", np.zeros(1, np.uint16))
            hosts = (*narrow_tables(tables()), *arrays, start["state_maps"], apms)
            stream = self._streams[0]
            devices = tuple(self._gpu.array(host.size, host.dtype) for host in hosts)
            for device, host in zip(devices, hosts, strict=True):
                self._gpu.upload(device, np.ascontiguousarray(host), stream)
            self._gpu.wait(stream)
            self._constants[spec.spec_id] = devices
        return self._constants[spec.spec_id]

    def _guarded(self, jobs: list, work: Callable):
        """Run `work` on a batch; what the GPU raises becomes a DeviceError that names its blocks."""
        try:
            return work()
        except (*self._gpu.errors, MemoryError) as error:
            first, last = jobs[0].number, jobs[-1].number
            blocks = f"block {first}" if first == last else f"blocks {first} to {last}"
            raise DeviceError(f"{self.name}: {blocks}: {error}".splitlines()[0]) from error


def _places(sizes: list[int]) -> tuple[list[int], int]:
    """Return where arrays of these sizes begin, one behind the other, and where the last one ends."""
    starts, at = [], 0
    for size in sizes:
        starts.append(at)
        at += -(-max(size, 1) // ALIGNMENT) * ALIGNMENT
    return starts, at
