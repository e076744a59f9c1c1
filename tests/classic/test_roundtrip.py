"""What a codec or a pipeline codes, it gives back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompakt.classic.errors import StreamError
from tests.classic.codecs import ALL, SEVERAL, array

every_codec = pytest.mark.parametrize("codec", ALL.values(), ids=ALL)
structured = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"a", b"ab", b"\0\0\0\0", b"kompakt", b"\xff\xfe"]), max_size=200).map(
        b"".join
    ),
    st.tuples(st.binary(max_size=40), st.integers(1, 120)).map(lambda pair: pair[0] * pair[1]),
)


def check_roundtrip(codec, data: bytes) -> None:
    stream = codec.encode(array(data))
    decoded = codec.decode(stream, len(data))
    assert stream.dtype == decoded.dtype == np.uint8
    assert decoded.tobytes() == data
    assert codec.encode(array(data)).tobytes() == stream.tobytes()


@every_codec
@pytest.mark.parametrize("data", SEVERAL.values(), ids=SEVERAL)
def test_what_is_coded_comes_back(codec, data):
    check_roundtrip(codec, data)


@every_codec
@settings(max_examples=60, deadline=None)
@given(data=structured)
def test_whatever_is_coded_comes_back(codec, data):
    check_roundtrip(codec, data)


@every_codec
def test_data_of_every_small_size_comes_back(codec):
    for size in range(20):
        check_roundtrip(codec, (b"banana" * 4)[:size])


@every_codec
def test_an_empty_block_has_an_empty_stream_and_no_other(codec):
    assert codec.encode(array(b"")).size == 0
    with pytest.raises(StreamError):
        codec.decode(array(b"x"), 0)
