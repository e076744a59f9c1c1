"""The order of content: files that are alike are a group, and lie where one model can learn from all of them.

A large file is a group of its own; small files of a kind are one together. Blocks are cut inside groups (see
pack.py), so a large file never shares a block and small ones always do.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from kompakt.archive.entry import Kind as EntryKind
from kompakt.archive.layout import Filter
from kompakt.kinds import Kind
from kompakt.look import look_at_file
from kompakt.model.spec import Spec
from kompakt.pack import Group
from kompakt.scan import Source
from kompakt.tree import FEWEST_PIECES, SMALLEST_BLOCK_BYTES, block_bytes_of

LARGE_BYTES = FEWEST_PIECES * SMALLEST_BLOCK_BYTES


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file in the order of content. `number` is its index among the sources, `filter` to be tried."""

    number: int
    group: Group
    starts_segment: bool
    filter: Filter


def plan(
    sources: Sequence[Source], spec: Spec, block_bytes: int | None = None, has_models: bool = True
) -> list[PlannedFile]:
    """Return the files among `sources` in the order in which their content is stored.

    spec:        of the batch, whose level decides about the size of blocks
    block_bytes: where to cut instead
    has_models:  whether models code the content, and not only pipelines
    Kinds follow each other in their order; of a kind, the small files come first, by extension and name, then
    the large ones, in the order of `sources`. What cannot be read counts as binary: whoever reads it next
    will say so.
    """
    files = [number for number, source in enumerate(sources) if source.entry.kind == EntryKind.FILE]
    sizes = {number: sources[number].entry.size for number in files}
    batch_bytes = sum(sizes.values())
    model = spec if has_models else None
    looks = {number: look_at_file(sources[number].path, sizes[number], model) for number in files}
    kinds: dict[Kind, list[int]] = {}
    for number in files:
        kinds.setdefault(looks[number].kind, []).append(number)
    groups: list[list[int]] = []
    for _, numbers in sorted(kinds.items()):
        small = [number for number in numbers if sizes[number] < LARGE_BYTES]
        small.sort(key=lambda number: (_extension(sources[number]), sources[number].entry.name))
        groups += [small] if small else []
        groups += [[number] for number in numbers if sizes[number] >= LARGE_BYTES]
    planned = []
    for group_number, numbers in enumerate(groups):
        group_bytes = sum(sizes[number] for number in numbers)
        cut_at = block_bytes_of(spec.level, group_bytes, batch_bytes) if block_bytes is None else block_bytes
        specs = {looks[number].spec for number in numbers}
        group = Group(group_number, cut_at, specs.pop() if len(specs) == 1 else None)
        planned += [
            PlannedFile(number, group, number == numbers[0], looks[number].filter) for number in numbers
        ]
    return planned


def _extension(source: Source) -> bytes:
    return os.path.splitext(source.entry.name)[1][1:].lower()
