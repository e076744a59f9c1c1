"""The CPU backend: order, determinism, bounds."""

import gc
import threading
import time

import numpy as np
import pytest

from kompakt.cpu.backend import CpuBackend
from kompakt.cpu.buffers import StateBuffers
from kompakt.jobs import DecodeJob, EncodeJob
from kompakt.model.spec import TABLE_BITS_MIN, spec_for_level
from kompakt.model.state import state_bytes
from tests.inputs import random_bytes, text

SPEC = spec_for_level(1)


def jobs(count: int, size: int = 3000):
    for number in range(count):
        yield EncodeJob(number, np.frombuffer(text(size + number, seed=number), np.uint8), SPEC)


def streams(backend: CpuBackend, count: int) -> list[bytes]:
    return [result.stream.tobytes() for result in backend.encode(jobs(count))]


def test_streams_do_not_depend_on_threads():
    assert streams(CpuBackend(1), 7) == streams(CpuBackend(3), 7)


def test_streams_do_not_depend_on_what_a_thread_coded_before():
    backend = CpuBackend(1)
    assert streams(backend, 3) == streams(backend, 3)


def test_blocks_come_back_in_order():
    backend = CpuBackend(2)
    results = list(backend.encode(jobs(9)))
    assert [result.number for result in results] == list(range(9))
    back = backend.decode(
        DecodeJob(job.number, result.stream, SPEC, result.table_bits, len(job.data))
        for job, result in zip(jobs(9), results, strict=True)
    )
    for job, result in zip(jobs(9), back, strict=True):
        assert np.array_equal(result.data, job.data)


def test_jobs_are_taken_only_a_few_ahead():
    taken = []

    def counted():
        for job in jobs(50, size=10):
            taken.append(job.number)
            yield job

    results = CpuBackend(2).encode(counted())
    next(results)
    assert len(taken) <= 6


def test_incompressible_bytes_come_back_as_long_as_they_were():
    data = np.frombuffer(random_bytes(500), np.uint8)
    (result,) = CpuBackend(1).encode([EncodeJob(0, data, SPEC)])
    assert np.array_equal(result.stream, data)


def test_an_error_in_a_job_reaches_the_caller():
    with pytest.raises(TypeError):
        list(CpuBackend(1).encode([EncodeJob(0, None, SPEC)]))


def test_buffers_are_zeroed_and_used_again():
    buffers = StateBuffers(1 << 40)
    first = buffers.borrow(SPEC, TABLE_BITS_MIN)
    first[:] = 7
    buffers.give_back(first)
    again = buffers.borrow(SPEC, TABLE_BITS_MIN)
    assert again is first
    assert not again[: state_bytes(SPEC, TABLE_BITS_MIN)].any()


def test_a_borrower_waits_while_memory_is_short():
    buffers = StateBuffers(state_bytes(SPEC, TABLE_BITS_MIN))
    first = buffers.borrow(SPEC, TABLE_BITS_MIN)
    second = []
    waiting = threading.Thread(
        target=lambda: second.append(buffers.borrow(SPEC, TABLE_BITS_MIN)), daemon=True
    )
    waiting.start()
    waiting.join(0.1)
    assert not second
    buffers.give_back(first)
    waiting.join(10)
    assert len(second) == 1


def test_a_base_is_counted_once_while_states_look_things_up_in_it():
    size = state_bytes(SPEC, TABLE_BITS_MIN)
    buffers = StateBuffers(3 * size)
    base, other = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    lent = [buffers.borrow(SPEC, TABLE_BITS_MIN, base) for _ in range(2)]
    waiting = threading.Thread(target=buffers.borrow, args=(SPEC, TABLE_BITS_MIN, other), daemon=True)
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    buffers.give_back(lent[0], base)
    waiting.join(0.1)
    assert waiting.is_alive()
    buffers.give_back(lent[1], base)
    waiting.join(10)
    assert not waiting.is_alive()


def test_memory_below_one_state_only_makes_work_sequential():
    assert streams(CpuBackend(4, memory_bytes=0), 5) == streams(CpuBackend(4), 5)


def test_other_threads_run_and_see_progress_while_a_block_is_coded():
    backend = CpuBackend(1)
    streams(backend, 1)
    seen = set()
    done = threading.Event()

    def watch():
        while not done.is_set():
            seen.add(backend.bytes_underway)

    watcher = threading.Thread(target=watch)
    watcher.start()
    job = EncodeJob(0, np.frombuffer(text(2_000_000), np.uint8), SPEC)
    list(backend.encode([job]))
    done.set()
    watcher.join()
    assert len([count for count in seen if 0 < count < 2_000_000]) > 3
    assert backend.bytes_underway == 0


def test_threads_and_states_go_with_the_backend():
    before = threading.active_count()
    for _ in range(5):
        assert len(streams(CpuBackend(2), 3)) == 3
    gc.collect()
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.05)
    assert threading.active_count() <= before
