"""Blocks as jobs of a backend, there and back, what they start from, and where two byte strings differ."""

from collections.abc import Sequence

import numpy as np

from kompakt.jobs import DecodeJob, EncodeJob, EncodeResult
from kompakt.model.spec import Spec
from kompakt.model.state import Start
from kompakt.models.building import build


class Root:
    """The origin of blocks that start after `data`, with a base for twice as much, as trees have it."""

    def __init__(self, data: np.ndarray, spec: Spec):
        self.base_bits = spec.table_bits_for(2 * data.size)
        self._start = build(spec, self.base_bits, [data], print)

    def start(self) -> Start:
        """Return the start."""
        return self._start


def encode_jobs(blocks: Sequence[np.ndarray], spec: Spec, origin: Root | None = None) -> list[EncodeJob]:
    """Return a job for each block."""
    return [EncodeJob(number, block, spec, origin) for number, block in enumerate(blocks)]


def decode_jobs(
    results: Sequence[EncodeResult], blocks: Sequence[np.ndarray], spec: Spec, origin: Root | None = None
) -> list[DecodeJob]:
    """Return a job for each stream that is one; a stream as long as its block means a stored block."""
    return [
        DecodeJob(result.number, result.stream, spec, result.table_bits, blocks[result.number].size, origin)
        for result in results
        if result.stream.size < blocks[result.number].size
    ]


def first_difference(wanted: Sequence[np.ndarray], made: Sequence[np.ndarray]) -> str:
    """Return `block B, byte N of M: …` for the first byte that differs, or an empty text."""
    for number, (a, b) in enumerate(zip(wanted, made, strict=True)):
        common = min(a.size, b.size)
        differing = np.flatnonzero(a[:common] != b[:common])
        if differing.size:
            at = int(differing[0])
            return f"block {number}, byte {at} of {a.size}: {b[at]} for {a[at]}, {differing.size} differ"
        if a.size != b.size:
            return f"block {number}: {b.size} bytes for {a.size}, equal up to {common}"
    return ""
