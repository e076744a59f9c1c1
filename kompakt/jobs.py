"""What goes to a backend and what comes back: blocks to code, and nothing about files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kompakt.model.spec import Spec

INDEX = -1
"""Number of the job that codes an archive's index, which is a block without a number of its own."""


@dataclass(frozen=True, slots=True)
class EncodeJob:
    """Raw bytes, uint8, to code as block `number`."""

    number: int
    data: np.ndarray
    spec: Spec

    @property
    def raw_bytes(self) -> int:
        """Return the size of the block."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class EncodeResult:
    """The stream, uint8, of block `number`."""

    number: int
    table_bits: int
    stream: np.ndarray


@dataclass(frozen=True, slots=True)
class DecodeJob:
    """A stream, uint8, that decodes to `raw_bytes`."""

    number: int
    stream: np.ndarray
    spec: Spec
    table_bits: int
    raw_bytes: int


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """The raw bytes, uint8, of block `number`, or why there are none."""

    number: int
    data: np.ndarray | None
    error: str | None = None


Job = EncodeJob | DecodeJob
Result = EncodeResult | DecodeResult


def blocks_named(jobs: Sequence[Job]) -> str:
    """Return the blocks of `jobs`, which are in order, in words such as `blocks 128 to 255`."""
    first, last = jobs[0].number, jobs[-1].number
    if last == INDEX:
        return "the index"
    return f"block {first}" if first == last else f"blocks {first} to {last}"
