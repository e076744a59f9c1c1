"""Context mixing as a codec of the pipelines, at the quickest level."""

import random

import numpy as np
import pytest

from kompakt.classic.cm import ContextMixing
from kompakt.classic.errors import StreamError
from kompakt.classic.pipeline import parse_pipeline, with_level
from kompakt.classic.varint import varint
from tests.classic.codecs import array
from tests.inputs import CONTENTS, text

CODEC = ContextMixing(1)


@pytest.mark.parametrize("data", CONTENTS.values(), ids=CONTENTS)
def test_data_comes_back(data):
    assert CODEC.decode(CODEC.encode(array(data)), len(data)).tobytes() == data


def test_the_level_is_in_the_stream():
    stream = with_level(parse_pipeline("dict16+cm"), 1).encode(array(text(20_000)))
    assert parse_pipeline("dict16+cm").decode(stream, 20_000).tobytes() == text(20_000)


def test_damage_gives_bytes_or_a_stream_error():
    stream, source = CODEC.encode(array(text(3000))), random.Random(1)
    for _ in range(100):
        bad = stream.copy()
        bad[source.randrange(2, bad.size)] ^= np.uint8(1 << source.randrange(8))
        assert CODEC.decode(bad, 3000).size == 3000


@pytest.mark.parametrize(
    ("head", "raw_bytes"),
    [
        (varint(200) + varint(16), 10),
        (varint(1) + varint(60), 10),
        (varint(1) + varint(0), 10),
        (varint(1) + varint(16), 1 << 28),
        (b"", 1),
    ],
)
def test_what_no_model_is_is_refused(head, raw_bytes):
    with pytest.raises(StreamError):
        CODEC.decode(array(head + bytes(20) if head else head), raw_bytes)
