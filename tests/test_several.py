import threading
import time

import pytest

from kompakt.errors import DeviceError
from kompakt.jobs import blocks_named
from kompakt.several import SeveralBackend, StoppedError
from tests.fake_backend import CpuBackend
from tests.fake_gpus import GpuBackend
from tests.jobs import check_decoded, check_encoded, decode_jobs, encode_jobs


class SlowBackend(CpuBackend):
    """Takes one block at a time, and time for it."""

    def encode(self, jobs):
        for job in jobs:
            time.sleep(0.02)
            yield from super().encode([job])


class BrokenBackend(GpuBackend):
    """Fails at its first batch."""

    def _coded(self, code, batch):
        raise DeviceError(f"device {self._number}: {blocks_named(batch)}: broken")


class MeetingBackend(GpuBackend):
    """Begins its first batch when all others have theirs."""

    def __init__(self, number: int, meeting: threading.Barrier):
        super().__init__(number)
        self._meeting = meeting

    def _coded(self, code, batch):
        self._meeting.wait(60)
        return super()._coded(code, batch)


def gpus(count: int) -> list[GpuBackend]:
    return [GpuBackend(number) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 100])
@pytest.mark.parametrize("backends", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs(backends: int, count: int) -> None:
    several = SeveralBackend(gpus(backends))
    check_encoded(several.encode(encode_jobs(count)), count)
    check_decoded(several.decode(decode_jobs(count)), count)


def test_every_gpu_gets_its_share_at_once() -> None:
    meeting = threading.Barrier(4)
    backends = [MeetingBackend(number, meeting) for number in range(4)]
    list(SeveralBackend(backends).encode(encode_jobs(16)))
    assert [len(backend.taken) for backend in backends] == [4, 4, 4, 4]
    assert sorted(number for backend in backends for number in backend.taken) == list(range(16))


def test_a_slow_gpu_gets_less() -> None:
    fast = GpuBackend(0)
    check_encoded(SeveralBackend([fast, SlowBackend()]).encode(encode_jobs(60)), 60)
    assert len(fast.taken) > 40


def test_a_fast_gpu_does_not_run_ahead_without_bound() -> None:
    taken = []

    def jobs():
        for job in encode_jobs(60, size=100):
            taken.append(job.number)
            yield job

    several = SeveralBackend([GpuBackend(0), SlowBackend()], ahead_bytes=500)
    for done, result in enumerate(several.encode(jobs())):
        assert result.number == done
        assert len(taken) - done < 20


def test_no_bound_keeps_a_gpu_from_filling_the_batch_that_all_wait_for() -> None:
    check_encoded(SeveralBackend(gpus(3), ahead_bytes=0).encode(encode_jobs(100)), 100)


def test_jobs_are_taken_from_their_source_by_the_callers_thread() -> None:
    threads = set()

    def jobs():
        for job in encode_jobs(20):
            threads.add(threading.current_thread())
            yield job

    list(SeveralBackend(gpus(2)).encode(jobs()))
    assert threads == {threading.current_thread()}


def test_a_failing_gpu_names_its_blocks_and_ends_the_call() -> None:
    several = SeveralBackend([GpuBackend(0), BrokenBackend(1)])
    with pytest.raises(DeviceError, match=r"^device 1: blocks \d+ to \d+: broken$"):
        list(several.encode(encode_jobs(40)))


def test_an_error_in_the_source_of_jobs_ends_the_call() -> None:
    def broken():
        yield from encode_jobs(9)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(SeveralBackend(gpus(2)).encode(broken()))


def test_a_call_left_early_does_not_disturb_the_next_one() -> None:
    several = SeveralBackend(gpus(3))
    left = several.encode(encode_jobs(50))
    next(left)
    check_decoded(several.decode(decode_jobs(30)), 30)
    with pytest.raises(StoppedError):
        list(left)
