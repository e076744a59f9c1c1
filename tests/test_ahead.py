"""Files are read ahead by many threads, and nothing tells from what comes of them how many there were."""

import functools
import gc
import io
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import BinaryIO

import numpy as np
import pytest
from blake3 import blake3

from kompakt.ahead import AHEAD_BYTES, LANE_BYTES
from kompakt.archive.layout import Filter
from kompakt.contents import Content, Group
from kompakt.dedup.repeats import RepeatFinder
from kompakt.pack import Packer, Piece
from kompakt.reading import READ_BYTES
from kompakt.runs import RUN_BYTES
from kompakt.workers import Workers
from tests.filters.test_tar import a_tar
from tests.inputs import random_bytes, text

GROUPS = [Group(0, 1 << 18), Group(1, 1 << 20)]


def content(number: int, data: bytes | Callable[[], BinaryIO], **fields: object) -> Content:
    opened = partial(io.BytesIO, data) if isinstance(data, bytes) else data
    size = len(data) if isinstance(data, bytes) else None
    given = {"group": GROUPS[0], "size": size, "starts_segment": False} | fields
    return Content(number, opened, **given)


@functools.cache
def all_sorts() -> tuple[Content, ...]:
    """Return contents of every kind that is treated differently, with repeats, runs and copies."""
    large = random_bytes(2 * READ_BYTES + 12_345)
    words = text(300_000)
    contents = [content(number, text(10 + 997 * number, number)) for number in range(60)]
    contents += [content(100, b""), content(101, large), content(102, words[:50_000])]
    contents += [content(103, large[READ_BYTES - 100_000 :] + words, starts_segment=True)]
    contents += [content(104, words[7:] + bytes(5 * RUN_BYTES) + words, size=None)]
    contents += [content(105, a_tar(), filter=Filter.TAR), content(106, words * 9, filter=Filter.X86)]
    contents += [content(107, words + large, filter=Filter.DEFLATE, group=GROUPS[1])]
    again = [content(number, words, group=GROUPS[1]) for number in (108, 109, 110)]
    digest = blake3(words).digest()
    contents += [replace(again[0], digest=digest, copies=(again[1],)), replace(again[2], digest=bytes(32))]
    contents += [content(111, random_bytes(99), group=GROUPS[1], size=5_000_000)]
    return tuple(contents)


def pack(
    contents: Sequence[Content], threads: int, repeats: RepeatFinder | None = None
) -> tuple[list[tuple], Packer]:
    """Return what is in the pieces, in their order, and the packer."""
    with Workers(threads) as workers:
        packer = Packer(1 << 30, repeats, workers)
        pieces = [as_tuple(piece) for piece in packer.pieces(contents)]
    return pieces, packer


def as_tuple(piece: Piece) -> tuple:
    data = None if piece.data is None else piece.data.tobytes()
    return piece.group, piece.parts, piece.raw_bytes, data, piece.fill, piece.is_random, piece.checksum


@pytest.mark.parametrize("average", [None, 1 << 12, 1 << 15])
def test_pieces_are_the_same_for_any_number_of_threads(average: int | None) -> None:
    found = [pack(all_sorts(), threads, RepeatFinder(average) if average else None) for threads in (1, 2, 16)]
    (one, alone), *others = found
    assert len(one) > 20
    for pieces, packer in others:
        assert pieces == one
        assert packer.files == alone.files


@functools.cache
def digests() -> dict[int, bytes]:
    return {number: packed.digest for number, packed in pack(all_sorts(), 1)[1].files.items()}


class Failing(io.RawIOBase):
    """Gives `data`, and fails behind it."""

    def __init__(self, data: bytes):
        self._file = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        count = self._file.readinto(buffer)
        if not count:
            raise OSError(5, "Input/output error")
        return count


@pytest.mark.parametrize("threads", [1, 16])
@pytest.mark.parametrize("place", [0, 59, 61, 65, 67, 68])
@pytest.mark.parametrize("fails_after", [None, 1000, READ_BYTES + 1])
def test_a_file_that_cannot_be_read_fails_alone(threads: int, place: int, fails_after: int | None) -> None:
    def refuse() -> BinaryIO:
        raise PermissionError(13, "Permission denied")

    contents = list(all_sorts())
    opened = refuse if fails_after is None else lambda: Failing(random_bytes(fails_after))
    contents[place] = replace(contents[place], open=opened)
    _, packer = pack(contents, threads, RepeatFinder(1 << 12))
    number = contents[place].number
    assert list(packer.failed) == [number]
    expected = {each.number for given in contents for each in (given, *given.copies)} - {number}
    assert packer.files.keys() >= expected
    assert all(packer.files[n].digest == digests()[n] for n in expected)


@pytest.mark.parametrize("threads", [1, 4])
def test_what_is_no_failure_to_read_ends_the_work_in_its_place(threads: int) -> None:
    def broken() -> BinaryIO:
        raise RuntimeError("broken")

    contents = [content(0, random_bytes(1 << 20)), content(1, broken), content(2, random_bytes(1 << 20))]
    pieces = []
    with Workers(threads) as workers, pytest.raises(RuntimeError, match="broken"):
        pieces.extend(Packer(1 << 18, None, workers).pieces(contents))
    assert len(pieces) <= 4


def test_an_early_end_leaves_no_thread_and_no_open_file() -> None:
    files: list[io.BytesIO] = []

    def opened(data: bytes) -> io.BytesIO:
        files.append(io.BytesIO(data))
        return files[-1]

    data = random_bytes(3 * READ_BYTES)
    contents = [content(number, partial(opened, data), size=len(data)) for number in range(20)]
    with Workers(4) as workers:
        pieces = Packer(1 << 20, None, workers).pieces(contents)
        next(pieces)
        pieces.close()
    while any(thread.name == "kompakt-ahead" for thread in threading.enumerate()):
        time.sleep(0.001)
    del pieces, workers
    gc.collect()
    assert 0 < len(files) < len(contents)
    assert all(file.closed for file in files)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_no_more_is_read_ahead_than_the_budget_allows(threads: int) -> None:
    read = []

    class Counted(io.BytesIO):
        def readinto(self, buffer: memoryview) -> int:
            count = super().readinto(buffer)
            read.append(count)
            return count

    data = bytes(np.arange(3 * READ_BYTES, dtype=np.uint32).view(np.uint8)[: 3 * READ_BYTES])
    contents = [content(number, partial(Counted, data), size=len(data)) for number in range(30)]
    taken = 0
    with Workers(threads) as workers:
        for piece in Packer(LANE_BYTES, None, workers).pieces(contents):
            taken += piece.raw_bytes
            ahead = AHEAD_BYTES * threads if threads > 1 else 0
            assert sum(read) - taken <= ahead + 3 * READ_BYTES + threads * LANE_BYTES
    assert taken == 30 * len(data)
