"""Pipelines on the CPU: one block a thread, results in the order of the jobs."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kompakt.archive.layout import MAX_PIPELINE_BYTES
from kompakt.cpu.threads import usable_memory_bytes, usable_threads
from kompakt.jobs import PAUSE, DecodeResult, EncodeJob, EncodeResult, PipelineJob

if TYPE_CHECKING:
    from kompakt.classic.choice import Codec

_BYTES_OF_A_BYTE = 40  # that a stage takes of memory for a byte of a block, at most
_STAGE_BYTES = 80 << 20
_MODEL_BYTES = 2 << 30


class PipelineBackend:
    """Codes blocks on `threads` threads; what comes out does not depend on how many.

    threads: None for all cores this process may use
    codec:   what encodes; streams of all pipelines are decoded
    memory_bytes: bound on what the blocks in work take; None for 80 % of what is available. One block is
             always in work, whatever it takes.
    """

    def __init__(
        self, threads: int | None = None, codec: "Codec | None" = None, memory_bytes: int | None = None
    ):
        self._threads = threads or usable_threads()
        self._codec = codec
        self._memory = _Memory(usable_memory_bytes() if memory_bytes is None else memory_bytes)
        self._pool: ThreadPoolExecutor | None = None
        self.bytes_underway = 0

    @property
    def name(self) -> str:
        """What codes, in words."""
        return f"cpu, {self._threads} thread{'s' if self._threads > 1 else ''}"

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield the stream of each job, in order. One not shorter than its block means: store the block."""
        return self._in_order(self._encode_one, jobs)

    def decode(self, jobs: Iterable[PipelineJob]) -> Iterator[DecodeResult]:
        """Yield the bytes of each job, in order, or why there are none."""
        return self._in_order(self._decode_one, jobs)

    def _encode_one(self, job: EncodeJob) -> EncodeResult:
        if job.raw_bytes > MAX_PIPELINE_BYTES:
            return EncodeResult(job.number, 0, job.data)
        with self._memory.taken(job.raw_bytes, self._codec.with_cm):
            pipeline, stream = self._codec.encode(job.data)
        return EncodeResult(job.number, 0, stream, pipeline.ids)

    def _decode_one(self, job: PipelineJob) -> DecodeResult:
        from kompakt.classic.errors import StreamError
        from kompakt.classic.pipeline import pipeline_of_ids, with_dictionary
        from kompakt.classic.stages import CM_ID

        try:
            pipeline = pipeline_of_ids(job.stages)
            if job.dictionary is not None:
                pipeline = with_dictionary(pipeline, job.dictionary)
            with self._memory.taken(job.raw_bytes, CM_ID in job.stages):
                return DecodeResult(job.number, pipeline.decode(job.stream, job.raw_bytes))
        except StreamError as error:
            return DecodeResult(job.number, None, str(error))

    def _in_order(self, code: Callable, jobs: Iterable) -> Iterator:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "kompakt-pipelines")
        waiting: deque = deque()
        try:
            for job in jobs:
                if job is PAUSE:
                    yield waiting.popleft().result() if waiting else PAUSE
                    continue
                waiting.append(self._pool.submit(code, job))
                if len(waiting) > 2 * self._threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class _Memory:
    """Lets blocks wait while those in work take too much memory together."""

    def __init__(self, limit_bytes: int):
        self._limit_bytes = limit_bytes
        self._taken_bytes = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, raw_bytes: int, with_cm: bool) -> Iterator[None]:
        """Hold what a block takes."""
        size = _BYTES_OF_A_BYTE * raw_bytes + _STAGE_BYTES + _MODEL_BYTES * with_cm
        with self._changed:
            while self._taken_bytes and self._taken_bytes + size > self._limit_bytes:
                self._changed.wait()
            self._taken_bytes += size
        try:
            yield
        finally:
            with self._changed:
                self._taken_bytes -= size
                self._changed.notify_all()
