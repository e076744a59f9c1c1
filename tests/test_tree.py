"""Which blocks a planner makes of pieces."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from kompakt.archive.block_header import Parent
from kompakt.contents import Group
from kompakt.model.spec import spec_for_level
from kompakt.models.none import NoModels
from kompakt.pack import Part, Piece
from kompakt.tree import PlannedBlock, TreePlanner, block_bytes_of, child_bits_of
from tests.inputs import random_bytes, text

SPEC = spec_for_level(5)
KIB, MIB = 1 << 10, 1 << 20


def pieces(count: int, size: int = 100, group: int = 0) -> list[Piece]:
    return [
        Piece(
            Group(group, size), (Part(0, number * size, size),), size, np.full(size, number % 251, np.uint8)
        )
        for number in range(count)
    ]


def planned(given: Sequence[Piece], grows: bool = True) -> tuple[list[PlannedBlock], dict[int, list[Piece]]]:
    places: dict[int, list[Piece]] = {}
    planner = TreePlanner(
        SPEC, lambda placed, number: places.update({number: list(placed)}), NoModels(), grows
    )
    blocks = list(planner.blocks(iter(given)))
    assert [block.number for block in blocks] == list(range(len(blocks)))
    return blocks, places


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 8, 16, 37, 200])
@pytest.mark.parametrize("grows", [True, False])
def test_every_piece_lies_in_one_block(count: int, grows: bool) -> None:
    given = pieces(count)
    blocks, places = planned(given, grows)
    placed = [piece for number in sorted(places) for piece in places[number]]
    assert sorted(piece.parts[0].offset for piece in placed) == [100 * n for n in range(count)]
    for block in blocks:
        assert block.data.tobytes() == b"".join(piece.data.tobytes() for piece in places[block.number])


def test_generations_double_until_half_is_known() -> None:
    blocks, places = planned(pieces(64))
    generations: dict[Parent | None, int] = {}
    for block in blocks:
        generations[block.heir] = generations.get(block.heir, 0) + len(places[block.number])
    assert list(generations.values()) == [8, 8, 16, 32]
    assert len(places[0]) == 8  # the root is one block
    parents = [block.parent for block in blocks]
    assert parents[0] == Parent.none()
    heirs = [heir for heir in generations if heir is not None]
    assert list(dict.fromkeys(parents[1:])) == heirs


def test_parents_lie_before_their_children() -> None:
    blocks, _ = planned(pieces(100))
    for block in blocks:
        assert block.parent.blocks.stop <= block.number or not block.parent.blocks


def test_generations_are_taken_from_all_over_the_window() -> None:
    _, places = planned(pieces(64))
    offsets = sorted(piece.parts[0].offset for piece in places[0])
    assert max(b - a for a, b in pairwise(offsets)) <= 1000
    assert offsets[0] < 1000 and offsets[-1] > 5000


def test_few_pieces_and_independent_ones_start_from_nothing() -> None:
    for blocks, _ in (planned(pieces(3)), planned(pieces(50), grows=False)):
        assert {block.parent for block in blocks} == {Parent.none()}
        assert {block.heir for block in blocks} == {None}


def test_groups_share_no_parents() -> None:
    blocks, _ = planned([*pieces(20, group=1), *pieces(20, group=2)])
    first = [block for block in blocks if block.window == blocks[0].window]
    for block in blocks[len(first) :]:
        assert not block.parent.blocks or block.parent.first >= len(first)


def test_random_pieces_and_runs_are_no_parents() -> None:
    noise = np.frombuffer(random_bytes(1 << 17), np.uint8)
    group = Group(0, 1 << 17)
    given: list[Piece] = []
    for number in range(8):
        words = np.frombuffer(text(1 << 17, number), np.uint8)
        given.append(Piece(group, (Part(0, 0, 1 << 17),), 1 << 17, words))
        given.append(Piece(group, (Part(1, 0, 1 << 17),), 1 << 17, noise, is_random=True))
        given.append(Piece(group, (Part(2, 0, 99),), 99, fill=7))
    blocks, _ = planned(given)
    assert sum(block.is_random for block in blocks) == 8
    assert all(block.heir is None for block in blocks if block.is_random or block.data is None)


@pytest.mark.parametrize(
    ("level", "group_bytes", "batch_bytes", "wanted"),
    [
        (5, 1000, 1000, MIB),
        (5, 3 * MIB, 3 * MIB, 3 * MIB),
        (5, 10 * MIB, 100 * MIB, MIB),
        (5, 511 * MIB, 511 * MIB, MIB),
        (5, 60 * MIB, 600 * MIB, 512 * KIB),
        (5, 60 * MIB, 4096 * MIB, 2 * MIB),
        (5, 60 * MIB, 1 << 40, 4 * MIB),
        (5, None, None, MIB),
        (1, 10 * MIB, 100 * MIB, 4 * MIB),
        (1, None, None, 4 * MIB),
        (1, 60 * MIB, 600 * MIB, 512 * KIB),
        (9, 60 * MIB, 60 * MIB, 60 * MIB),
        (9, 60 * MIB, 600 * MIB, 60 * MIB),
        (9, 511 * MIB, 511 * MIB, 16 * MIB),
        (9, None, None, 16 * MIB),
    ],
)
def test_block_sizes_of_small_groups_follow_the_batch(
    level: int, group_bytes, batch_bytes, wanted: int
) -> None:
    assert block_bytes_of(level, group_bytes, batch_bytes) == wanted


@pytest.mark.parametrize(
    ("batch_bytes", "fast", "usual"),
    [
        (512 * MIB, 256 * KIB, 256 * KIB),
        (1 << 30, 256 * KIB, 256 * KIB),
        (2 << 30, 512 * KIB, 512 * KIB),
        (8 << 30, 2 * MIB, MIB),
        (16 << 30, 4 * MIB, MIB),
        (1 << 40, 4 * MIB, MIB),
    ],
)
def test_large_groups_of_large_batches_are_cut_small(batch_bytes: int, fast: int, usual: int) -> None:
    for group_bytes in (64 * MIB, batch_bytes):
        for level in (1, 3):
            assert block_bytes_of(level, group_bytes, batch_bytes) == fast
        for level in (4, 5, 8):
            assert block_bytes_of(level, group_bytes, batch_bytes) == usual
        assert block_bytes_of(9, group_bytes, batch_bytes) == 16 * MIB


def test_children_of_large_groups_of_large_batches_have_small_tables() -> None:
    assert [child_bits_of(level, 64 * MIB, 1 << 30) for level in (3, 4, 9)] == [18, 15, None]
    assert child_bits_of(5, 63 * MIB, 1 << 30) is None
    assert child_bits_of(5, 64 * MIB, 511 * MIB) is None
    given = [replace(piece, group=Group(0, MIB, child_bits=15)) for piece in _of_sizes([MIB] * 8)]
    blocks, _ = planned(given)
    assert {block.own_bits for block in blocks if block.parent.blocks} == {15}


@pytest.mark.parametrize(
    ("level", "batch_bytes", "wanted"),
    [(3, 600 * MIB, 512 * KIB), (3, 16 << 30, 4 * MIB), (9, 1 << 30, 16 * MIB)],
)
def test_large_groups_whose_blocks_start_from_no_others_are_cut_larger(
    level: int, batch_bytes: int, wanted: int
) -> None:
    assert block_bytes_of(level, batch_bytes, batch_bytes, grows=False) == wanted


def test_a_rest_that_stays_with_its_piece_has_the_tables_of_the_other_children() -> None:
    blocks, _ = planned(_of_sizes([MIB] * 15 + [MIB + 200 * KIB]))
    assert {block.own_bits for block in blocks if block.parent.blocks} == {SPEC.table_bits_for(MIB)}
    assert SPEC.table_bits_for(MIB + 200 * KIB) > SPEC.table_bits_for(MIB)
    assert {block.own_bits for block in blocks if not block.parent.blocks} == {None}


def _of_sizes(sizes: Sequence[int]) -> list[Piece]:
    words = np.frombuffer(text(max(sizes)), np.uint8)
    group = Group(0, min(sizes))
    return [Piece(group, (Part(0, 0, size),), size, words[:size]) for size in sizes]
