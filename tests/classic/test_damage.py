"""Any bytes given to a decoder give bytes of the stated length, or a StreamError. Nothing else."""

import random

import numpy as np
import pytest

from kompakt.classic.errors import StreamError
from tests.classic.codecs import ALL, array
from tests.inputs import text

ROUNDS = 500
every_codec = pytest.mark.parametrize("codec", ALL.values(), ids=ALL)


def check_survives(codec, stream: bytes, raw_bytes: int) -> bool:
    """Decode `stream`; return whether bytes came out."""
    try:
        data = codec.decode(array(stream), raw_bytes)
    except StreamError as error:
        assert str(error)
        assert "\n" not in str(error)
        return False
    assert data.dtype == np.uint8
    assert data.shape == (raw_bytes,)
    return True


@pytest.fixture(scope="module", params=(600, 9000), ids=lambda size: f"{size} bytes")
def data(request) -> bytes:
    return text(request.param // 2, seed=1) + text(request.param // 2, seed=2)


@every_codec
def test_a_flipped_bit_does_no_harm(codec, data):
    source = random.Random(1)
    stream = codec.encode(array(data)).tobytes()
    for _ in range(ROUNDS):
        damaged = bytearray(stream)
        near = source.choice((16, 200, len(stream)))
        damaged[source.randrange(min(near, len(stream)))] ^= 1 << source.randrange(8)
        check_survives(codec, bytes(damaged), len(data))


@every_codec
def test_a_truncated_stream_does_no_harm(codec, data):
    source = random.Random(2)
    stream = codec.encode(array(data)).tobytes()
    for _ in range(ROUNDS):
        check_survives(codec, stream[: source.randrange(len(stream))], len(data))


@every_codec
def test_random_bytes_do_no_harm(codec, data):
    source = random.Random(3)
    for _ in range(ROUNDS):
        stream = source.randbytes(source.randrange(1, 400))
        check_survives(codec, stream, source.choice((1, 5, 700, 5000)))


@every_codec
def test_a_wrong_length_does_no_harm(codec, data):
    stream = codec.encode(array(data)).tobytes()
    for raw_bytes in (0, 1, len(data) - 1, len(data) + 1, 4 * len(data)):
        check_survives(codec, stream, raw_bytes)
