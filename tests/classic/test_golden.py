"""Streams of released codecs are decoded for ever, and written again byte for byte."""

from pathlib import Path

import pytest

from kompakt.classic.pipeline import parse_pipeline
from tests.classic.codecs import array
from tests.inputs import random_bytes, text

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_BYTES = (
    text(1500) + bytes(300) + random_bytes(200) + text(1500)[::-1] + text(700, seed=5) + bytes(range(256))
)
NAMES = sorted(path.stem for path in GOLDEN.glob("*.stream"))


@pytest.mark.parametrize("name", NAMES)
def test_golden_streams_decode_to_what_they_held(name):
    stream = (GOLDEN / f"{name}.stream").read_bytes()
    assert parse_pipeline(name).decode(array(stream), len(GOLDEN_BYTES)).tobytes() == GOLDEN_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_golden_streams_are_written_again(name):
    stream = (GOLDEN / f"{name}.stream").read_bytes()
    assert parse_pipeline(name).encode(array(GOLDEN_BYTES)).tobytes() == stream
