import threading
import time

import pytest

from kompakt.workers import Workers


def running() -> int:
    return sum(thread.name == "kompakt-ahead" for thread in threading.enumerate())


def wait_until_none_runs() -> None:
    while running():
        time.sleep(0.001)


def test_results_and_errors_come_to_whoever_asked() -> None:
    with Workers(3) as workers:
        futures = [workers.submit(divmod, 17, number) for number in range(5)]
        with pytest.raises(ZeroDivisionError):
            futures[0].result()
        assert [future.result() for future in futures[1:]] == [divmod(17, number) for number in range(1, 5)]
    wait_until_none_runs()


def test_one_thread_is_the_callers() -> None:
    with Workers(1) as workers:
        future = workers.submit(threading.current_thread)
        assert future.done()
        assert future.result() is threading.current_thread()


def test_no_more_threads_start_than_there_is_work() -> None:
    with Workers(16) as workers:
        workers.submit(int).result()
        assert running() == 1
    wait_until_none_runs()


def test_what_has_not_begun_is_dropped_at_the_end() -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()
    done = []

    def block() -> None:
        begun.release()
        go_on.wait()

    with Workers(2) as workers:
        blocked = [workers.submit(block) for _ in range(2)]
        for _ in blocked:
            begun.acquire()
        waiting = [workers.submit(done.append, number) for number in range(10)]
    go_on.set()
    for future in blocked:
        future.result()
    wait_until_none_runs()
    assert done == []
    assert all(future.cancelled() for future in waiting)
