"""Streams that zlib makes, and files that hold them."""

import zlib

import numpy as np
import pytest

from kompakt.filters.deflate.bits import PADDING_BYTES
from kompakt.filters.deflate.inflate import GOOD, inflate
from kompakt.filters.deflate.learn import MAX_BLOCK_NOTE_BYTES, learn
from kompakt.filters.deflate.rebuild import rebuild
from kompakt.filters.deflate.settings import Settings
from kompakt.filters.deflate.streams import OUTPUT_PADDING_BYTES
from kompakt.filters.deflate.workspace import new_workspace
from tests.inputs import random_bytes, text

WORK = new_workspace()

classic_zlib = pytest.mark.skipif(
    "ng" in zlib.ZLIB_RUNTIME_VERSION, reason=f"zlib {zlib.ZLIB_RUNTIME_VERSION} makes other streams"
)

MIXED = b"".join(
    part
    for number in range(8)
    for part in (
        text(4000, number),
        random_bytes(3000, number),
        bytes(2000),
        b"abcab" * 300,
        text(500, number),
    )
)
"""Text, noise, and runs, with matches near and far."""


def array(data: bytes) -> np.ndarray:
    """Return `data` as a read-only uint8 array."""
    return np.frombuffer(data, np.uint8)


def padded(data: bytes, padding_bytes: int = PADDING_BYTES) -> np.ndarray:
    """Return `data` as a uint8 array with zeros behind it."""
    return array(data + bytes(padding_bytes)).copy()


def deflate(data: bytes, settings: Settings) -> bytes:
    """Return the DEFLATE stream that this machine's zlib makes."""
    level, strategy, memory_level, window_bits = settings
    maker = zlib.compressobj(level, zlib.DEFLATED, -window_bits, memory_level, strategy)
    return maker.compress(data) + maker.flush()


def notes_on(stream: bytes, data: bytes, settings: Settings) -> bytes:
    """Return the notes on `stream`; check that it inflates to `data` and that the notes bring it back."""
    source = padded(stream)
    raw = padded(bytes(len(data)))
    status, bit, size = inflate(source, 0, len(stream) * 8, raw, len(data), WORK.parser)
    assert (status, (bit + 7) // 8, raw[:size].tobytes()) == (GOOD, len(stream), data)
    notes = np.empty(len(stream) * 8 + MAX_BLOCK_NOTE_BYTES, np.uint8)
    rules = settings.rules()
    used = learn(source, 0, len(stream) * 8, raw, size, size, rules, WORK, notes)
    assert used >= 0
    out = padded(bytes(len(stream)), OUTPUT_PADDING_BYTES)
    end = rebuild(padded(data), size, rules, WORK, notes[:used].copy(), out, 0)
    assert out[:end].tobytes() == stream
    return notes[:used].tobytes()
