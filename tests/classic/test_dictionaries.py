"""LZW and the 16-bit dictionary: full tables, dictionaries from outside, and codes that name nothing."""

import numpy as np
import pytest

from kompakt.classic import dict16, lzw
from kompakt.classic.dict16 import CLASSES, DICT16, Dict16, Dictionary, train
from kompakt.classic.dict16_training import MAX_STRING_BYTES, frequent_strings
from kompakt.classic.errors import StreamError
from tests.classic.codecs import array
from tests.inputs import random_bytes, text

NOTHING = np.zeros(0, np.uint8)


@pytest.mark.parametrize(
    ("data", "codes"),
    ((b"ababbaaba", [97, 98, 257, 258, 257, 97]), (b"aaa", [97, 257]), (b"aaaaaa", [97, 257, 258])),
)
def test_lzw_codes_are_those_of_growing_strings(data, codes):
    """257 of aaa is used as soon as it is made."""
    stream = lzw.encode(array(data))
    bits = int.from_bytes(stream.tobytes(), "little")
    assert [bits >> 9 * i & 511 for i in range(len(codes))] == codes
    assert stream.size == (9 * len(codes) + 7) // 8
    assert lzw.decode(stream, len(data)).tobytes() == data


def test_lzw_resets_a_full_table_that_fits_no_more():
    first, second = random_bytes(150_000, seed=1), text(400_000)
    together = lzw.encode(array(first + second)).size
    apart = lzw.encode(array(first)).size + lzw.encode(array(second)).size
    assert together < 1.1 * apart
    assert lzw.decode(lzw.encode(array(first + second)), 550_000).tobytes() == first + second


def test_lzw_refuses_a_code_that_has_no_entry_yet():
    stream = array((ord("a") | 258 << 9).to_bytes(3, "little"))
    with pytest.raises(StreamError):
        lzw.decode(stream, 3)


def test_frequent_strings_are_those_that_repeat():
    data = array((b"kompakt" + random_bytes(5, seed=1)) * 3 + b"".join(b"kompakt%d" % i for i in range(500)))
    lengths, strings = frequent_strings(data, 6)
    ends = np.cumsum(lengths, dtype=np.int64)
    entries = [strings[end - length : end].tobytes() for end, length in zip(ends, lengths, strict=True)]
    assert entries[:256] == [bytes([value]) for value in range(256)]
    assert b"kompakt" in entries


def test_strings_stay_short_on_a_run():
    lengths, _ = frequent_strings(np.zeros(100_000, np.uint8), 6)
    assert lengths.max() == MAX_STRING_BYTES


def test_a_dictionary_from_outside_fits_any_data_and_saves_its_own_bytes():
    codec = Dict16(train(array(text(100_000, seed=1))))
    for data in (text(5000, seed=2), random_bytes(3000), bytes(1000), b"x", b""):
        assert codec.decode(codec.encode(array(data)), len(data)).tobytes() == data
    data = array(text(5000, seed=2))
    assert codec.encode(data).size < 0.8 * DICT16.encode(data).size


def test_a_stream_with_a_dictionary_is_refused_where_one_was_given():
    codec = Dict16(train(array(text(10_000))))
    with pytest.raises(StreamError, match="brings a dictionary"):
        codec.decode(DICT16.encode(array(text(1000))), 1000)


@pytest.mark.parametrize(
    ("lengths", "strings"),
    (
        ([1, 2], b"ab"),
        ([0, 1], b"a"),
        ([MAX_STRING_BYTES + 1], bytes(MAX_STRING_BYTES + 1)),
        ([1] * 65_537, bytes(65_537)),
    ),
    ids=("bytes missing", "an empty string", "a long string", "too many"),
)
def test_what_is_no_dictionary_is_refused(lengths, strings):
    with pytest.raises(StreamError):
        Dictionary(np.array(lengths, np.uint8), array(strings))


def test_a_code_without_a_string_is_refused():
    upper, lower = np.array([0], np.uint8), [np.array([1], np.uint8)] + [NOTHING] * (CLASSES - 1)
    with pytest.raises(StreamError):
        DICT16.join([np.array([2], np.uint8), array(b"ab"), upper, *lower], 2)


def test_training_is_the_same_every_time():
    data = array(text(30_000))
    first, second = train(data), train(data)
    assert (first.lengths == second.lengths).all()
    assert (first.strings == second.strings).all()
    assert dict16.train(data, whole=False).lengths.size <= first.lengths.size
