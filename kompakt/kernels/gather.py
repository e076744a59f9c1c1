"""Blocks on their way to a launch: those of one spec and of like size gather until there are enough."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kompakt.kernels.launches import Task
from kompakt.model.spec import Spec

SMALL_BITS = 16
"""Blocks with tables of up to so many bits, those of 256 KiB, share launches. Larger ones are apart, because
all slots of a launch are as large as its largest block needs."""


@dataclass(slots=True)
class _Batch:
    """Tasks that may share a launch, their raw bytes together, and the most table bits of any."""

    tasks: list[Task] = field(default_factory=list)
    raw_bytes: int = 0
    table_bits: int = 0


class Gathered:
    """The tasks that no launch has yet.

    most_bytes: raw bytes of a batch, unless one block is larger, and of all together
    enough:     returns how many blocks of a spec and so many table bits a launch should have
    """

    def __init__(self, most_bytes: int, enough: Callable[[Spec, int], int]):
        self._most_bytes = most_bytes
        self._enough = enough
        self._batches: dict[tuple[int, int], _Batch] = {}  # that with the oldest task first

    def add(self, task: Task) -> list[list[Task]]:
        """Take a task; return the batches that are to start now.

        A batch starts when it is full, and with it those that have waited longer.
        """
        spec, size = task.job.spec, task.job.raw_bytes
        key = spec.spec_id, max(task.table_bits, SMALL_BITS)
        ready = []
        if key in self._batches and self._batches[key].raw_bytes + size > self._most_bytes:
            ready = self._take_until(key)
        batch = self._batches.setdefault(key, _Batch())
        batch.tasks.append(task)
        batch.raw_bytes += size
        batch.table_bits = max(batch.table_bits, task.table_bits)
        if len(batch.tasks) >= self._enough(spec, batch.table_bits) or batch.raw_bytes >= self._most_bytes:
            ready += self._take_until(key)
        while sum(batch.raw_bytes for batch in self._batches.values()) > self._most_bytes:
            ready += self._take_until(next(iter(self._batches)))
        return ready

    def take_all(self) -> list[list[Task]]:
        """Return all batches, the oldest first."""
        return self._take_until(None)

    def _take_until(self, last: tuple[int, int] | None) -> list[list[Task]]:
        """Return the batches from the oldest to that of the key `last`; all of them for None."""
        taken = []
        for key in tuple(self._batches):
            taken.append(self._batches.pop(key).tasks)
            if key == last:
                break
        return taken
