"""Layouts and contents that `expand` never made: `restore` raises ValueError or returns the stated size."""

import gzip
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kompakt.filters.deflate import expand, restore
from kompakt.filters.deflate.layout import Around, Record, write_layout
from kompakt.filters.deflate.settings import Settings
from tests.filters.deflate_streams import MIXED, array
from tests.filters.test_deflate_files import png_file
from tests.inputs import text

RAW = text(2000)
MAKERS = st.builds(Settings, st.integers(1, 9), st.integers(0, 3), st.integers(1, 9), st.integers(9, 15))
RECORDS = st.builds(
    Record,
    gap=st.integers(0, 300),
    raw_bytes=st.integers(0, 1200),
    around=st.sampled_from(Around),
    settings=MAKERS,
    notes=st.binary(max_size=60),
    zlib_header=st.integers(0, 0xFFFF),
    chunks=st.lists(st.integers(0, 400), max_size=6).map(tuple),
)
PLAIN = Record(0, 100, Around.NOTHING, Settings())


def try_to_restore(layout: bytes, content: bytes, original_bytes: int) -> None:
    """Check that there is either a result of the stated size or ValueError."""
    try:
        result = restore(layout, array(content), original_bytes)
    except ValueError:
        return
    assert result.size == original_bytes


@settings(max_examples=150, deadline=None)
@given(layout=st.binary(max_size=80), content=st.binary(max_size=300), size=st.integers(0, 2000))
@example(layout=b"\x00\x00\x00", content=b"", size=2)
def test_any_bytes_for_a_layout(layout, content, size):
    try_to_restore(layout, content, size)


@settings(max_examples=150, deadline=None)
@given(records=st.lists(RECORDS, max_size=4), size=st.integers(0, 4000))
def test_any_records(records, size):
    try_to_restore(write_layout(records), RAW, size)


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 10_000), value=st.integers(0, 255), size_error=st.sampled_from((0, 0, 0, -1, 1, 40)))
def test_changed_layouts(at, value, size_error):
    layout, content, size = _PNG
    changed = bytearray(layout)
    changed[at % len(changed)] = value
    try_to_restore(bytes(changed), content, size + size_error)


@settings(max_examples=60, deadline=None)
@given(notes=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 260), st.integers(0, 127)), max_size=20))
def test_notes_that_look_like_notes(notes):
    flat = bytes(byte for gap, value, more in notes for byte in (gap, value & 0x7F, more))
    record = PLAIN._replace(raw_bytes=1000, notes=flat)
    try_to_restore(write_layout([record]), RAW[:1000], 700)


def _png() -> tuple[bytes, bytes, int]:
    data = png_file(MIXED[:3000], 500, level=2) + gzip.compress(RAW)
    flushed = zlib.compressobj(6)
    data += flushed.compress(RAW[:1000]) + flushed.flush(zlib.Z_SYNC_FLUSH)
    data += flushed.compress(RAW[1000:]) + flushed.flush()
    expanded = expand(array(data))
    assert expanded is not None
    return expanded.layout, expanded.content.tobytes(), len(data)


_PNG = _png()


def test_cut_layouts_and_contents():
    layout, content, size = _PNG
    for cut in range(len(layout)):
        try_to_restore(layout[:cut], content, size)
    for cut in (0, 1, 50, len(content) - 1):
        with pytest.raises(ValueError):
            restore(layout, array(content[:cut]), size)


@pytest.mark.parametrize("size", (0, 1, 43, 10_000))
def test_a_wrong_size_is_an_error(size):
    layout, content, _ = _PNG
    with pytest.raises(ValueError):
        restore(layout, array(content), size)


@pytest.mark.parametrize(
    "record",
    (
        PLAIN._replace(raw_bytes=1 << 40),
        PLAIN._replace(gap=1 << 60),
        PLAIN._replace(around=Around.CHUNKS, chunks=(0,) * 10_000),
        PLAIN._replace(around=Around.CHUNKS, chunks=(1 << 33,)),
        PLAIN._replace(notes=b"\x00\x01" * 40),
        PLAIN._replace(notes=b"\xff" * 40),
    ),
)
def test_numbers_that_are_too_large_are_errors(record):
    with pytest.raises(ValueError):
        restore(write_layout([record]), array(RAW[:100]), 200)


def test_an_empty_layout_is_the_content():
    assert restore(b"", array(RAW), len(RAW)).tobytes() == RAW
