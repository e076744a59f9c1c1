"""Adaptive codes against the ideal length of their own probabilities, and against another range coder."""

import numpy as np
import pytest

from kompakt.classic import orders
from kompakt.classic.compiling import compiled
from kompakt.classic.orders import ORDER_0, ORDER_1, ORDER_2
from kompakt.classic.range_coder import AHEAD_WORDS, FULL_RANGE, decode_bit, encode_bit, finish, start
from tests.classic.codecs import array, entropy_bits, skewed
from tests.inputs import text

MIB = 1 << 20


@compiled
def _coded(bits, p16, words):
    low = np.uint64(0)
    span = FULL_RANGE
    at = np.uint64(0)
    for i in range(bits.size):
        low, span, at = encode_bit(low, span, words, at, bits[i], np.uint64(p16[i]))
    return finish(low, words, at)


@compiled
def _decoded(words, p16, bits):
    code = start(words)
    span = FULL_RANGE
    at = np.uint64(AHEAD_WORDS)
    last = np.uint64(words.size - 1)
    for i in range(bits.size):
        bits[i], code, span, at = decode_bit(code, span, words, at, last, np.uint64(p16[i]))
    return at


def decisions(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bits, uint8, and the probabilities, uint16, that they were drawn with: many near 0 and 1."""
    source = np.random.default_rng(seed)
    p16 = np.clip(source.beta(0.1, 0.1, size) * 65536, 1, 65535).astype(np.uint16)
    return (source.random(size) < p16 / 65536).astype(np.uint8), p16


@pytest.mark.parametrize("seed", range(5))
def test_bits_come_back_at_their_ideal_length(seed):
    bits, p16 = decisions(200_000, seed)
    words = np.zeros(bits.size, np.uint16)
    used = int(_coded(bits, p16, words))
    back = np.zeros_like(bits)
    assert _decoded(np.append(words[:used], [0] * AHEAD_WORDS).astype(np.uint16), p16, back) == used + 2
    assert (back == bits).all()
    ideal_bits = -np.log2(np.where(bits, p16, 65536 - p16.astype(float)) / 65536).sum()
    assert ideal_bits <= 16 * used <= 1.0001 * ideal_bits + 32


def test_a_carry_runs_through_words_of_ones():
    """Zeros of probability 1 - 2**-16 push `low` up to the edge; ones then decide on which side it stays."""
    p16 = np.full(400, 65535, np.uint16)
    for ones in range(0, 400, 7):
        bits = np.zeros(400, np.uint8)
        bits[: ones % 40] = 1
        bits[ones:] = 1
        words = np.zeros(800, np.uint16)
        used = int(_coded(bits, p16, words))
        back = np.zeros_like(bits)
        _decoded(np.append(words[:used], [0] * AHEAD_WORDS).astype(np.uint16), p16, back)
        assert (back == bits).all()


def test_the_size_is_that_of_another_range_coder_with_the_same_model():
    constriction = pytest.importorskip("constriction", reason="constriction is not installed")
    bits, p16 = decisions(100_000, seed=9)
    words = np.zeros(bits.size, np.uint16)
    own_bytes = 2 * int(_coded(bits, p16, words))
    encoder = constriction.stream.queue.RangeEncoder()
    family = constriction.stream.model.Bernoulli(perfect=False)
    encoder.encode(bits.astype(np.int32), family, (p16 / 65536).astype(np.float32))
    assert abs(own_bytes - 4 * encoder.get_compressed().size) <= 0.0005 * own_bytes + 16


@pytest.mark.parametrize("ratio", (0.3, 0.8, 0.97))
def test_order_0_learns_the_entropy(ratio):
    data = skewed(MIB, ratio=ratio)
    assert 8 * ORDER_0.encode(data).size <= 1.02 * entropy_bits(data)


def test_higher_orders_are_smaller_on_text():
    data = array(text(200_000))
    sizes = [codec.encode(data).size for codec in (ORDER_0, ORDER_1, ORDER_2)]
    assert sizes[0] > 1.2 * sizes[1] > 1.2 * 1.2 * sizes[2]


def test_order_1_predicts_what_always_follows():
    data = np.tile(np.arange(256, dtype=np.uint8), 400)
    assert ORDER_0.encode(data).size > data.size * 0.95
    assert ORDER_1.encode(data).size < data.size * 0.05


def test_a_stream_that_needs_more_room_than_is_likely_gets_it(monkeypatch):
    data = array(text(3000))
    expected = ORDER_1.encode(data).tobytes()
    monkeypatch.setattr(orders, "_likely_words", lambda raw_bytes: 10)
    assert ORDER_1.encode(data).tobytes() == expected


def test_a_counter_stays_a_probability():
    rates = orders.rates()
    for bit in (0, 1):
        counter = np.uint32(0)
        for _ in range(5000):
            counter = np.uint32(orders.updated.py_func(counter, bit, rates))
            assert 1 <= orders.p16_of.py_func(counter) <= 65535
        assert (orders.p16_of.py_func(counter) > 65000) == bool(bit)
