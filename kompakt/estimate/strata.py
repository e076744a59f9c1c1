"""What a batch consists of, kind by kind, and stretches of each kind that stand for all of it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from kompakt.archive.entry import Kind as EntryKind
from kompakt.dedup.equal import equal_files
from kompakt.kinds import Kind
from kompakt.model.spec import Spec
from kompakt.plan import PlannedFile, plan
from kompakt.scan import Source

STRETCH_BYTES = 1 << 19
LEAST_BYTES = 1 << 18
"""Of a kind, however small its share is; or all of it."""


@dataclass(frozen=True, slots=True)
class Slice:
    """`length` bytes of source number `number`, from `offset` on."""

    number: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """The files of a kind, in the order in which they are packed, copies left out.

    whole:     numbers of sources, and their sizes in bytes
    stretches: slices one behind the other, from all over the kind; of small files whole ones
    """

    kind: Kind
    whole: tuple[tuple[int, int], ...]
    stretches: tuple[tuple[Slice, ...], ...]

    @property
    def content_bytes(self) -> int:
        """Return the size of all files."""
        return sum(size for _, size in self.whole)

    @property
    def sampled_bytes(self) -> int:
        """Return the size of all stretches."""
        return sum(part.length for stretch in self.stretches for part in stretch)


def equal_bytes(sources: Sequence[Source]) -> dict[int, int]:
    """Return, for each file among `sources` that equals one before it, the number of the first such."""
    files = [
        (number, source.path, source.entry.size)
        for number, source in enumerate(sources)
        if source.entry.kind == EntryKind.FILE
    ]
    return {copy: numbers[0] for _, numbers in equal_files(files) for copy in numbers[1:]}


def strata_of(
    sources: Sequence[Source], spec: Spec, copies: dict[int, int], sample_bytes: int, threads: int
) -> list[Stratum]:
    """Return the strata of `sources`, of which about `sample_bytes` are sampled.

    copies: see equal_bytes()
    """
    planned = plan(sources, spec, None, copies, has_models=False, threads=threads)
    by_kind: dict[Kind, list[PlannedFile]] = {}
    for file in planned:
        by_kind.setdefault(file.kind, []).append(file)
    total = sum(sources[file.number].entry.size for file in planned)
    strata = []
    for kind, files in sorted(by_kind.items()):
        whole = tuple((file.number, sources[file.number].entry.size) for file in files)
        size = sum(size for _, size in whole)
        wanted = max(sample_bytes * size // max(total, 1), LEAST_BYTES)
        strata.append(Stratum(kind, whole, _stretches(whole, size, wanted)))
    return strata


def _stretches(whole: Sequence[tuple[int, int]], size: int, wanted: int) -> tuple[tuple[Slice, ...], ...]:
    """Return stretches of about `wanted` bytes together, evenly from all over `size` bytes of files."""
    if size <= wanted:
        return (tuple(Slice(number, 0, length) for number, length in whole if length),) if size else ()
    starts = list(accumulate((length for _, length in whole), initial=0))
    count = max(wanted // STRETCH_BYTES, 1)
    length = wanted // count
    places = [(2 * part + 1) * size // (2 * count) - length // 2 for part in range(count)]
    stretches = [tuple(_stretch(whole, starts, place, place + length)) for place in places]
    return tuple(stretch for stretch in stretches if stretch)


def _stretch(
    whole: Sequence[tuple[int, int]], starts: Sequence[int], begin: int, end: int
) -> Iterator[Slice]:
    """Yield what lies from `begin` to `end` of all files; small ones wholly, if they begin there."""
    for place in range(bisect_right(starts, begin) - 1, len(whole)):
        start, (number, size) = starts[place], whole[place]
        if start >= end:
            return
        if size <= STRETCH_BYTES:
            if start >= begin and size:
                yield Slice(number, 0, size)
            continue
        first, last = max(begin, start), min(end, start + size)
        if first < last:
            yield Slice(number, first - start, last - first)
