"""Shannon, Shannon-Fano and Huffman: lengths against their definitions, sizes against the entropy."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.entropy import huffman_tree_bits
from kompakt.classic import huffman, prefix_code, shannon, shannon_fano
from kompakt.classic.errors import StreamError
from kompakt.classic.frequencies import histogram, normalised
from kompakt.classic.huffman import huffman_lengths
from kompakt.classic.prefix_code import MAX_LENGTH
from kompakt.classic.shannon import shannon_lengths
from kompakt.classic.shannon_fano import shannon_fano_lengths
from tests.classic.codecs import array, entropy_bits, skewed
from tests.inputs import text

SKEWED = {ratio: skewed(200_000, ratio=ratio) for ratio in (0.5, 0.8, 0.97, 1.0)}
HEADER_BITS = 8 * 200
counts_of = st.lists(st.integers(0, 2**20), min_size=256, max_size=256).filter(any).map(np.array)
few_counts = st.lists(st.integers(1, 2**30), min_size=1, max_size=40).map(
    lambda counts: np.array(counts + [0] * (256 - len(counts)))
)


def kraft(lengths: np.ndarray) -> float:
    return float(sum(2.0 ** -int(length) for length in lengths if length))


@settings(deadline=None)
@given(counts_of | few_counts)
@pytest.mark.parametrize("lengths_of", (huffman_lengths, shannon_lengths, shannon_fano_lengths))
def test_lengths_make_a_prefix_code_within_the_limit(lengths_of, counts):
    lengths = lengths_of(counts)
    assert ((lengths > 0) == (counts > 0)).all()
    assert lengths.max() <= MAX_LENGTH
    assert kraft(lengths) <= 1


@settings(deadline=None)
@given(counts_of | few_counts)
def test_huffman_is_the_shortest_and_its_words_fill_the_code_space(counts):
    lengths = huffman_lengths(counts)
    cost = int((counts * lengths).sum())
    if np.count_nonzero(counts) > 1:
        assert kraft(lengths) == 1
    assert cost <= (counts * shannon_fano_lengths(counts)).sum()
    assert cost <= (counts * shannon_lengths(counts)).sum()
    if lengths.max() < MAX_LENGTH and np.count_nonzero(counts) > 1:
        assert cost == huffman_tree_bits(counts)


def test_the_limit_binds_on_fibonacci_counts():
    counts = np.zeros(256, np.int64)
    counts[:24] = [1, 1] + [0] * 22
    for symbol in range(2, 24):
        counts[symbol] = counts[symbol - 1] + counts[symbol - 2]
    lengths = huffman_lengths(counts)
    assert lengths.max() == MAX_LENGTH
    assert kraft(lengths) == 1
    assert huffman_tree_bits(counts) < (counts * lengths).sum() < 1.001 * huffman_tree_bits(counts)


@settings(deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=6))
def test_package_merge_finds_what_trying_all_lengths_finds(weights):
    weights = sorted(weights)
    limit = 3
    best = min(
        sum(w * n for w, n in zip(weights, lengths, strict=True))
        for lengths in product(range(1, limit + 1), repeat=len(weights))
        if sum(2.0**-n for n in lengths) <= 1
    )
    lengths = huffman._package_merge(np.array(weights, np.int64), limit)
    assert int((np.array(weights) * lengths).sum()) == best


@settings(deadline=None)
@given(counts_of)
def test_shannon_lengths_are_the_rounded_up_information(counts):
    frequencies = normalised(counts, MAX_LENGTH).astype(float)
    for symbol in np.flatnonzero(counts):
        information = MAX_LENGTH - np.log2(frequencies[symbol])
        assert shannon_lengths(counts)[symbol] == max(1, np.ceil(information))
        break


@settings(deadline=None)
@given(counts_of | few_counts, st.integers(12, 14))
def test_normalised_frequencies_sum_to_their_scale_and_keep_every_symbol(counts, bits):
    frequencies = normalised(counts, bits)
    assert frequencies.sum() == 1 << bits
    assert ((frequencies > 0) == (counts > 0)).all()


def test_fano_cuts_his_own_example():
    """Counts 15 7 6 6 5: Fano's code takes 89 bits where Huffman's takes 87."""
    counts = np.zeros(256, np.int64)
    counts[:5] = 15, 7, 6, 6, 5
    assert shannon_fano_lengths(counts)[:5].tolist() == [2, 2, 2, 3, 3]
    assert huffman_lengths(counts)[:5].tolist() == [1, 3, 3, 3, 3]


@pytest.mark.parametrize("ratio", SKEWED)
def test_huffman_stays_within_a_twelfth_of_a_bit_of_the_entropy(ratio):
    data = SKEWED[ratio]
    assert 8 * huffman.encode(data).size <= entropy_bits(data) + data.size / 12 + HEADER_BITS


def test_huffman_codes_dyadic_probabilities_exactly():
    data = np.repeat(np.arange(8, dtype=np.uint8), 2 ** np.arange(8, 0, -1))
    assert 8 * huffman.encode(data).size <= entropy_bits(data) + 0.02 * data.size + HEADER_BITS


@pytest.mark.parametrize("ratio", SKEWED)
def test_shannon_fano_and_shannon_are_no_smaller_than_huffman(ratio):
    data = SKEWED[ratio]
    best = huffman.encode(data).size
    assert shannon_fano.encode(data).size >= best - 200
    assert shannon.encode(data).size >= best - 200
    assert 8 * shannon.encode(data).size <= entropy_bits(data) + data.size + HEADER_BITS


def test_lengths_pack_into_a_short_header():
    data = array(text(5000))
    assert (
        prefix_code.encode(data, huffman_lengths(histogram(data))).size < entropy_bits(data) / 8 * 1.02 + 50
    )


@pytest.mark.parametrize(
    "header", (b"", b"\x11\x11" + bytes(40), b"\x00" * 3), ids=("none", "too many", "short")
)
def test_lengths_that_make_no_code_are_refused(header):
    with pytest.raises(StreamError):
        huffman.decode(array(header), 10)
