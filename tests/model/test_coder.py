"""The coder's interval stays an interval, whatever the probability."""

from hypothesis import given
from hypothesis import strategies as st

from kompakt.model.coder import split
from kompakt.model.words import u32

words = st.integers(0, 2**32 - 1)


@given(words, words, st.integers(1, 65535))
def test_split_leaves_room_for_both_bits(a, b, p16):
    low, high = sorted((a, b))
    if low == high:
        return
    middle = int(split.py_func(u32(low), u32(high), u32(p16)))
    assert low <= middle < high


@given(words, words, st.integers(1, 65535))
def test_split_is_proportional_to_the_probability(a, b, p16):
    low, high = sorted((a, b))
    middle = int(split.py_func(u32(low), u32(high), u32(p16)))
    assert abs(middle - low - (high - low) * p16 / 65536) <= 2
