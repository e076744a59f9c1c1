"""Words apart, and what was last counted from a control character."""

import numpy as np
import pytest

from kompakt.model.contexts import update_control, update_words
from kompakt.model.registers import REGISTERS, R
from kompakt.model.tables import tables
from kompakt.model.words import u32
from tests.model.calling import called


def registers_after(data: bytes) -> np.ndarray:
    """Return the registers of words and of control characters behind `data`."""
    registers = np.zeros(REGISTERS, np.uint32)
    for c in data:
        called(update_words)(registers, u32(c), u32(tables().character[c]))
        called(update_control)(registers, u32(c))
    return registers


def test_the_word_before_the_last_is_remembered():
    one, other = registers_after(b"one two three "), registers_after(b"two one four ")
    assert one[R.WORD_BEFORE] == registers_after(b"two ")[R.LAST_WORD]
    assert other[R.WORD_BEFORE] == registers_after(b"one ")[R.LAST_WORD]
    assert one[R.WORD_BEFORE] != other[R.WORD_BEFORE]


@pytest.mark.parametrize(
    ("data", "control", "distance"),
    [
        (b"", 0, 0),
        (b"abc", 0, 3),
        (b"\x05", 5, 0),
        (b"\x05abc", 5, 3),
        (b"\n\x1f ", 31, 1),
        (b"\x01" + b"x" * 300, 1, 255),
    ],
)
def test_bytes_are_counted_from_the_last_control_character(data, control, distance):
    assert registers_after(data)[R.CONTROL] == control << 8 | distance
