"""The GPU backend: one warp a block, many launches in flight, each with slots and a stream of its own.

A launch has a share of the blocks that the device can hold. Others lie ready behind it: their CTAs start as
its own end, whatever their specs are, while the host gathers the next blocks and takes the results of those
before. So neither the end of a launch nor a change of spec lets the device run empty.

Blocks wait for where they start when their launch begins, so that blocks which others start from must not be
among them: roots.py has the CPU code those.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from kompakt.errors import DeviceError
from kompakt.jobs import PAUSE, DecodeJob, DecodeResult, EncodeJob, EncodeResult, Job, OriginError
from kompakt.kernels.gather import Gathered
from kompakt.kernels.gpu import DeviceMemoryError, Gpu, error_of, guarded
from kompakt.kernels.launches import Launch, Launcher, Task, device_bytes
from kompakt.kernels.ring import SlotRing
from kompakt.kernels.rows import UNFINISHED, slot_bytes
from kompakt.kernels.staging import Staging
from kompakt.kernels.starts import DeviceStarts, start_bytes
from kompakt.model.spec import Spec

BATCH_BYTES = 1 << 30
"""Most raw bytes of a launch, unless one block is larger; less on GPUs with little memory."""

WARPS_OF_PROCESSOR = 16
"""Most blocks coded at once on each of a GPU's processors: what registers allow every kernel."""

SHARES = 4
"""Launches that run at once, while there are enough blocks."""

ROUNDS = 6
"""Most blocks of a launch for each of its slots. A CTA ends with its longest block, and so does a launch."""

ROUNDS_BEFORE = 4
"""Rounds over all slots that come before each further one of a launch: at the end of all it runs alone. One
where there are slots only for what runs at once: then each launch waits for its longest block."""

BEHIND = 2
"""Launches that lie ready behind those that run, and as many with slots of their own, if there are any."""

LAUNCHES = 24
"""Most launches in flight; beyond about 30 streams, some wait for others in the device's queues."""

MEMORY_SHARE = 0.9
IO_SHARE = 16
"""One part in so many of the memory is for inputs and outputs in flight, unless one block needs more."""

STARTS_SHARE = 4
"""The starts of a launch take together at most one part in so many of the memory. One alone may take more."""

STARTS_EXPECTED = 4
"""Starts for which room is left beside the slots, while that is no more than their share."""


class GpuBackend:
    """Codes blocks on one GPU; the bytes are those of every other backend.

    gpu:          the device, or its number
    memory_bytes: bound on device memory for models and buffers; None for 90 % of what is free
    notice:       is told when compiling will take a while
    batch_bytes:  most raw bytes of a launch, unless one block is larger
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
        self._usable_bytes = int(self._gpu.free_bytes * MEMORY_SHARE)
        self._is_bounded = memory_bytes is not None
        if memory_bytes is not None:
            self._usable_bytes = min(self._usable_bytes, memory_bytes)
        self._io_bytes = self._usable_bytes // IO_SHARE
        self._batch_bytes = min(batch_bytes, self._io_bytes // (2 * (SHARES + BEHIND)))
        self._ring_bytes_most = self._usable_bytes  # less once memory has run out
        self._starts_bytes = 0  # room for starts beside the slots
        self._staging = Staging(self._gpu)
        self._launcher = Launcher(self._gpu, self._staging, notice)
        self._starts = DeviceStarts(self._gpu, self._staging)
        self._ring: SlotRing | None = None
        self._running: deque[Launch] = deque()
        self._blocks_started = 0
        self._last_bytes = 0  # of slots for all that is gathered when nothing more comes for now

    @property
    def name(self) -> str:
        """What codes, in words."""
        return self._gpu.name

    @property
    def bytes_underway(self) -> int:
        """Return 0: a kernel tells nothing of its blocks until it ends."""
        return 0

    def encode(self, jobs: Iterable[EncodeJob | None]) -> Iterator[EncodeResult | None]:
        """Yield the stream of each job, in order. A stream as long as its block means: store the block."""
        for task in self._code(jobs, False):
            if task is PAUSE:
                yield PAUSE
                continue
            job = task.job
            yield EncodeResult(job.number, task.table_bits, task.output if task.status else job.data)

    def decode(self, jobs: Iterable[DecodeJob | None]) -> Iterator[DecodeResult | None]:
        """Yield the bytes of each job, in order. A damaged stream yields wrong bytes, never an exception."""
        for task in self._code(jobs, True):
            yield PAUSE if task is PAUSE else DecodeResult(task.job.number, task.output, task.error)

    def slots_for(self, spec: Spec, table_bits: int, blocks: int | None = None, starts_bytes: int = 0) -> int:
        """Return how many blocks of this size are coded at once, beside starts of that size.

        blocks: how many there are; None for any number
        """
        fitting = (self._usable_bytes - self._io_bytes - starts_bytes) // slot_bytes(spec, table_bits)
        return max(min(fitting, self._warps, self._warps if blocks is None else blocks), 1)

    @property
    def _warps(self) -> int:
        """Return how many warps the device runs at once."""
        return WARPS_OF_PROCESSOR * self._gpu.processors

    def _code(self, jobs: Iterable[Job | None], decoding: bool) -> Iterator[Task | None]:
        """Yield the tasks of the jobs in their order, each when it is done, and PAUSE as an answer."""
        for left in self._running:  # of an earlier call that was left early: its kernel still writes
            self._guarded(left.tasks, lambda left=left: self._gpu.wait(left.stream))
            self._forget(left)
        self._running.clear()
        self._blocks_started = 0
        gathered = Gathered(self._batch_bytes, self._blocks_of_launch)
        line: deque[Task] = deque()
        for job in jobs:
            if job is not PAUSE:
                task = Task(job)
                line.append(task)
                for tasks in gathered.add(task):
                    self._begin(tasks, decoding, more=True)
            elif line:
                self._finish_first(line, gathered, decoding)
            else:
                yield PAUSE
            yield from _done(line)
        while line:
            self._finish_first(line, gathered, decoding)
            yield from _done(line)

    def _finish_first(self, line: deque[Task], gathered: Gathered, decoding: bool) -> None:
        """Set to work on all that is gathered, and wait for the first of the line."""
        batches = gathered.take_all()
        self._last_bytes = sum(len(tasks) * _slot_bytes(tasks) for tasks in batches)
        for tasks in batches:
            self._begin(tasks, decoding, more=False)
        if not line[0].done:
            self._collect(line[0].launch)

    def _begin(self, tasks: list[Task], decoding: bool, more: bool) -> None:
        """Start launches for blocks of one spec, as many as it takes."""
        able = self._with_starts(tasks, decoding)
        while able:
            bits = max(task.table_bits for task in able)
            blocks = self._blocks_of_launch(able[0].job.spec, bits, None if more else len(able))
            fitting = self._fitting_together(able[:blocks])
            part = able[:fitting]
            if self._guarded(part, lambda part=part: self._start(part, decoding, more)):
                able = able[fitting:]

    def _with_starts(self, tasks: list[Task], decoding: bool) -> list[Task]:
        """Wait for where the blocks start, and return those that have where to."""
        able = []
        for task in tasks:
            try:
                task.start = None if task.job.origin is None else task.job.origin.start()
                able.append(task)
            except OriginError as error:
                if not decoding:
                    raise
                task.error, task.done = str(error), True
        return able

    def _fitting_together(self, tasks: list[Task]) -> int:
        """Return how many of the tasks, from the first on, may be in one launch by what their starts take."""
        seen: set[int] = set()
        size = 0
        for number, task in enumerate(tasks):
            if task.start is not None and task.origin not in seen:
                size += start_bytes(task.job.spec, task.start)
                if seen and size > self._usable_bytes // STARTS_SHARE:
                    return number
                seen.add(task.origin)
        return len(tasks)

    def _blocks_of_launch(self, spec: Spec, table_bits: int, left: int | None = None) -> int:
        """Return how many blocks of this size a launch should have.

        left: how many there are; None while others are to come
        """
        slot_size = slot_bytes(spec, table_bits)
        ring_bytes = self._ring_bytes(slot_size)
        slots = self._slots_of_launch(ring_bytes, slot_size)
        if left is not None:
            return slots * -(-left // (SHARES * slots))
        before = ROUNDS_BEFORE if ring_bytes > self._warps * slot_size else 1
        return slots * min(1 + self._blocks_started // (before * SHARES * slots), ROUNDS)

    def _slots_of_launch(self, ring_bytes: int, slot_size: int) -> int:
        """Return how many slots a launch should have of all that there are, or of all that run at once."""
        return max(min(ring_bytes // slot_size, self._warps) // SHARES, 1)

    def _ring_bytes(self, slot_size: int, io_bytes: int = 0) -> int:
        """Return the memory for slots: more than the device runs at once, if there is that much.

        io_bytes: of a launch
        """
        room = self._usable_bytes - max(self._io_bytes, io_bytes) - self._starts_bytes
        most = self._warps * (SHARES + BEHIND) // SHARES * slot_size
        return max(min(room, self._ring_bytes_most, most), slot_size)

    def _start(self, tasks: list[Task], decoding: bool, more: bool) -> bool:
        """Start a launch. Return False if memory has run out: from now on there are half as many slots."""
        spec, slot_size = tasks[0].job.spec, _slot_bytes(tasks)
        own = {task.origin: task for task in tasks if task.start is not None}
        own_bytes = sum(start_bytes(spec, task.start) for task in own.values())
        io_bytes = device_bytes(tasks, decoding)
        starting = f" and {own_bytes} bytes to start from" if own_bytes else ""
        if self._is_bounded and slot_size + own_bytes + io_bytes > self._usable_bytes:
            text = f"one block's model needs {slot_size} bytes{starting}, over the memory it may use"
            raise self._error(tasks, text)
        if own:
            expected = min(STARTS_EXPECTED * own_bytes // len(own), self._usable_bytes // STARTS_SHARE)
            self._starts_bytes = max(self._starts_bytes, expected, own_bytes)  # never less, or slots change
        wanted_bytes = self._ring_bytes(slot_size, io_bytes)
        slots = min(len(tasks), self._slots_of_launch(wanted_bytes, slot_size))
        if not more:
            wanted_bytes = max(min(wanted_bytes, self._last_bytes), slots * slot_size)
        least_bytes = max(slots * slot_size, wanted_bytes // 2 if more else 0)  # growing lets all end first
        most_bytes = self._usable_bytes - own_bytes - io_bytes
        try:
            if self._ring is None or not least_bytes <= self._ring.size <= most_bytes:
                self._let_go(set(own), most_bytes - wanted_bytes)
                self._ring = SlotRing(self._gpu.array(wanted_bytes))
            self._make_room(set(own), own_bytes, io_bytes, slots * slot_size)
            self._launch(tasks, decoding, own, slots, slot_size)
            return True
        except DeviceMemoryError:
            tried_bytes = self._ring.size if self._ring else wanted_bytes
            self._let_go(set(), 0)
            if tried_bytes < 2 * slot_size:
                text = f"no memory for the {slot_size} bytes of one block's model{starting}"
                raise self._error(tasks, text) from None
            self._ring_bytes_most = tried_bytes // slot_size // 2 * slot_size
            return False

    def _make_room(self, own: set[int], own_bytes: int, io_bytes: int, slots_bytes: int) -> None:
        """Let go of starts that nobody uses, and collect launches, until there is room for one more.

        own, own_bytes: where its blocks start, and what that takes
        """
        while True:
            used = own.union(*(launch.origins for launch in self._running))
            io_in_all = io_bytes + sum(launch.device_bytes for launch in self._running)
            missing_bytes = own_bytes - self._starts.bytes_of(own)
            starts_most = self._usable_bytes - self._ring.size - io_in_all - missing_bytes
            self._starts.trim(used, starts_most)
            is_behind = bool(self._ring.next_part(slots_bytes)[1])
            lying_ready = sum(bool(launch.behind) for launch in self._running)
            if not self._running or (
                self._starts.held_bytes <= starts_most
                and io_in_all <= self._io_bytes
                and len(self._running) < LAUNCHES
                and not (is_behind and lying_ready >= BEHIND)
            ):
                return
            self._collect(self._running[0])

    def _launch(
        self, tasks: list[Task], decoding: bool, own: dict[int, Task], slots: int, slot_size: int
    ) -> None:
        """Start a launch for which there is room. Raises DeviceMemoryError."""
        starts = {
            key: self._starts.put(task.job.spec, task.job.origin, task.start) for key, task in own.items()
        }
        size = slots * slot_size
        begin, behind = self._ring.next_part(size)
        part = self._ring.array[begin : begin + size]
        launch = self._launcher.start(tasks, decoding, starts, (part, slot_size), behind)
        self._ring.give(begin, size, launch)
        self._running.append(launch)
        self._blocks_started += len(tasks)

    def _collect(self, launch: Launch) -> None:
        """Wait for a launch and take what came out of it."""
        self._guarded(launch.tasks, lambda: self._launcher.collect(launch))
        self._running.remove(launch)
        self._forget(launch)
        for task in launch.tasks:
            if task.status == UNFINISHED:
                raise self._error([task], "the kernel ended without finishing it")

    def _forget(self, launch: Launch) -> None:
        if self._ring is not None:
            self._ring.release(launch)
        for other in self._running:
            if launch in other.behind:
                other.behind.remove(launch)

    def _let_go(self, kept: set[int], others_bytes: int) -> None:
        """Collect all launches, and free slots and starts but for those `kept` and some of the others."""
        while self._running:
            self._collect(self._running[0])
        self._ring = None
        self._starts.trim(kept, self._starts.bytes_of(kept) + max(others_bytes, 0))

    def _guarded(self, tasks: list[Task], work: Callable):
        return guarded(self._gpu, [task.job for task in tasks], work)

    def _error(self, tasks: list[Task], text: str) -> DeviceError:
        return error_of(self._gpu, [task.job for task in tasks], text)


def _slot_bytes(tasks: list[Task]) -> int:
    """Return the size of a slot for each of these blocks, which are of one spec."""
    return slot_bytes(tasks[0].job.spec, max(task.table_bits for task in tasks))


def _done(line: deque[Task]) -> Iterator[Task]:
    """Yield the tasks at the front of the line that are done."""
    while line and line[0].done:
        yield line.popleft()
