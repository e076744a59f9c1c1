"""The block tree: which pieces of content become blocks that others start from.

A window is what is planned at once: all of a group, or as much of it as is held in memory. In a window

- the root is one block of pieces taken evenly from all over it, and is coded first;
- the next generation is as many pieces, taken evenly from the rest, coded side by side from the root;
- each further generation starts from all before it and is as large as they are together;
- when half of the window is known, or KNOWN_BYTES, all others start from that.

A window too small for that is blocks that start alike. The plan follows from content and options alone, never
from the device. Each window is a tree of its own, so reading a file takes at most the generations of one
window besides its own blocks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kompakt.archive.block_header import Parent
from kompakt.contents import Group
from kompakt.model.spec import Spec
from kompakt.pack import Piece

WINDOW_BYTES = 1 << 28
WINDOW_PIECES = 1 << 16
FEWEST_PIECES = 4
ROOT_SHARE = 8
ROOT_BYTES = 1 << 20
KNOWN_BYTES = 1 << 23
"""Most bytes of a window, and at most half of it, from which its last generation starts."""


SMALLEST_BLOCK_BYTES = 1 << 18
LARGE_BATCH_BYTES = 1 << 29
"""Below this blocks cannot fill a GPU anyway, and need not be smaller than SMALL_BATCH_BLOCK_BYTES."""

SMALL_BATCH_BLOCK_BYTES = 1 << 20
FAST_BLOCK_BYTES = 1 << 22
"""Of such a batch at level 1, where learning from other blocks takes a quarter of the time and saves 1 %."""

SMALLEST_AT_LEVEL = {8: 1 << 20, 9: 1 << 24}
LARGEST_BLOCK_BYTES = 1 << 22
BLOCKS_WANTED = 2048

LARGE_GROUP_BYTES = 1 << 26
"""From here on an eighth of a group, at most, is known before its last generation, and coded by CPUs."""

LARGE_GROUP_BLOCKS_WANTED = 4096
"""Of a batch that is such a group: some two for each stream of a large GPU."""

COUNTERS_FROM_LEVEL = 4
LARGEST_BLOCK_WITH_COUNTERS = 1 << 20
STRONG_LEVEL = 9
"""Where no large group is cut small: unlike texts in blocks of 1 MiB would take 14 % more (decision 21)."""

CHILD_BITS = 18
CHILD_BITS_WITH_COUNTERS = 15
"""Log2 of the most buckets a context of a block of a large group that starts from others: some 45 MB."""


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """A block to code: bytes, or `raw_bytes` times the byte `fill`.

    parent:    where it starts, if it goes through the model
    is_random: whether no model could shrink it
    heir:      the parent of which it is a part, or None
    window:    number of the window; no block has a parent in another one
    spec:      of the model that codes it
    own_bits:  log2 of the buckets of each context of its own tables; None for what suits its size
    recipe:    of the model that this block is, in place of content
    checksum:  of the bytes, or nothing where nobody has made it
    """

    number: int
    raw_bytes: int
    data: np.ndarray | None
    fill: int
    parent: Parent
    is_random: bool
    heir: Parent | None
    window: int
    spec: Spec
    own_bits: int | None = None
    recipe: bytes | None = None
    checksum: bytes = b""


def block_bytes_of(level: int, group_bytes: int | None, batch_bytes: int | None, grows: bool = True) -> int:
    """Return where to cut a group: in blocks enough to fill a device with the batch, in few if it is small.

    group_bytes, batch_bytes: None where nobody knows
    grows: whether blocks may start from other blocks; if not, small ones cost too much
    """
    is_small = batch_bytes is None or batch_bytes < LARGE_BATCH_BYTES
    if grows and _fills_a_device(level, group_bytes, batch_bytes):
        largest = LARGEST_BLOCK_WITH_COUNTERS if level >= COUNTERS_FROM_LEVEL else LARGEST_BLOCK_BYTES
        wanted = _power_of_two(batch_bytes // LARGE_GROUP_BLOCKS_WANTED)
        return max(min(wanted, largest), SMALLEST_BLOCK_BYTES)
    smallest = SMALLEST_AT_LEVEL.get(level, SMALL_BATCH_BLOCK_BYTES if is_small else SMALLEST_BLOCK_BYTES)
    if level == 1 and is_small:
        return FAST_BLOCK_BYTES
    if group_bytes is None or batch_bytes is None:
        return smallest
    if group_bytes < FEWEST_PIECES * smallest:
        return max(group_bytes, smallest)
    return max(min(_power_of_two(batch_bytes // BLOCKS_WANTED), LARGEST_BLOCK_BYTES), smallest)


def child_bits_of(level: int, group_bytes: int, batch_bytes: int) -> int | None:
    """Return the `child_bits` of a group that is cut so: see Group."""
    if not _fills_a_device(level, group_bytes, batch_bytes):
        return None
    return CHILD_BITS_WITH_COUNTERS if level >= COUNTERS_FROM_LEVEL else CHILD_BITS


def _fills_a_device(level: int, group_bytes: int | None, batch_bytes: int | None) -> bool:
    if level == STRONG_LEVEL or group_bytes is None or batch_bytes is None:
        return False
    return group_bytes >= LARGE_GROUP_BYTES and batch_bytes >= LARGE_BATCH_BYTES


def _power_of_two(number: int) -> int:
    """Return the smallest one that is no less."""
    return 1 << max(number - 1, 0).bit_length()


class Models(Protocol):
    """Which models there are to start from."""

    def choose(self, spec: Spec, samples: Sequence[np.ndarray]) -> Parent:
        """Return the model that suits content such as `samples`, or Parent.none()."""

    def to_embed(self, parent: Parent) -> bytes | None:
        """Return the recipe file to put into the archive before the first block that starts from `parent`."""


class TreePlanner:
    """Turns pieces into numbered blocks with parents.

    place:  is told which pieces lie in which block
    models: chooses the model from which a window's first blocks start
    grows:  whether blocks may start from blocks
    first_number: of the blocks
    """

    def __init__(
        self,
        spec: Spec,
        place: Callable[[Sequence[Piece], int], None],
        models: Models,
        grows: bool = True,
        first_number: int = 0,
    ):
        self._spec = spec
        self._place = place
        self._models = models
        self._grows = grows
        self._next_number = first_number
        self._window = 0

    def blocks(self, pieces: Iterable[Piece]) -> Iterator[PlannedBlock]:
        """Yield the blocks in the order of their numbers, holding at most a window of pieces."""
        window: list[Piece] = []
        held_bytes = 0
        for piece in pieces:
            size = 0 if piece.data is None else piece.raw_bytes
            full = held_bytes + size > WINDOW_BYTES or len(window) == WINDOW_PIECES
            if window and (full or piece.group != window[0].group):
                yield from self._plan(window)
                window, held_bytes = [], 0
            window.append(piece)
            held_bytes += size
        yield from self._plan(window)

    def _plan(self, window: list[Piece]) -> Iterator[PlannedBlock]:
        """Yield the blocks of a window and empty it on the way, so that memory is freed."""
        self._window += 1
        random = {number for number, piece in enumerate(window) if piece.is_random}
        alike = [
            number for number, piece in enumerate(window) if piece.data is not None and number not in random
        ]
        parent = Parent.none()
        spec = self._spec_of(window)
        if alike:
            parent = self._models.choose(spec, [window[number].data for number in alike])
            recipe = self._models.to_embed(parent)
            if recipe is not None:
                yield self._model(recipe)
        generations = self._generations([window[number].raw_bytes for number in alike])
        taken = {alike[index] for generation in generations for block in generation for index in block}
        # One size for all, so that the second base can go on from the first.
        base_bits = spec.table_bits_for(2 * sum(window[number].raw_bytes for number in taken))
        for generation in generations:
            heir = Parent.of_blocks(self._next_number, len(generation), base_bits)
            for block in generation:
                yield self._block([window[alike[index]] for index in block], parent, False, heir)
            parent = heir
        window.reverse()  # the last is popped first
        for number in range(len(window)):
            piece = window.pop()
            if number not in taken:
                yield self._block([piece], parent, number in random, None)

    def _generations(self, sizes: Sequence[int]) -> list[list[list[int]]]:
        """Return the generations before the last, each a list of blocks, each a list of pieces."""
        if not self._grows or len(sizes) < FEWEST_PIECES:
            return []
        window_bytes = sum(sizes)
        most_known = min(len(sizes) // 2, KNOWN_BYTES * len(sizes) // window_bytes)
        left = list(range(len(sizes)))
        root_pieces = min(len(sizes) // ROOT_SHARE, ROOT_BYTES * len(sizes) // window_bytes)
        root = _spread(left, max(root_pieces, 1))
        known = set(root)
        generations = [[root]]
        while len(known) < most_known:
            left = [index for index in left if index not in known]
            following = _spread(left, min(len(known), most_known - len(known)))
            generations.append([[index] for index in following])
            known.update(following)
        return generations

    def _model(self, recipe: bytes) -> PlannedBlock:
        number = self._next_number
        self._next_number += 1
        none, window = Parent.none(), self._window
        return PlannedBlock(number, len(recipe), None, 0, none, False, None, window, self._spec, None, recipe)

    def _block(
        self, pieces: Sequence[Piece], parent: Parent, is_random: bool, heir: Parent | None
    ) -> PlannedBlock:
        number = self._next_number
        self._next_number += 1
        self._place(pieces, number)
        raw_bytes = sum(piece.raw_bytes for piece in pieces)
        data = pieces[0].data if len(pieces) == 1 else np.concatenate([piece.data for piece in pieces])
        fill, spec, window = pieces[0].fill, self._spec_of(pieces), self._window
        own_bits = _child_bits(spec, raw_bytes, pieces[0].group) if parent.blocks else None
        checksum = pieces[0].checksum if len(pieces) == 1 else b""
        return PlannedBlock(
            number, raw_bytes, data, fill, parent, is_random, heir, window, spec, own_bits, checksum=checksum
        )

    def _spec_of(self, pieces: Sequence[Piece]) -> Spec:
        return (pieces and pieces[0].group.spec) or self._spec


def _child_bits(spec: Spec, raw_bytes: int, group: Group) -> int:
    # A rest that stays with the piece before it must not double the memory of all blocks beside it.
    bits = spec.table_bits_for(min(raw_bytes, group.block_bytes))
    return bits if group.child_bits is None else min(bits, group.child_bits)


def _spread(items: Sequence[int], count: int) -> list[int]:
    """Return `count` of `items`, evenly spread."""
    return [items[(2 * place + 1) * len(items) // (2 * count)] for place in range(count)]
