"""A GPU that may fail: what it does not finish, the CPU does, and the bytes are the same."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from kompakt.coding import Backend
from kompakt.errors import DeviceError
from kompakt.jobs import PAUSE, DecodeJob, DecodeResult, EncodeJob, EncodeResult, Job, Result


class FallbackBackend:
    """Codes on a GPU until it raises DeviceError, and from the first unfinished block on on the CPU.

    gpu:    the backend that may fail
    cpu:    makes the one that takes over
    notice: is told why, once
    Jobs whose results have not come yet are kept: the GPU holds them anyway.
    """

    def __init__(self, gpu: Backend, cpu: Callable[[], Backend], notice: Callable[[str], None]):
        self._backend = gpu
        self._cpu = cpu
        self._notice = notice
        self._failed = False

    @property
    def name(self) -> str:
        """What codes now, in words."""
        return self._backend.name

    @property
    def bytes_underway(self) -> int:
        """Raw bytes coded of blocks whose results are still to come."""
        return self._backend.bytes_underway

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the streams of blocks."""
        return self._code("encode", jobs)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        """Yield the blocks of streams."""
        return self._code("decode", jobs)

    def _code(self, verb: str, jobs: Iterable[Job]) -> Iterator[Result]:
        source = iter(jobs)
        unfinished: deque[Job | None] = deque()  # at the end a PAUSE that is not answered
        if not self._failed:
            try:
                for result in getattr(self._backend, verb)(_noted(source, unfinished)):
                    if unfinished and unfinished[-1] is PAUSE:
                        unfinished.pop()
                    if result is not PAUSE:
                        unfinished.popleft()
                    yield result
                return
            except DeviceError as error:
                reason = str(error)
            self._failed = True
            self._backend = self._cpu()  # lets go of the GPU's memory
            self._notice(f"{reason}; going on with {self._backend.name}")
        yield from getattr(self._backend, verb)(chain(_drained(unfinished), source))


def _noted(jobs: Iterator[Job | None], unfinished: deque[Job | None]) -> Iterator[Job | None]:
    for job in jobs:
        unfinished.append(job)
        yield job


def _drained(unfinished: deque[Job | None]) -> Iterator[Job | None]:
    while unfinished:
        yield unfinished.popleft()
