"""Threads that work ahead of the main one, as daemons: an interrupted program waits for none of them."""

import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, Self, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Workers:
    """Runs what it is given on `threads` threads, in that order; with one thread at once, in the caller's.

    Use it in a `with` statement: at its end what has not begun is dropped, and the threads end.
    """

    def __init__(self, threads: int = 1):
        self.threads = threads
        self._tasks: queue.SimpleQueue = queue.SimpleQueue()
        self._started = 0
        self._end = weakref.finalize(self, _end, self._tasks, threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def submit(
        self,
        function: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> "Future[Result]":
        """Return what `function` will return, or raise; cancelled once the threads have been ended."""
        future: Future = Future()
        if not self._end.alive:
            future.cancel()
            return future
        task = future, function, arguments, named
        if self.threads == 1:
            _run(*task)
            return future
        if self._started < self.threads:
            self._started += 1
            threading.Thread(target=_work, args=[self._tasks], name="kompakt-ahead", daemon=True).start()
        self._tasks.put(task)
        return future


def _run(future: Future, function: Callable, arguments: tuple, named: dict) -> None:
    try:
        future.set_result(function(*arguments, **named))
    except BaseException as error:
        future.set_exception(error)


def _work(tasks: queue.SimpleQueue) -> None:
    while (task := tasks.get()) is not None:
        _run(*task)
        del task


def _end(tasks: queue.SimpleQueue, threads: int) -> None:
    """Drop what waits, and let every thread end."""
    try:
        while True:
            future, *_ = tasks.get_nowait()
            future.cancel()
    except queue.Empty:
        pass
    for _ in range(threads):
        tasks.put(None)
