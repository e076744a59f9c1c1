"""What is there several times is packed once, and comes back everywhere."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from blake3 import blake3

from kompakt.archive.layout import Filter
from kompakt.contents import Content, Group
from kompakt.dedup.repeats import RepeatFinder
from kompakt.pack import Packer
from kompakt.runs import RUN_BYTES
from tests.filters.test_tar import a_tar
from tests.inputs import random_bytes

AVERAGE = 1 << 12
KIB = 1 << 10


def weak(data: np.ndarray) -> bytes:
    """Return a digest that has hardly any values: its first byte."""
    return blake3(data).digest(1) + bytes(31)


def contents_of(files: Sequence[bytes], **fields: object) -> list[Content]:
    group = Group(0, 1 << 16)
    return [
        Content(number, lambda data=data: io.BytesIO(data), group, len(data), False, **fields)
        for number, data in enumerate(files)
    ]


def pack(contents: Sequence[Content], **options: object) -> tuple[Packer, dict[int, bytes], int]:
    """Return the packer, what the blocks give back of each file, and how many bytes all blocks have."""
    packer = Packer(1 << 20, RepeatFinder(AVERAGE, **options))
    pieces = list(packer.pieces(contents))
    for number, piece in enumerate(pieces):
        packer.place([piece], number)
    packer.resolve()
    raw = [bytes([p.fill]) * p.raw_bytes if p.data is None else p.data.tobytes() for p in pieces]
    stored = {
        number: b"".join(raw[block][offset : offset + length] for block, offset, length in packed.extents)
        for number, packed in packer.files.items()
    }
    return packer, stored, sum(piece.raw_bytes for piece in pieces)


def check(files: Sequence[bytes], **options: object) -> int:
    packer, stored, packed_bytes = pack(contents_of(files), **options)
    for number, data in enumerate(files):
        assert stored[number] == data
        assert packer.files[number].digest == blake3(data).digest()
    return packed_bytes


def test_what_lies_in_another_file_is_packed_once() -> None:
    shared = random_bytes(300 * KIB)
    files = [shared, random_bytes(70_000, 1) + shared, shared[100_000:] + random_bytes(70_000, 2)]
    assert check(files) < 1.1 * (len(shared) + 140_000)


def test_what_a_file_repeats_itself_is_packed_once() -> None:
    part = random_bytes(200 * KIB)
    assert check([part * 5]) < 1.2 * len(part)


def test_runs_lie_between_what_repeats() -> None:
    part = random_bytes(100 * KIB)
    run = bytes(3 * RUN_BYTES)
    files = [part + run + part, part + run, run + part + run + run, b"\1" * len(run) + part]
    assert check(files) < 1.2 * len(part) + sum(map(len, files)) - 5 * len(part)


def test_small_files_are_one_chunk() -> None:
    part = random_bytes(1000)
    assert check([part, part, part[:-1], part]) == 1999


def test_nothing_that_repeats_leaves_everything_as_it_was() -> None:
    files = [random_bytes(150_000, seed) for seed in range(4)]
    assert check(files) == 600_000
    without = Packer(1 << 20)
    with_repeats = Packer(1 << 20, RepeatFinder(AVERAGE))
    one = [piece.data.tobytes() for piece in without.pieces(contents_of(files))]
    assert one == [piece.data.tobytes() for piece in with_repeats.pieces(contents_of(files))]


def test_collisions_of_a_weakened_hash_are_caught() -> None:
    """Hundreds of chunks and 256 digests: hardly a proposal is right, and bytes decide."""
    shared = random_bytes(300 * KIB)
    files = [random_bytes(700 * KIB, seed) for seed in range(4)] + [shared, shared + b"more"]
    check(files, digest=weak)


def test_a_weakened_hash_that_nothing_checks_would_be_seen() -> None:
    """The test above tests something: of a stream, whose bytes are gone, the digest decides alone."""
    files = [random_bytes(700 * KIB, seed) for seed in range(4)]
    streams = [replace(content, size=None) for content in contents_of(files)]
    _, stored, _ = pack(streams, digest=weak)
    assert [stored[number] for number in range(4)] != files
    _, stored, _ = pack(streams)
    assert [stored[number] for number in range(4)] == files


def test_a_file_that_changed_since_is_not_referred_to() -> None:
    part = random_bytes(100 * KIB)
    versions = iter([part, random_bytes(100 * KIB, 1), part])
    contents = contents_of([part, part])
    contents[0] = replace(contents[0], open=lambda: io.BytesIO(next(versions)))
    _, stored, packed_bytes = pack(contents)
    assert stored == {0: part, 1: part}
    assert packed_bytes == 2 * len(part)


def test_a_file_that_is_gone_is_not_referred_to() -> None:
    part = random_bytes(100 * KIB)
    opened = iter([io.BytesIO(part)])

    def once() -> io.BytesIO:
        try:
            return next(opened)
        except StopIteration:
            raise FileNotFoundError(2, "No such file") from None

    contents = contents_of([part, part])
    contents[0] = replace(contents[0], open=once)
    assert pack(contents)[1] == {0: part, 1: part}


def test_members_of_tars_are_found_in_other_tars() -> None:
    tars = [a_tar(), a_tar(mtime=1_000_000_000)]
    packer, stored, packed_bytes = pack(contents_of(tars, filter=Filter.TAR))
    assert all(packer.files[number].filter == Filter.TAR for number in range(2))
    assert packed_bytes < 1.5 * len(stored[0])


@pytest.mark.parametrize("digest_of", [lambda data: blake3(data).digest(), lambda data: bytes(32)])
def test_copies_are_packed_once_if_they_are_what_they_were(digest_of: Callable[[bytes], bytes]) -> None:
    data = random_bytes(50_000)
    first, *copies = contents_of([data, data, data])
    content = replace(first, digest=digest_of(data), copies=tuple(copies))
    packer, stored, _ = pack([content])
    assert stored == {0: data, 1: data, 2: data}
    is_right = content.digest == blake3(data).digest()
    assert (packer.files[1] is packer.files[0]) == is_right


def test_copies_of_a_file_that_cannot_be_read_are_packed() -> None:
    def refuse() -> io.BytesIO:
        raise PermissionError(13, "Permission denied")

    data = random_bytes(5000)
    first, *copies = contents_of([data, data])
    content = replace(first, open=refuse, digest=blake3(data).digest(), copies=tuple(copies))
    packer, stored, _ = pack([content])
    assert list(packer.failed) == [0]
    assert stored == {1: data}
