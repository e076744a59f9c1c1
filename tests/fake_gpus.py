"""Stand-ins for GPUs that code with zlib: for fast tests of how devices are chosen, joined and replaced.

For commands, the environment says what there is: KOMPAKT_FAKE_GPUS is how many GPUs, and
KOMPAKT_FAKE_GPU_FAILS the number of the block at which all of them fail.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator

from kompakt import device, driver
from kompakt.driver import Found, Missing, VisibleGpu
from kompakt.errors import DeviceError
from kompakt.jobs import PAUSE, Job, Result, blocks_named
from tests import fake_backend

BATCH_BLOCKS = 4
NO_DRIVER = Found((), Missing("no NVIDIA driver", "install NVIDIA's driver, or take --device cpu"))


class GpuBackend(fake_backend.CpuBackend):
    """Codes with zlib, batch by batch, and fails at the batch with the block `failing_block`."""

    def __init__(
        self,
        number: int,
        memory_bytes: int | None = None,
        notice: Callable[[str], None] = print,
        failing_block: int | None = None,
    ):
        super().__init__()
        self.name = f"GPU {number}, fake"
        self.memory_bytes = memory_bytes
        self.taken: list[int] = []  # numbers of the blocks
        self._number = number
        self._failing_block = failing_block
        if failing_block is None and "KOMPAKT_FAKE_GPU_FAILS" in os.environ:
            self._failing_block = int(os.environ["KOMPAKT_FAKE_GPU_FAILS"])

    def encode(self, jobs: Iterable[Job]) -> Iterator[Result]:
        return self._in_batches(super().encode, jobs)

    def decode(self, jobs: Iterable[Job]) -> Iterator[Result]:
        return self._in_batches(super().decode, jobs)

    def _in_batches(self, code: Callable, jobs: Iterable[Job]) -> Iterator[Result]:
        batch: list[Job] = []
        for job in jobs:
            if job is PAUSE:
                if not batch:
                    yield PAUSE
                yield from self._coded(code, batch)
                batch = []
                continue
            self.taken.append(job.number)
            batch.append(job)
            if len(batch) == BATCH_BLOCKS:
                yield from self._coded(code, batch)
                batch = []
        if batch:
            yield from self._coded(code, batch)

    def _coded(self, code: Callable, batch: list[Job]) -> Iterator[Result]:
        if self._failing_block in [job.number for job in batch]:
            raise DeviceError(f"device {self._number}: {blocks_named(batch)}: injected")
        return code(batch)


def found(count: int) -> Found:
    """Return `count` GPUs that can be used."""
    like_h200 = ("fake", (9, 0), 1 << 37, 132, 1980, 4.8e12, 50 << 20)
    return Found(tuple(VisibleGpu(n, *like_h200) for n in range(count)), None)


def install() -> None:
    """Let this process find the GPUs that the environment says, and no others."""
    count = int(os.environ.get("KOMPAKT_FAKE_GPUS", "0"))
    device.find_gpus = driver.find_gpus = lambda: found(count) if count else NO_DRIVER
    sys.modules["kompakt.kernels.backend"] = sys.modules[__name__]
