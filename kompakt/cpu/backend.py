"""The CPU backend: one block a thread, the GIL released, results in the order of the jobs."""

import queue
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future

import numpy as np

from kompakt.cpu.buffers import StateBuffers
from kompakt.cpu.compiled import block_loop
from kompakt.cpu.threads import usable_memory_bytes, usable_threads
from kompakt.jobs import PAUSE, DecodeJob, DecodeResult, EncodeJob, EncodeResult, OriginError
from kompakt.model.block import STREAM_TAIL
from kompakt.model.registers import R
from kompakt.model.state import begin, learned_part, scratch, spec_arrays
from kompakt.model.tables import tables

_LONGEST = 17  # times the block: a bit of probability 2**-16 costs 16, and the coder's rounding a little


class _Task:
    """A job on its way, until it is coded. `registers` are those of its model while it is being coded."""

    def __init__(self, job: EncodeJob | DecodeJob):
        self.job: EncodeJob | DecodeJob | None = job
        self.raw_bytes = job.raw_bytes
        self.future: Future = Future()
        self.registers: np.ndarray | None = None

    @property
    def coded_bytes(self) -> int:
        """Raw bytes that are through the model."""
        if self.future.done():
            return self.raw_bytes
        registers = self.registers
        return 0 if registers is None else int(registers[R.POSITION])


class CpuBackend:
    """Codes blocks on `threads` threads; what comes out does not depend on how many.

    threads:      None for all cores this process may use
    memory_bytes: bound on the model states in flight; None for 80 % of what is available
    notice:       is told when compiling will take a while

    At most `threads` + 1 blocks are held besides those being coded. The threads are daemons, so an
    interrupted program does not wait for the blocks in flight; they end with the backend.
    """

    def __init__(
        self,
        threads: int | None = None,
        memory_bytes: int | None = None,
        notice: Callable[[str], None] = lambda text: None,
    ):
        self._threads = threads or usable_threads()
        self._buffers = StateBuffers(usable_memory_bytes() if memory_bytes is None else memory_bytes)
        self._notice = notice
        self._tasks: queue.SimpleQueue = queue.SimpleQueue()
        self._workers: list[threading.Thread] = []
        self._underway: deque[_Task] = deque()

    @property
    def name(self) -> str:
        """What codes, in words."""
        return f"cpu, {self._threads} thread{'s' if self._threads > 1 else ''}"

    @property
    def bytes_underway(self) -> int:
        """Raw bytes that are coded already of blocks whose results have not been yielded."""
        return sum(task.coded_bytes for task in tuple(self._underway))

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the stream of each job, in order. A stream as long as its block means: store the block."""
        return self._in_order(self._encode_one, jobs)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        """Yield the bytes of each job, in order. A damaged stream yields wrong bytes, never an exception."""
        return self._in_order(self._decode_one, jobs)

    def _encode_one(self, task: _Task) -> EncodeResult:
        job = task.job
        table_bits = job.table_bits
        room = len(job.data) if job.heir is None else _LONGEST * len(job.data) + STREAM_TAIL
        stream = np.empty(room, np.uint8)
        written = self._run(task, table_bits, False, job.data, stream, job.data)
        return EncodeResult(job.number, table_bits, stream[:written].copy() if written else job.data)

    def _decode_one(self, task: _Task) -> DecodeResult:
        job = task.job
        data = np.zeros(job.raw_bytes, np.uint8)
        try:
            self._run(task, job.table_bits, True, job.stream, data, data)
        except OriginError as error:
            if job.heir is not None:
                job.heir.disinherit(job.number, str(error))
            return DecodeResult(job.number, None, str(error))
        return DecodeResult(job.number, data)

    def _run(
        self,
        task: _Task,
        table_bits: int,
        decoding: bool,
        source: np.ndarray,
        target: np.ndarray,
        data: np.ndarray,
    ) -> int | None:
        job = task.job
        spec = job.spec
        loop = block_loop(spec, decoding, self._notice)
        start = job.origin.start() if job.origin is not None else None
        base = start.base if start is not None else None
        buffer = self._buffers.borrow(spec, table_bits, base)
        try:
            state = begin(buffer, spec, table_bits, start)
            task.registers = state.registers
            source = np.require(source, np.uint8, ["C", "A", "W"])
            base_bits = np.uint32(start.base_bits if start else 0)
            written = loop(
                state,
                tables(),
                spec_arrays(spec),
                scratch(spec),
                np.uint32(table_bits),
                base_bits,
                source,
                target,
            )
            if job.heir is not None:
                job.heir.inherit(job.number, data, learned_part(buffer, spec, table_bits).copy())
            return written
        finally:
            task.registers = None
            self._buffers.give_back(buffer, base)

    def _in_order(self, code: Callable, jobs: Iterable) -> Iterator:
        self._underway = waiting = deque()
        for job in jobs:
            if job is PAUSE:
                yield self._first(waiting) if waiting else PAUSE
                continue
            waiting.append(self._submit(code, job))
            if len(waiting) > 2 * self._threads:
                yield self._first(waiting)
        while waiting:
            yield self._first(waiting)

    @staticmethod
    def _first(waiting: deque[_Task]) -> EncodeResult | DecodeResult:
        result = waiting[0].future.result()
        waiting.popleft()
        return result

    def _submit(self, code: Callable, job) -> _Task:
        if len(self._workers) < self._threads:
            worker = threading.Thread(target=_work, args=[self._tasks], name="kompakt-cpu", daemon=True)
            self._workers.append(worker)
            worker.start()
            weakref.finalize(self, self._tasks.put, None)
        task = _Task(job)
        self._tasks.put((code, task))
        return task


def _work(tasks: queue.SimpleQueue) -> None:
    """Code tasks until there is None; between them nothing is held of the backend, so that it can go."""
    while (item := tasks.get()) is not None:
        code, task = item
        try:
            task.future.set_result(code(task))
        except BaseException as error:
            task.future.set_exception(error)
        task.job = None  # and with it where it started, though its result may wait for its turn
        del item, code, task
