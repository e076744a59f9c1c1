"""Which blocks have to be decoded to read some, and in which order: the tree from a reader's side.

A block is decoded once, where it is first needed, and kept until it has been read for the last time. A start
is forgotten when the last block that needs it has been handed to a backend.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kompakt.archive.ancestry import members_before, parent_of
from kompakt.archive.block_header import BlockHeader, Parent, block_checksum
from kompakt.archive.layout import ParentKind
from kompakt.archive.reader import ArchiveReader
from kompakt.jobs import Heir, Origin
from kompakt.model.spec import Spec
from kompakt.origin import Generation


class ModelSource(Protocol):
    """Where models come from."""

    def origin(self, parent: Parent, spec: Spec, archive: str) -> Origin | None:
        """Return the start that a model is, None for no parent.

        Raises ArchiveError, whose message begins with `archive`, for an unknown model.
        """

    def dictionary(self, parent: Parent, archive: str) -> object:
        """Return the Dictionary that a model is; raises like origin()."""


@dataclass(frozen=True, slots=True)
class Step:
    """A block to decode, or to take from those that are kept.

    is_wanted: whether it is read, not only started from
    is_kept:   whether an earlier step has decoded it
    keep:      whether a later step reads it again
    """

    number: int
    is_wanted: bool = True
    is_kept: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """A start in an archive: that of blocks with this parent and this spec."""

    parent: Parent
    spec_id: int


class Lineage:
    """The steps to decode blocks `numbers`, and the starts that they need."""

    def __init__(self, archive: ArchiveReader, numbers: Sequence[int], models: ModelSource):
        self._headers = [record.header for record in archive.blocks]
        self._models = models
        self._archive = archive.name
        self._origins: dict[_Place, Origin] = {}
        self._heirs: dict[int, list[_Place]] = {}
        self.steps = self._plan(numbers)
        self._uses = Counter(self._place(step.number) for step in self.steps if not step.is_kept)

    def origin(self, number: int, spec: Spec) -> Origin | None:
        """Return where block `number` starts; to be called once for each step that decodes."""
        place = self._place(number)
        if place.parent.kind == ParentKind.NONE:
            return None
        origin = self._origin(place, spec)
        self._uses[place] -= 1
        if not self._uses[place]:
            self._origins.pop(place, None)
        return origin

    def heir(self, number: int, spec: Spec) -> Heir | None:
        """Return whom to tell about block `number`, if anything that is wanted starts from it."""
        places = self._heirs.get(number)
        if not places:
            return None
        return _Heirs(self._headers[number], [self._origin(place, spec) for place in places])

    def _origin(self, place: _Place, spec: Spec) -> Origin | None:
        parent = place.parent
        if parent.kind == ParentKind.NONE:
            return None
        if place not in self._origins:
            if parent.kind == ParentKind.MODEL:
                self._origins[place] = self._models.origin(parent, spec, self._archive)
            else:
                before = self._origin(_Place(parent_of(parent, self._headers), place.spec_id), spec)
                self._origins[place] = Generation(spec, parent.blocks, before, parent.base_bits)
        return self._origins[place]

    def _place(self, number: int) -> _Place:
        header = self._headers[number]
        return _Place(header.parent, header.spec_id)

    def _plan(self, numbers: Sequence[int]) -> list[Step]:
        for number in numbers:
            self._find_heirs(number)
        last_wanted = {number: place for place, number in enumerate(numbers)}
        steps: list[Step] = []
        ready: set[int] = set()
        kept: set[int] = set()
        for place, number in enumerate(numbers):
            before = []
            if number not in kept:
                before = [member for member in members_before(number, self._headers) if member not in ready]
            ready.update(before)
            own = Step(number, is_kept=number in kept, keep=place < last_wanted[number])
            for step in (*(Step(m, is_wanted=False, keep=m in last_wanted) for m in before), own):
                steps.append(step)
                if step.keep:
                    kept.add(step.number)
                else:
                    kept.discard(step.number)
            if number in self._heirs:
                ready.add(number)
        return steps

    def _find_heirs(self, number: int) -> None:
        """Note for each block that block `number` goes back to which start it is a part of."""
        place = self._place(number)
        while place.parent.kind == ParentKind.BLOCKS:
            if place in self._heirs.get(place.parent.first, []):
                return
            for member in place.parent.blocks:
                self._heirs.setdefault(member, []).append(place)
            place = self._place(place.parent.first)


class _Heirs:
    """Hands a block on to all that start from it, if it is what it should be."""

    def __init__(self, header: BlockHeader, heirs: Sequence[Heir]):
        self._header = header
        self._heirs = heirs

    def inherit(self, number: int, data: np.ndarray, learned: np.ndarray) -> None:
        if block_checksum(data) != self._header.checksum:
            self.disinherit(number, f"it starts from block {number}, which is damaged")
            return
        for heir in self._heirs:
            heir.inherit(number, data, learned)

    def disinherit(self, number: int, error: str) -> None:
        for heir in self._heirs:
            heir.disinherit(number, error)
