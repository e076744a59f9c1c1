import random

import numpy as np
import pytest

from kompakt.versions.matching import WINDOW_BYTES, common_parts
from tests.inputs import random_bytes, text


def check_parts(earlier: bytes, new: bytes) -> int:
    """Check that what is said to be common is, in order and without overlap, and return how much that is."""
    parts = common_parts(np.frombuffer(earlier, np.uint8), np.frombuffer(new, np.uint8))
    done = 0
    for place, earlier_place, length in parts:
        assert place >= done and length >= WINDOW_BYTES and earlier_place >= 0
        assert new[place : place + length] == earlier[earlier_place : earlier_place + length]
        assert len(new[place : place + length]) == length
        done = place + length
    return sum(part.length for part in parts)


@pytest.mark.parametrize("earlier", [b"", b"x", text(20), text(5000), bytes(9000), random_bytes(4000)])
@pytest.mark.parametrize("new", [b"", b"y", text(31), text(5000, 1), bytes(7000), random_bytes(4000, 1)])
def test_any_two_arrays_are_compared(earlier: bytes, new: bytes) -> None:
    check_parts(earlier, new)
    assert check_parts(new, new) == (len(new) if len(new) >= WINDOW_BYTES else 0)


def test_a_few_edits_are_all_that_is_new() -> None:
    source = random.Random(3)
    earlier = random_bytes(200_000)
    new = bytearray(earlier)
    for _ in range(20):
        place = source.randrange(len(new))
        new[place : place + source.randrange(30)] = source.randbytes(source.randrange(60))
    assert check_parts(earlier, bytes(new)) > len(new) - 20 * (60 + WINDOW_BYTES)


def test_what_was_moved_is_found() -> None:
    pieces = [random_bytes(10_000, seed) for seed in range(6)]
    new = b"".join(pieces[number] for number in (3, 0, 5, 1, 4, 2))
    assert check_parts(b"".join(pieces), new) == len(new)


def test_a_short_match_in_repetitive_text_does_not_hide_the_long_one() -> None:
    line = b"the same line again and again and again\n"
    earlier = line * 1000 + text(20_000) + line * 1000
    new = line * 3 + earlier[:50_000] + b"new" + earlier[50_000:]
    assert check_parts(earlier, new) > len(new) - 3000


def test_equal_bytes_everywhere_are_found() -> None:
    earlier = bytes(1_000_000) + b"a" + bytes(500_000)
    assert check_parts(earlier, bytes(700_000) + b"b" + bytes(900_000)) > 1_500_000
