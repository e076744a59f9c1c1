"""Extents of files as runs: a run begins somewhere in a block and goes on through the blocks that follow.

Most files are one run that begins where the file before ended, so their extents cost nothing but their size.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kompakt.archive.entry import Extent
from kompakt.archive.varint import MalformedError


class Run(NamedTuple):
    """`length` bytes from `offset` in block `block` on, over as many blocks as it takes."""

    block: int
    offset: int
    length: int


def runs_of(
    extents: Iterable[Extent], block_sizes: Sequence[int], crossed: set[int] | None = None
) -> list[Run]:
    """Return the fewest runs that make `extents`, in order. Raises ValueError for one outside its block.

    crossed: blocks over whose end no run goes on, to which those are added over whose end one does
    """
    runs: list[Run] = []
    end = None
    for block, offset, length in extents:
        if not (0 <= block < len(block_sizes) and offset >= 0 and 0 < length <= block_sizes[block] - offset):
            raise ValueError(f"extent {(block, offset, length)} is not inside its block")
        crosses = offset == 0
        if end == (block, offset) and not (crosses and crossed is not None and block - 1 in crossed):
            if crosses and crossed is not None:
                crossed.add(block - 1)
            runs[-1] = runs[-1]._replace(length=runs[-1].length + length)
        else:
            runs.append(Run(block, offset, length))
        end = position_after(block, offset + length, block_sizes)
    return runs


def extents_of(runs: Iterable[Run], block_sizes: Sequence[int], limit: int = sys.maxsize) -> list[Extent]:
    """Return the extents of `runs`, one for each block a run touches.

    Raises MalformedError when a run leaves the blocks or more than `limit` extents come out.
    """
    extents: list[Extent] = []
    for block, offset, length in runs:
        while length:
            if not (0 <= block < len(block_sizes) and 0 <= offset < block_sizes[block]):
                raise MalformedError("content lies outside the blocks")
            if len(extents) == limit:
                raise MalformedError("content lies in more pieces than there can be")
            taken = min(length, block_sizes[block] - offset)
            extents.append(Extent(block, offset, taken))
            length -= taken
            block += 1
            offset = 0
    return extents


def end_of(extent: Extent, block_sizes: Sequence[int]) -> tuple[int, int]:
    """Return where content goes on after `extent`."""
    block, offset, length = extent
    return position_after(block, offset + length, block_sizes)


def position_after(block: int, offset: int, block_sizes: Sequence[int]) -> tuple[int, int]:
    """Return where content goes on after `offset` of `block`: there, or at the start of the next block."""
    return (block + 1, 0) if offset == block_sizes[block] else (block, offset)
