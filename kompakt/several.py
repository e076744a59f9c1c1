"""Several GPUs as one backend: a thread for each, and one line of jobs.

A backend takes as many jobs as it likes before its first result, so no fixed share can be dealt out
without stalling one that waits for more. Each thread therefore asks for its next job, and the caller's
thread, the only one that touches the jobs' source, serves whoever has least in hand.
"""

import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kompakt.coding import Backend
from kompakt.jobs import PAUSE, DecodeJob, DecodeResult, EncodeJob, EncodeResult, Job, Result

AHEAD_BYTES = 1 << 30
"""Raw bytes of results that may wait for an earlier one before only its backend gets new jobs."""

_WANTS_JOB, _RESULT, _ERROR, _ENDED = range(4)
_END, _STOP = object(), object()


class SeveralBackend:
    """Codes blocks on all of `backends`; results come in the order of the jobs.

    ahead_bytes: bound on finished blocks that wait for their turn, besides what each backend holds
    The first error of any backend is raised, and the others are stopped.
    """

    def __init__(self, backends: Sequence[Backend], ahead_bytes: int = AHEAD_BYTES):
        self._backends = backends
        self._ahead_bytes = ahead_bytes
        self._workers: list[_Worker] = []

    @property
    def name(self) -> str:
        """What codes, in words."""
        return " and ".join(backend.name for backend in self._backends)

    @property
    def bytes_underway(self) -> int:
        """Raw bytes coded of blocks whose results are still to come."""
        return sum(backend.bytes_underway for backend in self._backends)

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the streams of blocks."""
        return self._code("encode", jobs)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        """Yield the blocks of streams."""
        return self._code("decode", jobs)

    def _code(self, verb: str, jobs: Iterable[Job]) -> Iterator[Result]:
        for worker in self._workers:  # of an earlier call, which may have been left before its end
            worker.stop()
            worker.thread.join()
        events: queue.SimpleQueue = queue.SimpleQueue()
        self._workers = [_Worker(getattr(backend, verb), events) for backend in self._backends]
        dealer = _Dealer(self._workers, events, self._ahead_bytes)
        try:
            yield from dealer.results(iter(jobs))
        finally:
            dealer.stop()


class StoppedError(Exception):
    """Nobody wants more results of this call."""


class _Worker:
    """The thread of one backend. It asks for each job and reports each result through `events`."""

    def __init__(self, code, events: queue.SimpleQueue):
        self._inbox: queue.SimpleQueue = queue.SimpleQueue()
        self.in_hand: deque[tuple[int, Job]] = deque()  # place in the line and job, until the result
        self.bytes_in_hand = 0
        self._code = code
        self._events = events
        self.thread = threading.Thread(target=self._work, name="kompakt-gpu", daemon=True)
        self.thread.start()

    def give(self, place: int, job: Job) -> None:
        """Hand over a job that this worker asked for."""
        self.in_hand.append((place, job))
        self.bytes_in_hand += job.raw_bytes
        self._inbox.put(job)

    def answer(self, word: Any) -> None:
        """Say, when asked for a job, that its oldest result is wanted first (PAUSE), or _END."""
        self._inbox.put(word)

    def stop(self) -> None:
        """Let the thread end as soon as it asks for its next job."""
        self._inbox.put(_STOP)

    def take(self) -> tuple[int, Job]:
        """Return place and job of the result that came."""
        place, job = self.in_hand.popleft()
        self.bytes_in_hand -= job.raw_bytes
        return place, job

    def _work(self) -> None:
        try:
            for result in self._code(self._jobs()):
                if result is not PAUSE:
                    self._tell(_RESULT, result)
            self._tell(_ENDED)
        except BaseException as error:
            self._tell(_ERROR, error)

    def _jobs(self) -> Iterator[Job | None]:
        while True:
            self._tell(_WANTS_JOB)
            job = self._inbox.get()
            if job is _STOP:
                raise StoppedError
            if job is _END:
                return
            yield job

    def _tell(self, event: int, value: Any = None) -> None:
        self._events.put((event, self, value))


class _Dealer:
    """Deals out the jobs of one call and puts the results into their order. Runs in the caller's thread."""

    def __init__(self, workers: Sequence[_Worker], events: queue.SimpleQueue, ahead_bytes: int):
        self._workers = workers
        self._events = events
        self._ahead_bytes = ahead_bytes
        self._busy = len(workers)  # workers that have neither ended nor ask for a job
        self._asking: list[_Worker] = []
        self._finished: dict[int, tuple[Result, int]] = {}  # with raw bytes, by place in the line
        self._finished_bytes = 0
        self._dealt = 0
        self._yielded = 0
        self._paused = False  # whether the source gives no more before the next result is out

    def results(self, source: Iterator[Job]) -> Iterator[Result]:
        """Yield the results of the jobs in `source`, in order."""
        for _ in range(self._busy):  # at first all ask: nobody is to take everything before the others wake
            self._hear()
        while self._busy or self._asking or self._finished:
            while self._yielded in self._finished:
                result, raw_bytes = self._finished.pop(self._yielded)
                self._finished_bytes -= raw_bytes
                self._yielded += 1
                self._paused = False
                yield result
            if self._paused and self._yielded == self._dealt:
                self._paused = False
                yield PAUSE
            worker = self._next_served()
            if worker is not None:
                self._serve(worker, source)
            elif self._busy:
                self._hear()

    def stop(self) -> None:
        """Stop the workers that are still there."""
        for worker in self._workers:
            worker.stop()

    def _next_served(self) -> _Worker | None:
        """Return who gets an answer, None to wait. Who holds the oldest block must never wait."""
        asking = self._asking
        if self._paused or self._finished_bytes > self._ahead_bytes:
            asking = [worker for worker in asking if worker.in_hand and worker.in_hand[0][0] == self._yielded]
        return min(asking, key=lambda worker: worker.bytes_in_hand, default=None)

    def _serve(self, worker: _Worker, source: Iterator[Job | None]) -> None:
        answer = PAUSE if self._paused else next(source, _END)
        if answer is PAUSE and not self._paused:
            self._paused = True  # and now another worker may be the one to ask
            return
        self._asking.remove(worker)
        self._busy += 1
        if answer is PAUSE or answer is _END:
            worker.answer(answer)
            return
        worker.give(self._dealt, answer)
        self._dealt += 1

    def _hear(self) -> None:
        """Wait for one thing that a worker says."""
        event, worker, value = self._events.get()
        if event == _WANTS_JOB:
            self._busy -= 1
            self._asking.append(worker)
        elif event == _RESULT:
            place, job = worker.take()
            self._finished[place] = value, job.raw_bytes
            self._finished_bytes += job.raw_bytes
        elif event == _ERROR:
            raise value
        else:
            self._busy -= 1
