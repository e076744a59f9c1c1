import io
from collections.abc import Sequence

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from kompakt.archive.layout import CONTENT_HASH_BYTES
from kompakt.contents import Content, Group
from kompakt.pack import Packer, Piece
from kompakt.runs import RUN_BYTES, split_runs
from tests.inputs import random_bytes


def pack(
    files: Sequence[bytes], block_bytes: int, *, one_segment: bool = False, max_block_bytes: int = 1 << 30
) -> list[Piece]:
    """Pack `files` and check that the blocks hold them; each is a segment of its own unless `one_segment`."""
    packer = Packer(max_block_bytes)
    group = Group(0, block_bytes)
    contents = [
        Content(
            number, lambda data=data: io.BytesIO(data), group, starts_segment=number == 0 or not one_segment
        )
        for number, data in enumerate(files)
    ]
    blocks = list(packer.pieces(contents))
    for number, piece in enumerate(blocks):
        packer.place([piece], number)
    raw = [bytes([block.fill]) * block.raw_bytes if block.data is None else block.data for block in blocks]
    for number, data in enumerate(files):
        packed = packer.files[number]
        pieces = [bytes(raw[block][offset : offset + length]) for block, offset, length in packed.extents]
        assert b"".join(pieces) == data
        assert packed.size == len(data)
        assert packed.content_hash == blake3(data).digest(CONTENT_HASH_BYTES)
    return blocks


def sizes(blocks: Sequence[Piece]) -> list[int]:
    return [block.raw_bytes for block in blocks]


def test_nothing_makes_no_blocks() -> None:
    assert pack([], 100) == []
    assert pack([b"", b""], 100) == []


@pytest.mark.parametrize(
    ("file_bytes", "block_sizes"),
    [
        (99, [99]),
        (100, [100]),
        (125, [125]),
        (126, [100, 26]),
        (325, [100, 100, 125]),
        (300, [100, 100, 100]),
    ],
)
def test_a_large_file_is_cut_and_a_short_rest_stays_with_the_last_block(
    file_bytes: int, block_sizes: list[int]
) -> None:
    assert sizes(pack([random_bytes(file_bytes)], 100)) == block_sizes


def test_no_block_is_larger_than_allowed() -> None:
    assert sizes(pack([random_bytes(210)], 100, max_block_bytes=100)) == [100, 100, 10]
    assert sizes(pack([random_bytes(210)], 1000, max_block_bytes=100)) == [100, 100, 10]


def test_small_files_share_blocks_and_segments_do_not() -> None:
    files = [random_bytes(30, seed) for seed in range(10)]
    assert sizes(pack(files, 100, one_segment=True)) == [100, 100, 100]
    assert sizes(pack(files, 100)) == [30] * 10


def test_runs_become_fill_blocks_and_what_is_around_them_one_block() -> None:
    data = b"a" * 10 + bytes(3 * RUN_BYTES) + b"b" * 10
    blocks = pack([data], 1 << 20)
    assert [(block.raw_bytes, block.data is None) for block in blocks] == [
        (2 * RUN_BYTES, True),
        (RUN_BYTES + 20, False),
    ]


def test_neighbouring_runs_of_one_byte_merge_across_files() -> None:
    blocks = pack([bytes(5 * RUN_BYTES), bytes(RUN_BYTES), b"\1" * RUN_BYTES], 1 << 20)
    assert [(block.raw_bytes, block.fill) for block in blocks] == [(6 * RUN_BYTES, 0), (RUN_BYTES, 1)]


def test_a_run_is_one_byte_and_not_one_word() -> None:
    words = b"\0\0\0\0\0\0\0\1" * (RUN_BYTES // 8)
    page = bytes(4096)
    speckled = page + b"\1" + page[1:] + page * 14
    for data in (words, speckled):
        assert list(split_runs(np.frombuffer(data, np.uint8))) == [(0, RUN_BYTES, False)]


def test_a_file_that_cannot_be_opened_leaves_the_others_alone() -> None:
    def refuse() -> io.BytesIO:
        raise PermissionError(13, "Permission denied")

    packer = Packer(100)
    group = Group(0, 100)
    (block,) = packer.pieces([Content(0, refuse, group), Content(1, lambda: io.BytesIO(b"data"), group)])
    assert bytes(block.data) == b"data"
    assert list(packer.failed) == [0]
    assert list(packer.files) == [1]


def test_a_file_that_fails_midway_leaves_the_others_alone() -> None:
    class Failing(io.BytesIO):
        def readinto(self, buffer: memoryview) -> int:
            if self.tell() > 0:
                raise OSError(5, "Input/output error")
            return super().readinto(buffer[:150])

    packer = Packer(1000)
    group = Group(0, 100)
    contents = [
        Content(0, lambda: Failing(random_bytes(1000)), group),
        Content(1, lambda: io.BytesIO(b"data"), group, starts_segment=False),
    ]
    blocks = list(packer.pieces(contents))
    for number, piece in enumerate(blocks):
        packer.place([piece], number)
    assert list(packer.failed) == [0]
    ((block, offset, length),) = packer.files[1].extents
    assert bytes(blocks[block].data[offset : offset + length]) == b"data"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from([0, 1, 255, None]), st.sampled_from([1, 100, RUN_BYTES, 2 * RUN_BYTES])
            ),
            max_size=4,
        ),
        max_size=4,
    ),
    st.sampled_from([1000, 50_000, 1 << 20]),
    st.booleans(),
)
def test_every_mixture_of_runs_and_data_is_packed_whole(
    recipe: list[list[tuple[int | None, int]]], block_bytes: int, one_segment: bool
) -> None:
    files = [
        b"".join(random_bytes(size) if byte is None else bytes([byte]) * size for byte, size in parts)
        for parts in recipe
    ]
    pack(files, block_bytes, one_segment=one_segment)
