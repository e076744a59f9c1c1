"""A stand-in for `kompakt.cpu.backend` that codes with zlib: for fast tests of everything but the model.

KOMPAKT_FAKE_DELAY seconds pass before each block, so that a test can interrupt one.
"""

import os
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from kompakt.jobs import PAUSE, DecodeJob, DecodeResult, EncodeJob, EncodeResult, OriginError
from kompakt.models.origin import ModelOrigin
from kompakt.origin import Generation

NOTHING = np.zeros(0, np.uint8)


class CpuBackend:
    """Codes with zlib, three blocks of look-ahead, one after the other."""

    name = "fake"
    bytes_underway = 0

    def __init__(self, threads: int | None = None, notice: Callable[[str], None] = print):
        self._delay_s = float(os.environ.get("KOMPAKT_FAKE_DELAY", "0"))

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        for job in _look_ahead(jobs):
            if job is PAUSE:
                yield PAUSE
                continue
            time.sleep(self._delay_s)
            coder = zlib.compressobj(1, zdict=_known(job.origin))
            stream = np.frombuffer(coder.compress(job.data.tobytes()) + coder.flush(), np.uint8)
            if job.heir is not None:
                job.heir.inherit(job.number, job.data, NOTHING)
            yield EncodeResult(job.number, job.table_bits, stream)

    def decode(self, jobs: Iterable[DecodeJob]) -> Iterator[DecodeResult]:
        for job in _look_ahead(jobs):
            if job is PAUSE:
                yield PAUSE
                continue
            time.sleep(self._delay_s)
            try:
                decoder = zlib.decompressobj(zdict=_known(job.origin))
                data = np.frombuffer(decoder.decompress(job.stream.tobytes(), job.raw_bytes), np.uint8)
            except (OriginError, zlib.error) as error:
                if job.heir is not None:
                    own = f"it starts from block {job.number}, which is damaged"
                    job.heir.disinherit(job.number, str(error) if isinstance(error, OriginError) else own)
                yield DecodeResult(job.number, None, str(error))
                continue
            if job.heir is not None:
                job.heir.inherit(job.number, data, NOTHING)
            yield DecodeResult(job.number, data)


def _known(origin: Generation | ModelOrigin | None) -> bytes:
    """Return the bytes that a start knows: a dictionary for zlib, which takes its end."""
    if origin is None:
        return b""
    if isinstance(origin, ModelOrigin):
        return origin.recipe.model_id
    origin._wait_for(origin._data)
    return _known(origin._parent) + b"".join(origin._data[number].tobytes() for number in origin._numbers)


def install() -> None:
    """Make this module answer for the real one in this process."""
    sys.modules["kompakt.cpu.backend"] = sys.modules[__name__]


def _look_ahead(jobs: Iterable) -> Iterator:
    waiting = []
    for job in jobs:
        if job is PAUSE:
            yield waiting.pop(0) if waiting else PAUSE
            continue
        waiting.append(job)
        if len(waiting) == 3:
            yield waiting.pop(0)
    yield from waiting
