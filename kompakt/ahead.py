"""Reads contents ahead of whoever packs them, many at a time, and gives what comes of them in their order.

Contents that follow each other and are small are one *lane*, a large one is a lane by itself. A lane is
worked on by one thread at a time, in steps of some megabytes. The main thread asks for steps, in the order of
the contents, as long as what is asked for and not yet taken fits a budget; so memory is bounded whatever the
sizes, and a file that is taken slowly stops those behind it.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future

from kompakt.archive.layout import Filter
from kompakt.contents import Content
from kompakt.dedup.repeats import Digested, RepeatFinder
from kompakt.filters.tar.splitting import WINDOW_BYTES
from kompakt.reading import READ_BYTES, Data, Event, read_contents
from kompakt.workers import Workers

AHEAD_BYTES = 8 * READ_BYTES
"""Of what is asked for and not yet taken, for each thread; the last lane may be more."""

STEP_BYTES = READ_BYTES // 2
LANE_BYTES = 1 << 20
LANE_CONTENTS = 256
"""Most bytes, and most contents, of a lane of several."""

_UNPACKED = 3  # times the size of a file that may be unpacked; most are not, and 8 is the most


def read_ahead(
    contents: Iterable[Content], repeats: RepeatFinder | None, workers: Workers
) -> Iterator[Event]:
    """Yield what read_contents() yields, with `workers` ahead. Raises what reading raised, in its place."""
    budget = AHEAD_BYTES * workers.threads if workers.threads > 1 else 0
    source = _lanes(contents)
    lanes: deque[_Lane] = deque()
    held_bytes = 0
    while True:
        while held_bytes < budget or not lanes:
            if not lanes or not lanes[-1].steps_left:
                following = next(source, None)
                if following is None:
                    break
                lanes.append(_Lane(following, repeats, workers))
                held_bytes += lanes[-1].filter_bytes
            held_bytes += lanes[-1].ask()
        if not lanes:
            return
        if not lanes[0].is_asked:
            held_bytes += lanes[0].ask()
        events, is_last, step_bytes = lanes[0].take()
        held_bytes -= step_bytes
        if is_last:
            held_bytes -= lanes.popleft().filter_bytes
        yield from events


def _lanes(contents: Iterable[Content]) -> Iterator[list[Content]]:
    """Yield `contents` in lists, each for a lane."""
    lane: list[Content] = []
    lane_bytes = 0
    for content in contents:
        size = LANE_BYTES if content.size is None else content.size
        if lane and (lane_bytes + size > LANE_BYTES or len(lane) == LANE_CONTENTS):
            yield lane
            lane, lane_bytes = [], 0
        lane.append(content)
        lane_bytes += size
    if lane:
        yield lane


class _Lane:
    """Contents that are read one behind the other.

    steps_left:   how many more steps will be needed, about; without bound if nobody knows
    filter_bytes: what filters hold besides a step
    """

    def __init__(self, contents: Sequence[Content], repeats: RepeatFinder | None, workers: Workers):
        sizes = [content.size for content in contents]
        self._content_bytes = READ_BYTES if None in sizes else sum(sizes)
        self.steps_left = float("inf") if None in sizes else self._content_bytes // READ_BYTES + 1
        self.filter_bytes = sum(map(_filter_bytes, contents))
        self._events = read_contents(contents, repeats)
        self._workers = workers
        self._lock = threading.Lock()
        self._to_do: deque[Future] = deque()
        self._to_take: deque[Future] = deque()

    @property
    def is_asked(self) -> bool:
        """Return whether there is a step to take."""
        return bool(self._to_take)

    def ask(self) -> int:
        """Ask for a step and return how many bytes it is taken for."""
        self.steps_left = max(self.steps_left - 1, 0)
        future: Future = Future()
        self._to_take.append(future)
        with self._lock:
            self._to_do.append(future)
            is_idle = len(self._to_do) == 1
        if is_idle:
            self._workers.submit(self._work)
        return self._step_bytes

    def take(self) -> tuple[list[Event], bool, int]:
        """Wait for the first step that was asked for: its events, whether it is the last, and its bytes."""
        events, is_last = self._to_take.popleft().result()
        later = len(self._to_take) if is_last else 0
        return events, is_last, self._step_bytes * (1 + later)

    @property
    def _step_bytes(self) -> int:
        return min(self._content_bytes, READ_BYTES)

    def _work(self) -> None:
        """Do the first step that is to be done, and have the next one done by whoever is free."""
        future = self._to_do[0]
        try:
            future.set_result(self._step())
        except BaseException as error:
            future.set_exception(error)
        with self._lock:
            self._to_do.popleft()
            is_idle = not self._to_do
        if not is_idle:
            self._workers.submit(self._work)

    def _step(self) -> tuple[list[Event], bool]:
        events = []
        size = 0
        for event in self._events:
            events.append(event)
            size += _held_bytes(event)
            if size >= STEP_BYTES:
                return events, False
        return events, True


def _held_bytes(event: Event) -> int:
    return event.data.size if isinstance(event, Data | Digested) else 0


def _filter_bytes(content: Content) -> int:
    if content.size is None or content.filter == Filter.NONE:
        return 0
    if content.filter == Filter.DEFLATE:
        return _UNPACKED * content.size
    return 2 * min(content.size, WINDOW_BYTES) if content.filter == Filter.TAR else READ_BYTES
