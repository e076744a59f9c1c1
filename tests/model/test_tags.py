"""TAG names the innermost open element and the place in it."""

import numpy as np
import pytest

from kompakt.model.registers import REGISTERS, R
from kompakt.model.spec import SPECS
from kompakt.model.tags import TAG_LEVELS, update_tags
from kompakt.model.words import u32
from tests.model.calling import called


def tag_after(markup: bytes) -> int:
    """Return TAG behind `markup`."""
    stack, registers = np.zeros(TAG_LEVELS, np.uint32), np.zeros(REGISTERS, np.uint32)
    before = 0
    for c in markup:
        called(update_tags)(stack, registers, u32(c), u32(before))
        before = c
    return int(registers[R.TAG])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"<a>", b"<b><a>text"),
        (b"<a href='x'>", b"<a>"),
        (b"<a><b>1</b>", b"<a><b>2</b> and <c/>"),
        (b"<a><b>", b"<a><i>x</i><b>"),
        (b"<a><b/>", b"<a><b></b>"),
        (b"<?xml version='1.0'?>\n", b"<!-- a comment -->"),
    ],
)
def test_the_same_place_has_the_same_tag(one, other):
    assert tag_after(one) == tag_after(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"<a>", b"<b>"), (b"<a>", b"<a><b></b>"), (b"<a></", b"<a>"), (b"<a><b></b>", b"<c><b></b>")],
)
def test_other_places_have_other_tags(one, other):
    assert tag_after(one) != tag_after(other)


def test_end_tags_without_start_tags_do_no_harm():
    assert tag_after(b"</a>" * 40 + b"<b>") == tag_after(b"<b>")
    assert tag_after(b"<a>" * 1000 + b"<b>") == tag_after(b"<b>")


def test_only_the_highest_level_follows_tags():
    assert [spec.level for spec in SPECS.values() if spec.with_tags] == [9]
