"""The beginning of a stream is read once, and given again."""

import io

import pytest

from kompakt.read_ahead import AHEAD_BYTES, ReadAhead
from tests.inputs import random_bytes


@pytest.mark.parametrize("size", [0, 1, AHEAD_BYTES - 1, AHEAD_BYTES, AHEAD_BYTES + 100_000])
def test_all_is_given_once(size: int) -> None:
    data = random_bytes(size)
    stream = ReadAhead(io.BytesIO(data))
    assert stream.head == data[:AHEAD_BYTES]
    assert stream.is_whole == (size < AHEAD_BYTES)
    assert io.BufferedReader(stream).read() == data
    assert stream.read(1) == b""
