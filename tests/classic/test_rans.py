"""rANS against the entropy, its division without division, and its frequencies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompakt.classic import rans
from kompakt.classic.errors import StreamError
from kompakt.classic.frequencies import histogram, normalised
from tests.classic.codecs import array, entropy_bits, skewed
from tests.inputs import random_bytes, text

MIB = 1 << 20


def frequencies_bytes(data: np.ndarray) -> int:
    return len(rans.packed_frequencies(rans.BITS_MAX, normalised(histogram(data), rans.BITS_MAX)))


@pytest.mark.parametrize(
    "data",
    (
        skewed(MIB, ratio=0.8),
        skewed(MIB, ratio=0.97),
        skewed(MIB, ratio=0.3),
        array(text(MIB)),
        array(random_bytes(MIB)),
    ),
    ids=("0.8", "0.97", "0.3", "text", "random"),
)
def test_a_mebibyte_is_within_a_thousandth_of_its_entropy(data):
    coded_bits = 8 * (rans.encode(data).size - frequencies_bytes(data))
    assert coded_bits <= 1.001 * entropy_bits(data)


def test_one_value_costs_nothing_but_the_header():
    assert rans.encode(np.full(MIB, 61, np.uint8)).size < 30


@settings(deadline=None)
@given(st.integers(1, 1 << rans.BITS_MAX), st.integers(0, 2**32 - 1))
def test_the_reciprocal_divides_exactly(divisor, number):
    factor, addend, shift = rans.reciprocal(divisor)
    assert max(factor, addend) < 2**32
    for x in (number, number // divisor * divisor, max(0, number // divisor * divisor - 1), 2**32 - 1):
        assert (x * factor + addend) >> shift == x // divisor


def test_the_size_is_that_of_another_ans_coder_with_the_same_model():
    constriction = pytest.importorskip("constriction", reason="constriction is not installed")
    data = skewed(200_000, ratio=0.9)
    frequencies = normalised(histogram(data), rans.BITS_MAX)
    used = np.flatnonzero(frequencies)
    numbers = np.searchsorted(used, data).astype(np.int32)
    model = constriction.stream.model.Categorical(
        (frequencies[used] / (1 << rans.BITS_MAX)).astype(np.float32), perfect=False
    )
    coder = constriction.stream.stack.AnsCoder()
    coder.encode_reverse(numbers, model)
    own = rans.encode(data).size - frequencies_bytes(data)
    assert abs(own - 4 * coder.get_compressed().size) <= 0.0002 * own + 16


def test_frequencies_that_miss_their_scale_are_refused():
    stream = rans.encode(array(text(1000)))
    stream[1] ^= 1
    with pytest.raises(StreamError, match="frequencies"):
        rans.decode(stream, 1000)
