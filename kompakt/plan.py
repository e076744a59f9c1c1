"""The order of content: files that are alike are a group, and lie where one model can learn from all of them.

Small files of a kind are a group. A large file is one of its own, or together with the large ones that it
resembles, such as logs of one service: the roots of such a group (tree.py) are taken from all of them. Blocks
are cut inside groups (see pack.py). A file that lies in a folder with a twin (archive/listing.py) stands
behind its counterpart there: one version behind the other.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kompakt.archive.columns import ColumnWriter
from kompakt.archive.entry import Entry
from kompakt.archive.entry import Kind as EntryKind
from kompakt.archive.index import KINDS
from kompakt.archive.layout import Filter
from kompakt.archive.listing import NO_TWIN, write_names
from kompakt.contents import Group
from kompakt.kinds import Kind
from kompakt.kinds.kind import TEXTS
from kompakt.look import Look, first_look_at_file, try_on_file
from kompakt.model.spec import Spec
from kompakt.scan import Source
from kompakt.tree import FEWEST_PIECES, SMALLEST_BLOCK_BYTES, block_bytes_of, child_bits_of
from kompakt.trial import Notice, no_notice
from kompakt.trials import resemble, spec_of_small, specs_of_large

FEWEST_TEXT_BYTES = 1 << 18
"""From here on, texts that fit a block learn more from each other than from the models of their kinds."""

LARGE_BYTES = FEWEST_PIECES * SMALLEST_BLOCK_BYTES

MOST_COMPARED = 64
"""Groups of large files, the newest of a kind, that a further file is compared with."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file in the order of content. `number` is its index among the sources, `filter` to be tried."""

    number: int
    group: Group
    starts_segment: bool
    filter: Filter
    kind: Kind


def plan(
    sources: Sequence[Source],
    spec: Spec,
    block_bytes: int | None = None,
    copies: Collection[int] = (),
    has_models: bool = True,
    notice: Notice = no_notice,
    threads: int = 1,
    grows: bool = True,
) -> list[PlannedFile]:
    """Return the files among `sources` in the order in which their content is stored.

    spec:        of the batch, whose level decides about the size of blocks
    block_bytes: where to cut instead
    copies:      numbers of sources that need no place of their own
    has_models:  whether models code the content, and not only pipelines
    notice:      is told when a model has to be compiled to know whether it suits a file
    threads:     look at files side by side
    grows:       whether blocks may start from other blocks
    Kinds follow each other in their order; of a kind, the small files come first, by extension and name, then
    the large ones, in the order of `sources` but for those that join one before. Texts of all kinds are one
    if they fit a block. What cannot be read counts as binary: whoever reads it next will say so.
    """
    files = [
        number
        for number, source in enumerate(sources)
        if source.entry.kind == EntryKind.FILE and number not in copies
    ]
    sizes = {number: sources[number].entry.size for number in files}
    batch_bytes = sum(sizes.values())
    large = {number for number in files if sizes[number] >= LARGE_BYTES}

    def look_at(number: int) -> Look:
        return first_look_at_file(sources[number].path, sizes[number], has_models and number in large)

    def trial(number: int) -> Spec | None:
        return try_on_file(looks[number], sources[number].path, sizes[number], spec, notice)

    def block_bytes_for(numbers: Sequence[int]) -> int:
        group_bytes = sum(sizes[number] for number in numbers)
        return block_bytes or block_bytes_of(spec.level, group_bytes, batch_bytes, grows)

    with ThreadPoolExecutor(threads) as pool:
        looks = dict(zip(files, pool.map(look_at, files), strict=True))
        if has_models:
            specs = specs_of_large([number for number in files if number in large], looks, trial, pool)
            looks |= {number: looks[number]._replace(spec=found) for number, found in specs.items()}
        first_names = _first_names([source.entry for source in sources])
        first_kinds: dict[bytes, Kind] = {}
        small: dict[Kind, list[int]] = {}
        large_groups: dict[Kind, list[list[int]]] = {}
        for number in files:
            kind = looks[number].kind
            if number in large:
                _join(large_groups.setdefault(kind, []), number, looks)
            else:
                kind = first_kinds.setdefault(first_names[sources[number].entry.name], kind)
                small.setdefault(kind, []).append(number)
        texts = [number for kind in TEXTS for number in small.get(kind, [])]
        if FEWEST_TEXT_BYTES <= sum(sizes[number] for number in texts) <= block_bytes_for(texts):
            small = {kind: numbers for kind, numbers in small.items() if kind not in TEXTS} | {
                TEXTS[0]: texts
            }
        groups: list[tuple[list[int], Spec | None]] = []
        for kind in Kind:
            if kind in small:
                numbers = sorted(small[kind], key=lambda number: _order(sources[number].entry, first_names))
                small_spec = spec_of_small(numbers, looks, trial, pool, threads) if has_models else None
                groups.append((numbers, small_spec))
            groups += [(numbers, looks[numbers[0]].spec) for numbers in large_groups.get(kind, [])]
    planned = []
    for group_number, (numbers, group_spec) in enumerate(groups):
        group_bytes = sum(sizes[number] for number in numbers)
        child_bits = None if block_bytes else child_bits_of(spec.level, group_bytes, batch_bytes)
        group = Group(group_number, block_bytes_for(numbers), group_spec, child_bits)
        planned += [
            PlannedFile(number, group, number == numbers[0], looks[number].filter, looks[number].kind)
            for number in numbers
        ]
    return planned


def _join(groups: list[list[int]], number: int, looks: Mapping[int, Look]) -> None:
    """Add a large file to the first of `groups` whose first file it resembles, or make it one."""
    look = looks[number]
    for group in groups[-MOST_COMPARED:]:
        first = looks[group[0]]
        if (first.filter, first.spec) == (look.filter, look.spec) and resemble(first, look):
            group.append(number)
            return
    groups.append([number])


def _order(entry: Entry, first_names: dict[bytes, bytes]) -> tuple[bytes, bytes, bytes]:
    first_name = first_names[entry.name]
    return os.path.splitext(first_name)[1][1:].lower(), first_name, entry.name


def _first_names(entries: Sequence[Entry]) -> dict[bytes, bytes]:
    """Return for each file the name of the first file of which it is a version."""
    names = {kind: [entry.name for entry in entries if entry.kind == kind] for kind in KINDS}
    files = write_names(ColumnWriter(), names)[EntryKind.FILE]
    first: list[bytes] = []
    for name, twin in zip(files.names, files.twins, strict=True):
        first.append(name if twin == NO_TWIN else first[twin])
    return dict(zip(files.names, first, strict=True))
