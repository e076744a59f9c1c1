"""Blocks that others start from, on the CPU beside a GPU; see docs/decisions/0007-roots-on-the-cpu.md.

The GPU's backend waits for where its blocks start in the thread that asks for results, and takes jobs there
as well. Roots are therefore coded in a thread of their own: they wait for earlier roots only, so that nobody
waits for himself. Other threads make the starts of the GPU's blocks from them, as soon as the first of these
blocks is known: they share the training of a base, and the GPU's thread finds it made.
"""

import queue
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress

from kompakt.coding import Backend
from kompakt.cpu.threads import usable_threads
from kompakt.jobs import (
    PAUSE,
    DecodeJob,
    DecodeResult,
    EncodeJob,
    EncodeResult,
    Job,
    Origin,
    OriginError,
    Result,
)
from kompakt.several import StoppedError

AHEAD_BYTES = 256 << 20
"""Raw bytes of roots whose results wait for their turn; then the GPU gets no more jobs until some are out."""

_STOP = object()


class RootsBackend:
    """Codes blocks on a GPU, and those with an heir on a CPU; results come in the order of the jobs.

    gpu: codes blocks without an heir
    cpu: makes the backend that codes roots, for which nobody else has work
    threads: that make starts; None for all cores this process may use
    """

    def __init__(
        self,
        gpu: Backend,
        cpu: Callable[[], Backend],
        threads: int | None = None,
        ahead_bytes: int = AHEAD_BYTES,
    ):
        self._gpu = gpu
        self._makers = _Makers(threads or usable_threads())
        self._make_cpu = cpu
        self._cpu: Backend | None = None
        self._ahead_bytes = ahead_bytes

    @property
    def name(self) -> str:
        """What codes all but the roots, in words."""
        return self._gpu.name

    @property
    def bytes_underway(self) -> int:
        """Raw bytes coded of blocks whose results are still to come."""
        return self._gpu.bytes_underway + (self._cpu.bytes_underway if self._cpu else 0)

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the streams of blocks."""
        return self._code("encode", jobs)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        """Yield the blocks of streams."""
        return self._code("decode", jobs)

    def _code(self, verb: str, jobs: Iterable[Job]) -> Iterator[Result]:
        roots = _Roots(lambda: getattr(self._cpu_backend(), verb))
        line = _Line(iter(jobs), roots, self._makers, self._ahead_bytes)
        try:
            with closing(getattr(self._gpu, verb)(line.others())) as results:
                for result in results:
                    yield from line.roots_in_front()
                    if result is not PAUSE:
                        line.pass_other()
                        yield result
                    elif line.must_answer:
                        line.must_answer = False
                        yield PAUSE
            yield from line.roots_in_front()
        except OriginError:
            roots.raise_error()
            raise
        finally:
            roots.stop()
            self._makers.forget()

    def _cpu_backend(self) -> Backend:
        if self._cpu is None:
            self._cpu = self._make_cpu()
        return self._cpu


class _Line:
    """The jobs of one call, and whose results come next.

    must_answer: whether the source has paused, and no result has come since
    """

    def __init__(self, source: Iterator[Job], roots: "_Roots", makers: "_Makers", ahead_bytes: int):
        self.must_answer = False
        self._source = source
        self._roots = roots
        self._makers = makers
        self._left_bytes = ahead_bytes
        self._order: deque[int] = deque()  # bytes of a root, -1 for another block

    def others(self) -> Iterator[Job]:
        """Yield jobs without an heir and hand on the rest; pauses while too many of those wait."""
        for job in self._source:
            if job is PAUSE:
                self.must_answer = True
                yield PAUSE
                continue
            if job.heir is None:
                self._makers.make(job.origin)
                self._order.append(-1)
                yield job
                continue
            self._order.append(job.raw_bytes)
            self._left_bytes -= job.raw_bytes
            self._roots.give(job)
            while self._left_bytes < 0:
                yield PAUSE

    def roots_in_front(self) -> Iterator[Result]:
        """Yield the results of the roots before the next other block."""
        while self._order and self._order[0] >= 0:
            result = self._roots.result()
            self._left_bytes += self._order.popleft()
            self.must_answer = False
            yield result

    def pass_other(self) -> None:
        """Take note that the result of the block in front is there."""
        self._order.popleft()
        self.must_answer = False


class _Makers:
    """Daemon threads that make starts before anybody asks for them. They end with this object."""

    def __init__(self, threads: int):
        self._threads = threads
        self._inbox: queue.SimpleQueue = queue.SimpleQueue()
        self._started = False
        self._last: Origin | None = None

    def make(self, origin: Origin | None) -> None:
        """Let all threads work on this start, if it is not that which they got last."""
        if origin is None or origin is self._last:
            return
        self._last = origin
        if not self._started:
            self._started = True
            for _ in range(self._threads):
                maker = threading.Thread(target=_make, args=[self._inbox], name="kompakt-starts", daemon=True)
                maker.start()
                weakref.finalize(self, self._inbox.put, None)
        for _ in range(self._threads):
            self._inbox.put(origin)

    def forget(self) -> None:
        """Let go of the last start."""
        self._last = None


def _make(inbox: queue.SimpleQueue) -> None:
    while (origin := inbox.get()) is not None:
        with suppress(Exception):  # whoever needs the start gets the same, and tells of it
            origin.start()
        del origin


class _Roots:
    """The thread that codes the roots of one call, in the order in which they are given.

    Once one of them fails with an exception, or nobody wants results any more, all that wait for those which
    are left are told so.
    """

    def __init__(self, get_code: Callable[[], Callable]):
        self._get_code = get_code
        self._inbox: queue.SimpleQueue = queue.SimpleQueue()
        self._results: queue.SimpleQueue = queue.SimpleQueue()
        self._in_hand: deque[Job] = deque()
        self._error: BaseException | None = None
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None

    def give(self, job: Job) -> None:
        """Take a job."""
        with self._changing:
            if self._error is None:
                self._in_hand.append(job)
                self._inbox.put(job)
        if self._error is not None:
            job.heir.disinherit(job.number, str(self._error))
        elif self._thread is None:
            self._thread = threading.Thread(target=self._work, name="kompakt-roots", daemon=True)
            self._thread.start()

    def result(self) -> Result:
        """Return the next result. Raises what coding raised."""
        if self._results.empty():
            self._inbox.put(PAUSE)  # a backend that waits for more jobs would keep results to itself
        result = self._results.get()
        if result is None:
            self.raise_error()
        return result

    def raise_error(self) -> None:
        """Raise what coding raised, if it did."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Let the thread end."""
        self._give_up(StoppedError("nobody waits for it any more"))
        self._inbox.put(_STOP)

    def _give_up(self, error: BaseException) -> None:
        with self._changing:
            self._error = self._error or error
            lost = tuple(self._in_hand)
            self._in_hand.clear()
        for job in lost:
            job.heir.disinherit(job.number, str(error))

    def _work(self) -> None:
        try:
            for result in self._get_code()(self._given()):
                if result is PAUSE:
                    continue
                with self._changing:
                    if not self._in_hand:
                        raise StoppedError
                    self._in_hand.popleft()
                self._results.put(result)
        except BaseException as error:
            self._give_up(error)
            self._results.put(None)

    def _given(self) -> Iterator[Job | None]:
        while (job := self._inbox.get()) is not _STOP:
            yield job
        raise StoppedError
