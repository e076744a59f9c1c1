"""A stand-in for `kompakt.cpu.backend` that codes with zlib: for fast tests of everything but the model.

KOMPAKT_FAKE_DELAY seconds pass before each block, so that a test can interrupt one.
"""

import os
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from kompakt.jobs import DecodeJob, DecodeResult, EncodeJob, EncodeResult


class CpuBackend:
    """Codes with zlib, three blocks of look-ahead, one after the other."""

    name = "fake"
    bytes_underway = 0

    def __init__(self, threads: int | None = None, notice: Callable[[str], None] = print):
        self._delay_s = float(os.environ.get("KOMPAKT_FAKE_DELAY", "0"))

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        for job in _look_ahead(jobs):
            time.sleep(self._delay_s)
            stream = np.frombuffer(zlib.compress(job.data.tobytes(), 1), np.uint8)
            yield EncodeResult(job.number, job.spec.table_bits_for(job.data.size), stream)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        for job in _look_ahead(jobs):
            time.sleep(self._delay_s)
            try:
                data = zlib.decompressobj().decompress(job.stream.tobytes(), job.raw_bytes)
            except zlib.error as error:
                yield DecodeResult(job.number, None, f"zlib says {error}")
                continue
            yield DecodeResult(job.number, np.frombuffer(data, np.uint8), None)


def install() -> None:
    """Make this module answer for the real one in this process."""
    sys.modules["kompakt.cpu.backend"] = sys.modules[__name__]


def _look_ahead(jobs: Iterable) -> Iterator:
    waiting = []
    for job in jobs:
        waiting.append(job)
        if len(waiting) == 3:
            yield waiting.pop(0)
    yield from waiting
