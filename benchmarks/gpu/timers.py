"""Seconds by part of the work, without overlap: while a part runs inside another, the outer clock stands.

The parts of a thread therefore add up to the time between the first and the last.
"""

import functools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Timers:
    """Seconds of each part, summed over threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._own = threading.local()

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        """Let the time inside count for `part`."""
        stack = self._own.__dict__.setdefault("stack", [])
        self._charge(stack)
        stack.append(part)
        try:
            yield
        finally:
            self._charge(stack)
            stack.pop()

    def _charge(self, stack: list[str]) -> None:
        """Give the time since the last change to the part on top."""
        now = time.perf_counter()
        if stack:
            with self._lock:
                self.seconds[stack[-1]] += now - self._own.since
        self._own.since = now

    def function(self, part: str, function: Callable) -> Callable:
        """Return `function` with its time counted for `part`."""

        @functools.wraps(function)
        def timed(*arguments, **named):
            with self.timing(part):
                return function(*arguments, **named)

        return timed

    def generator(self, part: str, function: Callable) -> Callable:
        """Return the generator function with each of its steps counted for `part`."""

        @functools.wraps(function)
        def timed(*arguments, **named):
            steps = function(*arguments, **named)
            while True:
                with self.timing(part):
                    try:
                        step = next(steps)
                    except StopIteration:
                        return
                yield step

        return timed
