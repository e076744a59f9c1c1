"""Jobs and what becomes of them, for tests of backends that code with zlib."""

import zlib
from collections.abc import Iterable, Iterator

import numpy as np

from kompakt.jobs import DecodeJob, EncodeJob, Result
from kompakt.model.spec import spec_for_level
from tests.inputs import text

SPEC = spec_for_level(1)


def encode_jobs(count: int, size: int = 300) -> Iterator[EncodeJob]:
    """Yield jobs to encode blocks 0, 1, … of text."""
    for number in range(count):
        yield EncodeJob(number, np.frombuffer(text(size, number), np.uint8), SPEC)


def decode_jobs(count: int, size: int = 300) -> Iterator[DecodeJob]:
    """Yield jobs to decode the streams of the same blocks."""
    for job in encode_jobs(count, size):
        stream = np.frombuffer(zlib.compress(job.data.tobytes(), 1), np.uint8)
        yield DecodeJob(job.number, stream, SPEC, SPEC.table_bits_for(size), size)


def check_decoded(results: Iterable[Result], count: int, size: int = 300) -> None:
    """Check that `results` are the blocks 0, 1, …"""
    decoded = [(result.number, result.data.tobytes()) for result in results]
    assert decoded == [(number, text(size, number)) for number in range(count)]


def check_encoded(results: Iterable[Result], count: int, size: int = 300) -> None:
    """Check that `results` are the streams of the blocks 0, 1, …"""
    encoded = [(result.number, result.stream.tobytes()) for result in results]
    assert encoded == [(job.number, job.stream.tobytes()) for job in decode_jobs(count, size)]
