"""The GPU backend: batches of blocks, one warp a block, with copies and kernels side by side.

Two batches are in flight: while the kernel of one runs, the other's input is gathered and copied, and the
results of the one before are taken. Kernels themselves run one after another, because they share the slots
that hold the models' states.

Blocks wait for where they start when their batch does, so that blocks which others start from must not be
among them: roots.py has the CPU code those.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kompakt.errors import DeviceError
from kompakt.jobs import (
    DecodeJob,
    DecodeResult,
    EncodeJob,
    EncodeResult,
    Job,
    OriginError,
    batches,
)
from kompakt.kernels.compiled import entry_name, kernel_ptx
from kompakt.kernels.gpu import Gpu, error_of, guarded
from kompakt.kernels.rows import COLUMNS, NO_START, TARGET, UNFINISHED, row, rows
from kompakt.kernels.shared import WARPS_MAX, narrow_tables
from kompakt.kernels.starts import ALIGNMENT, DeviceStarts, start_bytes
from kompakt.model.spec import Spec
from kompakt.model.state import Start, spec_arrays, starting_patterns, state_bytes
from kompakt.model.tables import tables

BATCH_BYTES = 1 << 30
"""Most raw bytes of a batch, unless one block is larger; less on GPUs with little memory."""

BATCH_BLOCKS = 8192
WARPS_OF_PROCESSOR = 16
"""Most blocks in flight on each of a GPU's processors: what registers allow every kernel."""

MEMORY_SHARE = 0.9
BATCHES_IN_MEMORY = 16
"""The memory used holds at least this many batches' bytes; four of them are inputs and outputs in flight."""

STARTS_SHARE = 0.5
"""Of the memory for models, what the starts of blocks in flight may take together. One may take more."""


@dataclass(frozen=True, slots=True)
class _Task:
    """A job, and where its block starts; or why there is nothing to start from."""

    job: Job
    start: Start | None = None
    error: str | None = None

    @property
    def origin(self) -> int:
        """Return the identity of where it starts."""
        return id(self.job.origin)


@dataclass(slots=True)
class _Launch:
    """A kernel on its way; `rows` in its order, `order` the places of their jobs among `jobs`."""

    jobs: list[Job]
    rows: np.ndarray
    order: np.ndarray
    stream: Any
    statuses: Any
    target: Any
    kept: tuple  # what the kernel still reads must live until it ends


@dataclass(slots=True)
class _Batch:
    """Blocks on their way through the GPU; no launch where none of them has anything to start from."""

    tasks: list[_Task]
    launch: _Launch | None


class GpuBackend:
    """Codes blocks on one GPU; the bytes are those of every other backend.

    gpu:          the device, or its number
    memory_bytes: bound on device memory for models and buffers; None for 90 % of what is free
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
        self._allowed_slot_bytes = None if memory_bytes is None else self._slot_budget_bytes
        self._notice = notice
        self._streams = deque([self._gpu.stream(), self._gpu.stream()])
        self._launches: dict[tuple[int, bool], Callable] = {}
        self._constants: dict[int, tuple] = {}
        self._slots = None
        self._starts = DeviceStarts(self._gpu)
        self._kernel_done = None
        self._running: deque[_Batch] = deque()

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
        for task, status, stream in self._code(jobs, False):
            job = task.job
            yield EncodeResult(job.number, job.table_bits, stream[:status] if status else job.data)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        """Yield the bytes of each job, in order. A damaged stream yields wrong bytes, never an exception."""
        for task, _, data in self._code(jobs, True):
            yield DecodeResult(task.job.number, data, task.error)

    def slots_for(self, spec: Spec, table_bits: int, blocks: int, starts_bytes: int = 0) -> int:
        """Return how many of `blocks` blocks of this size are coded at once, beside starts of that size."""
        fitting = (self._slot_budget_bytes - starts_bytes) // state_bytes(spec, table_bits)
        return max(min(blocks, fitting, WARPS_OF_PROCESSOR * self._gpu.processors), 1)

    def _code(self, jobs: Iterable, decoding: bool) -> Iterator[tuple]:
        """Yield (task, status, output) in the order of the jobs."""
        for left in self._running:  # of an earlier call that was left early: its kernel still writes
            if left.launch is not None:
                launch = left.launch
                self._guarded(launch.jobs, lambda launch=launch: self._gpu.wait(launch.stream))
        self._running = running = deque()
        for batch in batches(jobs, self._batch_bytes, BATCH_BLOCKS, lambda job: job.spec):
            for tasks in self._with_starts(batch, decoding):
                while running and not self._fit_together([*running[-1].tasks, *tasks]):
                    yield from self._finish(running)
                running.append(self._begin(tasks, decoding))
                if len(running) == len(self._streams):
                    yield from self._finish(running)
        while running:
            yield from self._finish(running)

    def _with_starts(self, jobs: list, decoding: bool) -> Iterator[list[_Task]]:
        """Wait for where the blocks start, and cut the batch where their starts no longer fit together."""
        tasks: list[_Task] = []
        known: dict[int, _Task] = {}
        for job in jobs:
            try:
                task = _Task(job, None if job.origin is None else job.origin.start())
            except OriginError as error:
                if not decoding:
                    raise
                task = _Task(job, error=str(error))
            if task.start is not None and task.origin not in known:
                known[task.origin] = task
                if not self._fit_together(list(known.values())):
                    yield tasks
                    tasks, known = [], {task.origin: task}
            tasks.append(task)
        yield tasks

    def _fit_together(self, tasks: list[_Task]) -> bool:
        """Tell whether these may be in flight together, by what their starts take."""
        if len(_origins(tasks)) < 2:
            return True
        return _bytes_of_starts(tasks) <= STARTS_SHARE * self._slot_budget_bytes

    def _begin(self, tasks: list[_Task], decoding: bool) -> _Batch:
        """Start those blocks that have where to start."""
        able = [task for task in tasks if task.error is None]
        if not able:
            return _Batch(tasks, None)
        jobs = [task.job for task in able]
        return _Batch(tasks, self._guarded(jobs, lambda: self._start_in_memory(able, decoding)))

    def _start_in_memory(self, tasks: list[_Task], decoding: bool) -> _Launch:
        """Start a batch; each time memory runs out, with half as many blocks in flight."""
        jobs, origins = [task.job for task in tasks], _origins(tasks)
        spec = jobs[0].spec
        bits = max(job.table_bits for job in jobs)
        slot_bytes, starts_bytes = state_bytes(spec, bits), _bytes_of_starts(tasks)
        starting = f" and {starts_bytes} bytes to start from" if starts_bytes else ""
        if self._allowed_slot_bytes is not None and slot_bytes + starts_bytes > self._allowed_slot_bytes:
            text = f"one block's model needs {slot_bytes} bytes{starting}, over the memory it may use"
            raise self._error(jobs, text)
        used = set(origins).union(*(_origins(batch.tasks) for batch in self._running))
        in_use_bytes = starts_bytes + self._starts.bytes_of(used - set(origins))
        while True:
            slots = self.slots_for(spec, bits, len(jobs), in_use_bytes)
            self._make_room(slots * slot_bytes, in_use_bytes, used)
            try:
                return self._start(tasks, decoding, slots, slot_bytes)
            except MemoryError:
                self._free_slots()
                self._starts.trim(used, 0)
                if slots == 1:
                    text = f"no memory for the {slot_bytes} bytes of one block's model{starting}"
                    raise self._error(jobs, text) from None
                self._slot_budget_bytes = slots // 2 * slot_bytes + in_use_bytes

    def _make_room(self, slots_bytes: int, in_use_bytes: int, used: set[int]) -> None:
        """Let go of starts of earlier batches and of slots, so that these slots and starts fit."""
        spare_bytes = max(self._slot_budget_bytes - in_use_bytes - slots_bytes, 0)
        self._starts.trim(used, spare_bytes)
        spare_bytes -= self._starts.bytes_beside(used)
        if self._slots is not None and self._slots.size > slots_bytes + spare_bytes:
            self._free_slots()

    def _start(self, tasks: list[_Task], decoding: bool, slots: int, slot_bytes: int) -> _Launch:
        """Put copies and kernel of a batch on a stream, with `slots` blocks in flight. Raises MemoryError."""
        jobs = [task.job for task in tasks]
        gpu, spec = self._gpu, jobs[0].spec
        stream = self._streams[0]
        self._streams.rotate()
        inputs = [job.stream if decoding else job.data for job in jobs]
        sizes = [job.raw_bytes for job in jobs]
        sources, source_bytes = _places([len(data) for data in inputs])
        targets, target_bytes = _places(sizes)
        held = {
            key: self._starts.put(spec, task.job.origin, task.start, stream)
            for key, task in _origins(tasks).items()
        }
        table = rows(
            [
                row(
                    spec,
                    task.job.table_bits,
                    (sources[n], len(inputs[n])),
                    (targets[n], sizes[n]),
                    NO_START if task.start is None else held[task.origin].row,
                )
                for n, task in enumerate(tasks)
            ]
        )
        order = np.argsort([-size for size in sizes], kind="stable")
        table = table[order]

        staged = gpu.pinned(source_bytes)
        for at, data in zip(sources, inputs, strict=True):
            staged[at : at + len(data)] = data
        self._reserve(slots * slot_bytes)
        source, target = gpu.array(source_bytes), gpu.array(target_bytes)
        d_rows, statuses = gpu.array(table.size, np.uint64), gpu.array(len(jobs), np.uint32)
        queue = gpu.array(1, np.uint32)
        gpu.upload(source, staged, stream)
        gpu.upload(d_rows, table.ravel(), stream)
        gpu.upload(statuses, np.full(len(jobs), UNFINISHED, np.uint32), stream)
        gpu.upload(queue, np.zeros(1, np.uint32), stream)

        launch = self._launch(spec, decoding)
        warps = warps_of_cta(slots, gpu.processors)
        ctas = slots // warps
        arguments = (
            d_rows.reshape(-1, COLUMNS), statuses, queue, self._slots, slot_bytes, source, target,
            *self._constants_of(spec),
        )  # fmt: skip
        if self._kernel_done is not None:
            gpu.after(stream, self._kernel_done)
        launch(ctas, warps, stream, arguments)
        self._kernel_done = gpu.event(stream)
        return _Launch(jobs, table, order, stream, statuses, target, (staged, arguments, held))

    def _finish(self, running: deque[_Batch]) -> Iterator[tuple]:
        """Wait for the first batch and yield its (task, status, output), in the order of its jobs."""
        batch = running[0]
        launch = batch.launch
        coded = iter(() if launch is None else self._guarded(launch.jobs, lambda: self._collect(launch)))
        running.popleft()
        for task in batch.tasks:
            status, output = (0, None) if task.error is not None else next(coded)
            if status == UNFINISHED:
                raise self._error([task.job], "the kernel ended without finishing it")
            yield task, status, output

    def _collect(self, launch: _Launch) -> list[tuple[int, np.ndarray | None]]:
        """Return status and output of each job of a kernel, once it is done."""
        gpu, stream = self._gpu, launch.stream
        statuses = gpu.pinned(launch.statuses.size * 4).view(np.uint32)
        output = gpu.pinned(launch.target.size)
        # All of it at once: a copy that is not pinned, or one for each block, would wait for the other batch.
        gpu.download(launch.statuses, statuses, stream)
        gpu.download(launch.target, output, stream)
        gpu.wait(stream)
        collected: list[tuple[int, np.ndarray | None]] = [(UNFINISHED, None)] * len(launch.jobs)
        for line, place in enumerate(launch.order):
            job, status = launch.jobs[place], int(statuses[line])
            if status == UNFINISHED:
                continue
            size = job.raw_bytes if isinstance(job, DecodeJob) else status
            at = int(launch.rows[line, TARGET])
            collected[place] = status, output[at : at + size].copy()
        return collected

    def _reserve(self, size: int) -> None:
        """Have slots of `size` bytes in all. Raises MemoryError."""
        if self._slots is None or self._slots.size < size:
            self._free_slots()
            self._slots = self._gpu.array(size)

    def _free_slots(self) -> None:
        for stream in self._streams:
            self._gpu.wait(stream)  # no copy or kernel may still use what goes
        self._slots = None

    def _launch(self, spec: Spec, decoding: bool) -> Callable:
        spec = spec.compiled_as
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
        return guarded(self._gpu, jobs, work)

    def _error(self, jobs: list, text: str) -> DeviceError:
        return error_of(self._gpu, jobs, text)


def warps_of_cta(slots: int, processors: int) -> int:
    """Return how many warps a CTA should have, so that CTAs spread `slots` warps evenly over the processors.

    As many as do, because a CTA's warps share its tables; at most a 16th of the slots stays unused.
    """

    def cost(warps: int) -> tuple:
        warps_of_fullest = -(-(slots // warps) // processors) * warps
        return warps_of_fullest, slots % warps > slots // 16, -warps

    return min((warps for warps in (8, 4, 2, 1) if warps <= min(slots, WARPS_MAX)), key=cost)


def _origins(tasks: list[_Task]) -> dict[int, _Task]:
    """Return one task for each origin that blocks start from, by its identity."""
    return {task.origin: task for task in tasks if task.start is not None}


def _bytes_of_starts(tasks: list[_Task]) -> int:
    """Return the device memory that the starts of the tasks take."""
    return sum(start_bytes(task.job.spec, task.start) for task in _origins(tasks).values())


def _places(sizes: list[int]) -> tuple[list[int], int]:
    """Return where arrays of these sizes begin, one behind the other, and where the last one ends."""
    starts, at = [], 0
    for size in sizes:
        starts.append(at)
        at += -(-max(size, 1) // ALIGNMENT) * ALIGNMENT
    return starts, at
