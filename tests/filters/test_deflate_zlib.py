"""The reimplementation sends what zlib sends: no notes at all, or few where zlib leaves its usual way."""

import random
import zlib
from itertools import cycle

import pytest

from kompakt.filters.deflate.settings import FILTERED, HUFFMAN_ONLY, RUN_LENGTHS, Settings
from tests.filters.deflate_streams import MIXED, classic_zlib, deflate, notes_on
from tests.inputs import random_bytes, text

pytestmark = classic_zlib

_WINDOWS = cycle((15, 9, 12, 15, 10, 14, 11))
_STRATEGIES = cycle((0, FILTERED, 0, HUFFMAN_ONLY, 0, RUN_LENGTHS))
ALL_LEVELS = [
    Settings(level, next(_STRATEGIES), memory_level, next(_WINDOWS))
    for level in range(1, 10)
    for memory_level in range(1, 10)
]


def fibonacci_bytes() -> bytes:
    """Return bytes whose Huffman words would be longer than DEFLATE allows."""
    counts = [1, 1]
    while sum(counts) + counts[-1] + counts[-2] < 16_000:
        counts.append(counts[-1] + counts[-2])
    values = [symbol * 11 for symbol, count in enumerate(counts) for _ in range(count)]
    random.Random(1).shuffle(values)
    return bytes(values)


CONTENTS = {
    "empty": b"",
    "one byte": b"k",
    "two equal bytes": b"kk",
    "zeros": bytes(150_000),
    "a period of three": b"abc" * 30_000,
    "noise": random_bytes(40_000),
    "text": text(60_000),
    "all bytes": bytes(range(256)) * 3,
}


@pytest.mark.parametrize("settings", ALL_LEVELS, ids=str)
def test_no_note_is_needed_for_any_settings(settings):
    assert notes_on(deflate(MIXED, settings), MIXED, settings) == b""


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("level", (1, 3, 4, 6, 9))
def test_no_note_is_needed_for_any_content(name, level):
    settings = Settings(level)
    assert notes_on(deflate(CONTENTS[name], settings), CONTENTS[name], settings) == b""


@pytest.mark.parametrize(
    "size", (16_383, 16_384, 32_506, 32_767, 32_768, 32_769, 65_274, 65_275, 65_535, 65_536)
)
def test_no_note_is_needed_where_blocks_and_windows_end(size):
    for level in (1, 6):
        settings = Settings(level)
        for data in (random_bytes(size), MIXED[:size], text(size)):
            assert notes_on(deflate(data, settings), data, settings) == b""


@pytest.mark.parametrize("tokens", (126, 127, 128, 254, 255))
def test_an_empty_last_block_follows_a_full_one(tokens):
    for settings in (Settings(1, 0, 1), Settings(6, 0, 1), Settings(6, HUFFMAN_ONLY, 1)):
        for data in (bytes(range(256))[:tokens], bytes(range(tokens - 1)) + b"\0\1\2"):
            assert notes_on(deflate(data, settings), data, settings) == b""


def test_words_longer_than_15_bits_are_shortened_as_in_zlib():
    data = fibonacci_bytes()
    settings = Settings(6, HUFFMAN_ONLY)
    assert notes_on(deflate(data, settings), data, settings) == b""


def test_fixed_blocks_that_were_asked_for_cost_a_note_each():
    maker = zlib.compressobj(6, zlib.DEFLATED, -15, 8, zlib.Z_FIXED)
    stream = maker.compress(MIXED) + maker.flush()
    assert len(notes_on(stream, MIXED, Settings())) < 20


@pytest.mark.parametrize("mode", (zlib.Z_SYNC_FLUSH, zlib.Z_PARTIAL_FLUSH))
def test_flushes_cost_few_notes(mode):
    maker = zlib.compressobj(6, zlib.DEFLATED, -15)
    stream = b"".join(
        maker.compress(MIXED[at : at + 20_000]) + maker.flush(mode) for at in range(0, len(MIXED), 20_000)
    )
    stream += maker.flush()
    assert len(notes_on(stream, MIXED, Settings())) < 250


def test_stored_streams_cost_few_notes():
    maker = zlib.compressobj(0, zlib.DEFLATED, -15)
    stream = maker.compress(MIXED) + maker.flush()
    assert len(notes_on(stream, MIXED, Settings())) < 60


def test_wrong_settings_cost_notes_but_bring_the_stream_back():
    for level in (1, 5, 9):
        assert notes_on(deflate(MIXED, Settings(level)), MIXED, Settings(6, FILTERED, 3, 13))


def test_settings_and_their_numbers_belong_together():
    for settings in (*ALL_LEVELS, Settings(9, 3, 10, 9)):
        assert Settings.from_number(settings.to_number()) == settings
    with pytest.raises(ValueError, match="zlib has not"):
        Settings.from_number(1 << 14)
