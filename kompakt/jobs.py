"""What goes to a backend and what comes back: blocks to code, and nothing about files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kompakt.model.spec import Spec
from kompakt.model.state import Start

INDEX = -1
"""Number of the job that codes an archive's index, which is a block without a number of its own."""


class Origin(Protocol):
    """Where blocks start that do not start empty."""

    base_bits: int

    def start(self) -> Start:
        """Return the start; waits for it, and helps to make it. Raises OriginError when there is none.

        May be called by many threads. Two calls may return different copies of the same bytes.
        """


class Heir(Protocol):
    """An origin that is made from blocks; backends tell it when one of them is through the model."""

    def inherit(self, number: int, data: np.ndarray, learned: np.ndarray) -> None:
        """Take note of block `number`: its raw bytes, and learned_part() of its state at the end."""

    def disinherit(self, number: int, error: str) -> None:
        """Take note that block `number` could not be coded."""


class OriginError(Exception):
    """There is nothing to start from; the text says why."""


@dataclass(frozen=True, slots=True)
class EncodeJob:
    """Raw bytes, uint8, to code as block `number`, starting from `origin` if there is one, for `heir`.

    own_bits: log2 of the buckets of each context of its own tables; None for what suits its size
    A block with an heir is coded even if its stream is longer than the block.
    """

    number: int
    data: np.ndarray
    spec: Spec
    origin: Origin | None = None
    heir: Heir | None = None
    own_bits: int | None = None

    @property
    def raw_bytes(self) -> int:
        """Return the size of the block."""
        return len(self.data)

    @property
    def table_bits(self) -> int:
        """Return log2 of the buckets of each context of its own tables."""
        return self.spec.table_bits_for(len(self.data)) if self.own_bits is None else self.own_bits


@dataclass(frozen=True, slots=True)
class EncodeResult:
    """The stream, uint8, of block `number`. `stages` are the ids of the pipeline that made it, if one did."""

    number: int
    table_bits: int
    stream: np.ndarray
    stages: bytes = b""


@dataclass(frozen=True, slots=True)
class DecodeJob:
    """A stream, uint8, that decodes to `raw_bytes`, starting from `origin` if there is one, for `heir`."""

    number: int
    stream: np.ndarray
    spec: Spec
    table_bits: int
    raw_bytes: int
    origin: Origin | None = None
    heir: Heir | None = None


@dataclass(frozen=True, slots=True)
class PipelineJob:
    """A stream, uint8, of the pipeline of these stages, that decodes to `raw_bytes`.

    dictionary: a Dictionary for the first stage, or None
    """

    number: int
    stream: np.ndarray
    stages: bytes
    raw_bytes: int
    dictionary: object = None


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """The raw bytes, uint8, of block `number`, or why there are none."""

    number: int
    data: np.ndarray | None
    error: str | None = None


Job = EncodeJob | DecodeJob
Result = EncodeResult | DecodeResult

PAUSE = None
"""Stands among jobs where there is none until an earlier result is out, and among results for none.

A backend answers it before it asks for the next job: with its oldest result, setting to work on all that it
has gathered, or with PAUSE when it has nothing in hand. All else that is in work goes on.
"""


def blocks_named(jobs: Sequence[Job]) -> str:
    """Return the blocks of `jobs`, which are in order, in words such as `blocks 128 to 255`."""
    first, last = jobs[0].number, jobs[-1].number
    if last == INDEX:
        return "the index"
    return f"block {first}" if first == last else f"blocks {first} to {last}"


def batches(jobs: Iterable[Job | None], most_bytes: int) -> Iterator[list[Job] | None]:
    """Yield lists of jobs that follow each other, for a backend that has the results of one before the next.

    most_bytes: of a list; a job of more bytes is alone in one
    A list ends at a PAUSE; one that finds nothing gathered is handed on.
    """
    batch: list[Job] = []
    size = 0
    for job in jobs:
        if batch and (job is PAUSE or size + job.raw_bytes > most_bytes):
            yield batch
            batch, size = [], 0
        elif job is PAUSE:
            yield PAUSE
        if job is not PAUSE:
            batch.append(job)
            size += job.raw_bytes
    if batch:
        yield batch
