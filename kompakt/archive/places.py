"""Where contents lie, as columns: runs, of which most begin where others end, or do as others did before.

The frontier is the end of what has been told so far. A run begins there, or it jumps: to where the run that
followed the same place began the last time, or elsewhere. It is as long as the last run that began there. So
content that repeats other content but for a few places costs these places.
"""

from collections.abc import Sequence
from enum import IntEnum

from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.entry import Extent
from kompakt.archive.extents import Run, end_of, extents_of, runs_of
from kompakt.archive.varint import MalformedError, unzigzag, zigzag

MOST_RUNS_FREE = 1 << 18
MOST_RUNS_A_BYTE = 128
"""Runs that columns may tell of, and how many more for each of their bytes."""

Place = tuple[int, int]


class _Begins(IntEnum):
    """Where a run begins."""

    AT_FRONTIER = 0
    AS_BEFORE = 1
    ELSEWHERE = 2


class _Memory:
    """What runs did so far, from which both sides guess what the next one does.

    frontier: the end of what has been told
    last:     the end of the last run that jumped
    """

    def __init__(self, first_block: int) -> None:
        self.frontier: Place = (first_block, 0)
        self.last: Place = (first_block, 0)
        self._before: Place = (0, 0)
        self._followed: dict[Place, Place] = {}
        self._lengths: dict[Place, int] = {}
        self._expected_end: Place = (0, 0)

    def guessed_start(self) -> Place | None:
        """Return where the run began that came behind the same place the last time."""
        return self._followed.get(self._before)

    def guessed_length(self, start: Place) -> int:
        """Return how long the last run was that began at `start`; else what is left of the run cut before."""
        block, end = self._expected_end
        left = end - start[1] if block == start[0] else 0
        return self._lengths.get(start, max(left, 0))

    def note(self, run: Run, end: Place, jumps: bool) -> None:
        """Take note of a run and its end."""
        start = run[:2]
        guessed_end = (run.block, run.offset + self._lengths.get(start, 0))
        if jumps and guessed_end > (run.block, run.offset + run.length):
            self._expected_end = guessed_end
        self._followed[self._before] = start
        self._lengths[start] = run.length
        self._before = end
        if jumps:
            self.last = end
        self.frontier = max(self.frontier, end)


def write_places(
    columns: ColumnWriter,
    contents: Sequence[Sequence[Extent]],
    block_sizes: Sequence[int],
    first_block: int = 0,
) -> None:
    """Append the columns of where `contents` lie, in the order of their places.

    first_block: at whose start the frontier is at first
    """
    memory = _Memory(first_block)
    crossed: set[int] = set()
    counts, begins, blocks, offsets, lengths = [], [], [], [], []
    for extents in contents:
        runs = runs_of(extents, block_sizes, crossed)
        follows = len(runs) == 1 and runs[0][:2] == memory.frontier
        counts.append(0 if follows else len(runs))
        for number, run in enumerate(runs, 1):
            start = run[:2]
            jumps = start != memory.frontier
            if not follows:
                if not jumps:
                    begins.append(_Begins.AT_FRONTIER)
                elif start == memory.guessed_start():
                    begins.append(_Begins.AS_BEFORE)
                else:
                    begins.append(_Begins.ELSEWHERE)
                    block, offset = memory.last
                    blocks.append(run.block - block)
                    offsets.append(zigzag(run.offset - (offset if run.block == block else 0)))
                if number < len(runs):
                    lengths.append(run.length - memory.guessed_length(start))
            memory.note(run, end_of(extents_of([run], block_sizes)[-1], block_sizes), jumps)
    columns.runs(counts)
    columns.runs(begins)
    columns.sparse(blocks)
    columns.numbers(offsets)
    columns.sparse(lengths)


def read_places(
    columns: ColumnReader, stored_bytes: Sequence[int], block_sizes: Sequence[int], first_block: int = 0
) -> list[list[Extent]]:
    """Return where contents lie that are stored in so many bytes. Raises MalformedError."""
    memory = _Memory(first_block)
    counts = columns.runs(len(stored_bytes))
    run_count = sum(counts)
    if run_count > MOST_RUNS_FREE + MOST_RUNS_A_BYTE * columns.data_bytes:
        raise MalformedError("files have more pieces than there can be")
    begins = columns.runs(run_count)
    elsewhere = begins.count(_Begins.ELSEWHERE)
    blocks, offsets = iter(columns.sparse(elsewhere)), iter(columns.numbers(elsewhere))
    lengths = iter(columns.sparse(run_count - sum(map(bool, counts))))
    # Memory stays linear in the runs: each border of blocks is crossed once, or once more by each run.
    extents_left = len(block_sizes) + 2 * (len(stored_bytes) + run_count)
    begins_ahead = iter(begins)
    result = []
    for count, left in zip(counts, stored_bytes, strict=True):
        extents: list[Extent] = []
        for number in range(max(count, 1)):
            begin = next(begins_ahead) if count else _Begins.AT_FRONTIER
            start = memory.frontier
            if begin == _Begins.AS_BEFORE:
                start = memory.guessed_start()
            elif begin == _Begins.ELSEWHERE:
                block, offset = memory.last
                to = block + next(blocks)
                start = (to, unzigzag(next(offsets)) + (offset if to == block else 0))
            if start is None or begin > _Begins.ELSEWHERE:
                raise MalformedError("a piece of a file begins nowhere")
            is_last = number >= count - 1
            length = left if is_last else memory.guessed_length(start) + next(lengths)
            left -= length
            if length <= 0 or left < 0:
                raise MalformedError("the pieces of a file do not make its size")
            run = Run(*start, length)
            found = extents_of([run], block_sizes, extents_left)
            extents_left -= len(found)
            extents += found
            memory.note(run, end_of(found[-1], block_sizes), begin != _Begins.AT_FRONTIER)
        result.append(extents)
    return result
