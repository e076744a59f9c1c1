"""Suffix arrays against sorting, the transform against its definition, ranks against theirs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompakt.classic import bwt, mtf
from kompakt.classic.errors import StreamError
from kompakt.classic.suffix_array import suffix_array
from tests.classic.codecs import array
from tests.inputs import text

few_symbols = st.lists(st.integers(0, 2), min_size=1, max_size=200).map(bytes)
repeats = st.tuples(st.binary(min_size=1, max_size=8), st.integers(1, 40)).map(lambda pair: pair[0] * pair[1])


def fibonacci_word(steps: int) -> bytes:
    """Return a text on which the recursion of induced sorting goes deepest."""
    shorter, longer = b"b", b"a"
    for _ in range(steps):
        shorter, longer = longer, longer + shorter
    return longer


@settings(deadline=None)
@given(few_symbols | repeats | st.binary(min_size=1, max_size=300))
def test_a_suffix_array_is_what_sorting_gives(data):
    assert suffix_array(array(data)).tolist() == sorted(range(len(data)), key=lambda begin: data[begin:])


def test_deep_recursion_sorts_too():
    data = fibonacci_word(16)
    assert suffix_array(array(data)).tolist() == sorted(range(len(data)), key=lambda begin: data[begin:])


def test_a_large_suffix_array_is_in_order():
    data = text(1 << 18) + bytes(1 << 16)
    order = suffix_array(array(data))
    assert (np.sort(order) == np.arange(len(data))).all()
    for k in range(0, len(data) - 1, 997):
        assert data[order[k] :] < data[order[k + 1] :]


def test_the_text_is_that_of_the_paper():
    """In the order of the suffixes of abraca; the whole, row 2, has no byte before it."""
    rows, transformed = bwt.split(array(b"abraca"))
    assert transformed.tobytes() == b"acraab"
    assert rows.view("<u4").tolist() == [2]


def test_rows_that_lead_elsewhere_are_refused():
    data = text(6000)
    rows, transformed = bwt.split(array(data))
    numbers = rows.view("<u4").copy()
    for wrong in (0, len(data) + 1, int(numbers[3]) % 6000 + 1):
        changed = numbers.copy()
        changed[3] = wrong
        with pytest.raises(StreamError):
            bwt.join([changed.view(np.uint8), transformed], len(data))


def test_large_blocks_use_wide_steps(monkeypatch):
    data = text(5000)
    monkeypatch.setattr(bwt, "_SMALL_ROWS", 100)
    assert bwt.decode(bwt.encode(array(data)), 5000).tobytes() == data


def test_ranks_are_those_of_the_definition():
    assert mtf.encode(array(bytes([3, 3, 3, 0, 3]))).tolist() == [4, 1, 2, 2]
    assert mtf.encode(array(bytes([0] * 6))).tolist() == [1, 1]
    assert mtf.encode(array(b"\xfe\xff\xff")).tolist() == [255, 0, 255, 1, 0]


@pytest.mark.parametrize(
    "ranks",
    ([], [1] * 70, [255], [255, 2], [2, 2, 2, 2, 2], [2], [0, 0, 1, 0]),
    ids=lambda ranks: str(len(ranks)),
)
def test_ranks_that_do_not_fill_the_block_are_refused(ranks):
    with pytest.raises(StreamError):
        mtf.decode(np.array(ranks, np.uint8), 4)
