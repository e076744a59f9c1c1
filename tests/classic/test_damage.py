"""Any bytes given to a decoder give bytes of the stated length, or a StreamError. Nothing else."""

import random
import tracemalloc

import numpy as np
import pytest

from kompakt.classic.errors import StreamError
from kompakt.classic.pipeline import parse_pipeline
from kompakt.classic.stages import STAGE_BY_NAME
from kompakt.classic.varint import varint
from tests.classic.codecs import ALL, array
from tests.inputs import text

ROUNDS = 500
MIB = 1 << 20
FIXED_BYTES = {
    "order1": MIB,
    "order2": 66 * MIB,
    "dict16": 6 * MIB,
    "cm": 48 * MIB,
}  # beside half a MiB; docstrings say why
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


@pytest.mark.parametrize("name", STAGE_BY_NAME)
def test_a_decoder_takes_no_more_memory_than_it_says(name):
    """Nine bytes a byte, two copies of the stream, and a constant, for good streams and for any."""
    codec, data = STAGE_BY_NAME[name].codec, text(100_000)
    good = codec.encode(array(data)).tobytes()
    source = random.Random(4)
    check_survives(codec, good, len(data))  # compiles
    for stream in [good, *(good[: source.randrange(300)] + source.randbytes(500) for _ in range(50))]:
        tracemalloc.start()
        check_survives(codec, stream, len(data))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        fixed_bytes = FIXED_BYTES.get(name, MIB // 2)
        assert peak_bytes <= 10 * len(data) + 2 * len(stream) + fixed_bytes


def test_hostile_lengths_take_no_memory():
    """Every stage of a pipeline claims as much as is believed."""
    pipeline = parse_pipeline("mtf+mtf+mtf+huffman")
    raw_bytes = 100_000
    header, size = b"", raw_bytes
    for _ in range(3):
        size = STAGE_BY_NAME["mtf"].most_bytes(size)
        header += varint(size) + varint(900)
    tracemalloc.start()
    assert not check_survives(pipeline, header + bytes(890), raw_bytes)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 135 * raw_bytes
