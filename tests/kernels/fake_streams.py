"""Streams of a GPU that is none: operations wait until the host asks for them, and races are found.

An operation happens only when something waits for it, as late as CUDA allows. So who reads too early gets old
bytes, and memory that is written too early spoils what was to be read from it. Two operations of which
neither must end before the other begins, by streams, events and waits of the host, may not touch the same
memory if one of them writes; and memory may not go while an operation on its way uses it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


class RaceError(AssertionError):
    """Two operations may touch the same memory at once, or one touches memory that is gone."""


Clock = dict["Stream", int]
"""How many operations of each stream have ended before something begins."""


@dataclass(eq=False)
class Operation:
    """What a stream does. `reads` and `writes` are ranges of addresses."""

    name: str
    stream: "Stream"
    number: int
    before: Clock
    action: Callable[[], None]
    reads: Sequence[tuple[int, int]] = ()
    writes: Sequence[tuple[int, int]] = ()

    @property
    def size(self) -> int:
        """Return how many bytes it writes."""
        return sum(end - begin for begin, end in self.writes)

    def comes_after(self, other: "Operation") -> bool:
        """Tell whether the other one must have ended when this one begins."""
        return self.before.get(other.stream, 0) > other.number


@dataclass(eq=False)
class Stream:
    """Operations in their order; `clock` is what the next one comes after."""

    waiting: list[Operation] = field(default_factory=list)
    clock: Clock = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True, eq=False)
class Event:
    """Happens when so much has happened."""

    clock: Clock


class Streams:
    """All streams of a device, and what the host knows of them.

    log: names of what was put on streams, and "wait", in the order in which the host did so
    """

    def __init__(self):
        self._streams: list[Stream] = []
        self._host: Clock = {}
        self._unknown: list[Operation] = []  # operations of which the host does not know that they have ended
        self.log: list[str] = []
        self.fault: str | None = None

    def stream(self) -> Stream:
        self._streams.append(Stream())
        return self._streams[-1]

    def put(self, name: str, stream: Stream, action: Callable, reads: Sequence = (), writes: Sequence = ()):
        """Put an operation on a stream. Raises RaceError."""
        if self.fault:
            raise RaceError(self.fault)
        _merge(stream.clock, self._host)
        new = Operation(name, stream, stream.count, dict(stream.clock), action, reads, writes)
        for old in self._unknown:
            if _collide(old, new) and not new.comes_after(old):
                raise RaceError(f"{name} may touch memory while {old.name} does")
        stream.count += 1
        stream.clock[stream] = stream.count
        stream.waiting.append(new)
        self._unknown.append(new)
        self.log.append(name)
        return new

    def event(self, stream: Stream) -> Event:
        return Event(dict(stream.clock))

    def after(self, stream: Stream, event: Event) -> None:
        _merge(stream.clock, event.clock)

    def wait(self, clock: Clock) -> None:
        """Let happen what comes before `clock`, and nothing else. Raises RaceError."""
        if self.fault:
            raise RaceError(self.fault)
        self.log.append("wait")
        self._happen(clock)
        _merge(self._host, clock)
        self._unknown = [old for old in self._unknown if self._host.get(old.stream, 0) <= old.number]

    def free(self, begin: int, end: int) -> None:
        """Take note that this memory goes."""
        for old in self._unknown:
            if any(first < end and begin < last for first, last in (*old.reads, *old.writes)):
                self.fault = f"memory of {old.name} has gone before it ended"

    def _happen(self, clock: Clock) -> None:
        for stream, count in clock.items():
            while stream.waiting and stream.waiting[0].number < count:
                first = stream.waiting[0]
                self._happen({other: n for other, n in first.before.items() if other is not stream})
                if stream.waiting and stream.waiting[0] is first:
                    stream.waiting.pop(0)
                    first.action()


def _merge(clock: Clock, other: Clock) -> None:
    for stream, count in other.items():
        clock[stream] = max(clock.get(stream, 0), count)


def _collide(one: Operation, other: Operation) -> bool:
    return any(
        first < end and begin < last
        for written, touched in ((one.writes, (*other.reads, *other.writes)), (other.writes, one.reads))
        for first, last in written
        for begin, end in touched
    )
