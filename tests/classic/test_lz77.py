"""LZ77: matches near, far and old, and streams that reach out of the block."""

import numpy as np
import pytest

from kompakt.classic import lz77
from kompakt.classic.errors import StreamError
from kompakt.classic.lz77_matches import MIN_MATCH, find_sequences
from tests.classic.codecs import array
from tests.inputs import random_bytes, text

NO_EXTRA = np.zeros(0, np.uint8)


def join(literals: bytes, runs: list[int], lengths: list[int], distances: list[int], size: int) -> bytes:
    """Return the data of short sequences; lengths are those of the stream, less MIN_MATCH."""
    codes = (np.array(values, np.uint8) for values in (runs, lengths, distances))
    return lz77.join([array(literals), *codes, NO_EXTRA], size).tobytes()


@pytest.mark.parametrize("period", range(1, 20))
def test_a_match_may_overlap_itself_at_any_distance(period):
    data = (random_bytes(period, seed=period) * 900)[:900]
    assert lz77.decode(lz77.encode(array(data)), 900).tobytes() == data
    assert lz77.encode(array(data)).size < period + 20


def test_sequences_and_literals_are_the_data():
    data = text(20_000) + random_bytes(3000) + text(5000)
    out = bytearray()
    at = 0
    for run, length, distance in find_sequences(array(data).copy()).tolist():
        out += data[at : at + run]
        assert length >= MIN_MATCH
        assert 1 <= distance <= len(out)
        for _ in range(length):
            out.append(out[-distance])
        at += run + length
    assert bytes(out) == data[:at]


@pytest.mark.parametrize("far", (1 << 10, 1 << 16, 1 << 20, (1 << 24) - 200))
def test_matches_are_found_at_every_distance_within_the_window(far):
    again = random_bytes(100, seed=1)
    data = again + bytes(far - 100) + again
    assert lz77.encode(array(data)).size < 200


def test_long_runs_and_matches_have_extra_bits():
    noise = random_bytes(70_000)
    data = noise + noise + bytes(100_000) + noise[:5000]
    stream = lz77.encode(array(data))
    assert stream.size < 70_100
    assert lz77.decode(stream, len(data)).tobytes() == data


def test_old_distances_are_remembered():
    assert join(b"abcde", [5, 0], [1, 0], [7, 0], 14) == b"abcdeabcdeabcd"
    # 7 is distance 5 (class 2, mantissa 1); 4 is distance 2; 1 is the one before the last
    assert join(b"abcde", [5, 0, 0], [1, 0, 0], [7, 4, 1], 18) == b"abcdeabcdedededede"[:14] + b"ede" + b"d"


@pytest.mark.parametrize(
    ("literals", "runs", "lengths", "distances", "size"),
    (
        (b"abc", [3], [0], [6], 7),  # distance 4 of 3 bytes
        (b"abc", [4], [0], [0], 8),  # more literals than there are
        (b"abc", [3], [5], [0], 7),  # a match beyond the block
        (b"abc", [3], [0], [0], 8),  # a byte is missing
        (b"abcd", [3], [0], [0], 7),  # a literal is left
        (b"abc", [3, 0], [0], [0], 7),  # lengths differ
        (b"abc", [3], [0], [255], 7),  # no such distance
        (b"abc", [255], [255], [0], 7),  # extra bits that are not there
        (b"", [0], [0], [0], 4),  # a match of nothing
    ),
)
def test_sequences_that_do_not_fit_are_refused(literals, runs, lengths, distances, size):
    with pytest.raises(StreamError):
        join(literals, runs, lengths, distances, size)
