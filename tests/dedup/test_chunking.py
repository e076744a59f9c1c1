from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from kompakt.dedup.chunking import (
    LARGEST_AVERAGE_BYTES,
    SMALLEST_AVERAGE_BYTES,
    WHOLE,
    Chunker,
    Chunks,
    average_of,
)
from tests.inputs import random_bytes

AVERAGE = 1 << 10


def chunks(data: bytes, fed_bytes: int = 1 << 20, align: int = 1) -> list[bytes]:
    chunker = Chunker(AVERAGE, align)
    found = []
    for start in range(0, len(data), fed_bytes):
        fed = np.frombuffer(data[start : start + fed_bytes], np.uint8)
        found += pieces_of(chunker.feed(fed))
    return found + pieces_of(chunker.end())


def pieces_of(cut: Iterator[Chunks]) -> list[bytes]:
    return [data[start:end].tobytes() for data, ends in cut for start, end in pairwise([0, *ends])]


@pytest.mark.parametrize("size", [0, 1, WHOLE * AVERAGE, WHOLE * AVERAGE + 1, 100_000])
def test_chunks_are_the_content(size: int) -> None:
    data = random_bytes(size)
    found = chunks(data)
    assert b"".join(found) == data
    assert (len(found) <= 1) == (size <= WHOLE * AVERAGE)
    assert all(found)


def test_sizes_lie_close_to_the_average() -> None:
    sizes = [len(chunk) for chunk in chunks(random_bytes(1 << 20))]
    assert min(sizes[:-1]) >= AVERAGE / 4
    assert max(sizes) <= WHOLE * AVERAGE
    assert 0.8 * AVERAGE < np.mean(sizes) < 1.5 * AVERAGE


def test_chunks_do_not_depend_on_how_they_are_fed() -> None:
    data = random_bytes(200_000)
    assert chunks(data, 7777) == chunks(data) == chunks(data, 40_000)


def test_an_inserted_byte_changes_few_chunks() -> None:
    data = random_bytes(300_000)
    before = set(chunks(data))
    after = chunks(data[:150_000] + b"!" + data[150_000:])
    assert sum(chunk not in before for chunk in after) <= 3


def test_aligned_chunks_begin_at_multiples() -> None:
    found = chunks(random_bytes(100_001), align=8)
    assert all(len(chunk) % 8 == 0 for chunk in found[:-1])


def test_content_without_borders_is_cut_at_the_largest_size() -> None:
    assert {len(chunk) for chunk in chunks(bytes(1 << 17))} == {WHOLE * AVERAGE}


def test_one_chunker_cuts_one_thing_after_the_other() -> None:
    chunker = Chunker(AVERAGE)
    for data in (random_bytes(50_000), b"small", random_bytes(50_000)):
        array = np.frombuffer(data, np.uint8)
        found = pieces_of(chunker.feed(array)) + pieces_of(chunker.end())
        assert found == chunks(data)


def test_large_batches_have_large_chunks() -> None:
    assert average_of(0) == average_of(1 << 36) == SMALLEST_AVERAGE_BYTES
    assert average_of(1 << 40) == 1 << 19
    assert average_of(1 << 60) == LARGEST_AVERAGE_BYTES
