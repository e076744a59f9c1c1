"""What large files hold that was there before, at whatever distance."""

from collections.abc import Iterator, Sequence

import numpy as np

from kompakt.dedup.chunking import average_of
from kompakt.dedup.repeats import Digested, RepeatFinder
from kompakt.scan import Source

MOST_READ_BYTES = 1 << 34
"""Of large files, in which repeats are looked for; a GB or two take a second."""

READ_BYTES = 1 << 22


def repeated_bytes(
    sources: Sequence[Source], files: Sequence[tuple[int, int]], most_read_bytes: int = MOST_READ_BYTES
) -> tuple[dict[int, int], int]:
    """Return the bytes of each of `files` that were there before, and how many bytes were not looked at.

    files: (number among the sources, size in bytes); those beyond `most_read_bytes` together are left out
    """
    finder = RepeatFinder(average_of(sum(size for _, size in files)))
    repeated: dict[int, int] = {}
    left, unsearched = most_read_bytes, 0
    for number, size in files:
        if size > left:
            unsearched += size
            continue
        left -= size
        repeated[number] = 0
        for chunks in _chunks(finder, sources[number]):
            found = finder.find(number, chunks)
            repeated[number] += sum(part.stop - part.start for part in found if part.origin is not None)
    return repeated, unsearched


def _chunks(finder: RepeatFinder, source: Source) -> Iterator[Digested]:
    cutter = finder.cutter()
    try:
        with open(source.path, "rb", buffering=0) as file:
            while block := file.read(READ_BYTES):
                yield from cutter.feed(np.frombuffer(block, np.uint8))
    except OSError:
        pass  # whoever packs it will say so
    yield from cutter.end()
