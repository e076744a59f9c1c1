import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from kompakt.errors import DeviceError
from kompakt.fallback import FallbackBackend
from kompakt.jobs import PAUSE, DecodeResult, EncodeJob, Job, OriginError
from kompakt.roots import RootsBackend
from kompakt.several import SeveralBackend
from tests.fake_backend import CpuBackend
from tests.fake_gpus import GpuBackend
from tests.inputs import text
from tests.jobs import SPEC, check_encoded

PATTERNS = {
    "nothing": "",
    "no roots": "ccccccccc",
    "only roots": "rrrrrrrrr",
    "roots first": "rrcccccccccccc",
    "roots all over": "rccccrrcrcccccccccrc",
    "a root at the end": "cccccr",
}


class Family:
    """What the roots so far are heirs of, and where the blocks behind them start."""

    base_bits = 8

    def __init__(self, numbers: list[int]):
        self._missing = set(numbers)
        self.error: str | None = None
        self._changed = threading.Condition()

    def inherit(self, number: int, data=None, learned=None) -> None:
        with self._changed:
            self._missing.discard(number)
            self._changed.notify_all()

    def disinherit(self, number: int, error: str) -> None:
        with self._changed:
            self.error = error
            self._changed.notify_all()

    def start(self) -> None:
        with self._changed:
            while self._missing and self.error is None:
                assert self._changed.wait(20)
        if self.error is not None:
            raise OriginError(self.error)


def jobs_of(pattern: str) -> list[EncodeJob]:
    """Return a job for each letter: a root (r), or a block that starts from all roots before it (c)."""
    jobs, roots = [], []
    family = None
    for number, kind in enumerate(pattern):
        data = np.frombuffer(text(300, number), np.uint8)
        if kind == "r":
            roots.append(number)
            own = Family([number])
            jobs.append(EncodeJob(number, data, SPEC, family, own))
            family = own
        else:
            jobs.append(EncodeJob(number, data, SPEC, family))
    return jobs


class RootsCpu(CpuBackend):
    """A CPU that waits for where blocks start and tells heirs; it may break at one block."""

    def __init__(self, failing_block: int = -1):
        super().__init__()
        self.coded: list[int] = []
        self._failing_block = failing_block

    def encode(self, jobs):
        return super().encode(map(self._follow, jobs))

    def _follow(self, job: Job | None) -> Job | None:
        if job is PAUSE:
            return PAUSE
        if job.number == self._failing_block:
            raise ZeroDivisionError("broken")
        if job.origin is not None:
            job.origin.start()
        if job.heir is not None:
            job.heir.inherit(job.number)
        self.coded.append(job.number)
        return replace(job, origin=None, heir=None)


class WaitingGpu(GpuBackend):
    """A GPU that takes a batch of jobs before it waits for where they start."""

    def _coded(self, code, batch):
        for job in batch:
            if job.origin is not None:
                job.origin.start()
        return super()._coded(code, [replace(job, origin=None) for job in batch])


def roots_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "kompakt-roots"]


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Check that the threads of roots end."""
    yield
    for thread in roots_threads():
        thread.join(10)
    assert roots_threads() == []


@pytest.mark.parametrize("gpus", [1, 3])
@pytest.mark.parametrize("name", PATTERNS)
def test_results_come_in_order_and_roots_from_the_cpu(name: str, gpus: int) -> None:
    pattern = PATTERNS[name]
    cpu, several = RootsCpu(), [WaitingGpu(number) for number in range(gpus)]
    backend = RootsBackend(several[0] if gpus == 1 else SeveralBackend(several), lambda: cpu)
    check_encoded(backend.encode(iter(jobs_of(pattern))), len(pattern))
    assert cpu.coded == [number for number, kind in enumerate(pattern) if kind == "r"]
    taken = sorted(number for gpu in several for number in gpu.taken)
    assert taken == [number for number, kind in enumerate(pattern) if kind == "c"]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_gpu_that_fails_leaves_the_roots_as_they_are(name: str) -> None:
    pattern, notices, cpu = PATTERNS[name], [], RootsCpu()
    gpu = FallbackBackend(WaitingGpu(0, failing_block=8), RootsCpu, notices.append)
    backend = RootsBackend(gpu, lambda: cpu)
    check_encoded(backend.encode(iter(jobs_of(pattern))), len(pattern))
    assert cpu.coded == [number for number, kind in enumerate(pattern) if kind == "r"]
    assert len(notices) == (pattern[8:9] == "c")


def test_starts_are_made_by_all_threads_before_the_gpu_asks_for_them() -> None:
    class Shared(Family):
        """A start for which three threads are needed, and the GPU's is none of them."""

        def __init__(self, numbers: list[int]):
            super().__init__(numbers)
            self._meeting, self._made = threading.Barrier(3), threading.Event()

        def start(self) -> None:
            if threading.current_thread().name == "kompakt-starts":
                self._meeting.wait(20)
                self._made.set()
            assert self._made.wait(20)
            super().start()

    family = Shared([0])
    jobs = jobs_of("r")
    root = replace(jobs[0], heir=family)
    rest = [replace(job, number=n, origin=family) for n, job in enumerate(jobs_of("cccccc"))][1:]
    backend = RootsBackend(WaitingGpu(0), RootsCpu, threads=3)
    assert [result.number for result in backend.encode([root, *rest])] == list(range(6))
    makers = [thread for thread in threading.enumerate() if thread.name == "kompakt-starts"]
    assert len(makers) == 3
    del backend
    for maker in makers:
        maker.join(20)
        assert not maker.is_alive()


def test_without_roots_no_cpu_is_started() -> None:
    backend = RootsBackend(GpuBackend(0), lambda: pytest.fail("a CPU was started"))
    check_encoded(backend.encode(jobs_of("ccccc")), 5)
    assert backend.name == "GPU 0, fake"
    assert backend.bytes_underway == 0


@pytest.mark.parametrize("pattern", ["rcccccc", "ccrccrcc", "rrrrrrrr"])
@pytest.mark.parametrize("failing", [0, 2, 5])
def test_an_error_of_the_cpu_is_raised_though_the_gpu_waits_for_the_root(pattern: str, failing: int) -> None:
    backend = RootsBackend(WaitingGpu(0), lambda: RootsCpu(failing))
    if pattern[failing] == "c":
        check_encoded(backend.encode(jobs_of(pattern)), len(pattern))
        return
    with pytest.raises(ZeroDivisionError, match="broken"):
        list(backend.encode(jobs_of(pattern)))


def test_an_error_of_the_gpu_is_raised_and_nobody_waits_for_roots_any_more() -> None:
    backend = RootsBackend(SeveralBackend([WaitingGpu(0, failing_block=1), WaitingGpu(1)]), RootsCpu)
    with pytest.raises(DeviceError, match="injected"):
        list(backend.encode(jobs_of("rccccccccrcccc")))


def test_an_error_in_the_source_of_jobs_is_raised() -> None:
    def broken() -> Iterator[EncodeJob]:
        yield from jobs_of("rcrccr")
        raise ZeroDivisionError("source")

    with pytest.raises(ZeroDivisionError, match="source"):
        list(RootsBackend(WaitingGpu(0), RootsCpu).encode(broken()))


def test_a_call_left_early_tells_those_who_wait_for_roots() -> None:
    class Stuck(RootsCpu):
        def _follow(self, job: Job) -> Job:
            if job is not PAUSE and job.number == 6:
                assert going_on.wait(20)
            return super()._follow(job)

    going_on = threading.Event()
    backend = RootsBackend(WaitingGpu(0), Stuck)
    jobs = jobs_of("rcccr")
    results = backend.encode(jobs)
    assert next(results).number == 0
    results.close()
    with pytest.raises(OriginError, match="nobody waits for it any more"):
        jobs[4].heir.start()
    going_on.set()
    check_encoded(backend.encode(jobs_of("rccccccc")), 8)


def test_roots_do_not_run_ahead_without_bound() -> None:
    taken = []

    def noted() -> Iterator[EncodeJob]:
        for job in jobs_of("r" * 40 + "c" * 4):
            taken.append(job.number)
            yield job

    backend = RootsBackend(WaitingGpu(0), RootsCpu, ahead_bytes=1000)
    for done, result in enumerate(backend.encode(noted())):
        assert result.number == done
        assert len(taken) - done < 10
    assert done == 43


def test_blocks_that_start_from_a_damaged_root_get_the_reason() -> None:
    class Damaged(RootsCpu):
        def decode(self, jobs):
            for job in filter(None, jobs):
                job.heir.disinherit(job.number, "no root")
                yield DecodeResult(job.number, None, "no root")

    class TellingGpu(GpuBackend):
        def decode(self, jobs):
            for job in list(jobs):
                try:
                    job.origin.start()
                except OriginError as error:
                    yield DecodeResult(job.number, None, str(error))

    results = list(RootsBackend(TellingGpu(0), Damaged).decode(jobs_of("rccc")))
    assert [(result.number, result.error) for result in results] == [(n, "no root") for n in range(4)]
