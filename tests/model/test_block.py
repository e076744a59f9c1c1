"""Blocks come back from their streams, and streams keep their sizes."""

import csv
import zlib
from pathlib import Path

import numpy as np
import pytest

from kompakt.model.spec import SPECS, spec_for_level
from tests.inputs import CONTENTS, random_bytes, text
from tests.model.blocks import ARRAYS, decoded, encoded

SIZES = Path(__file__).parents[1] / "sizes.csv"
DEFAULT = spec_for_level(5)
FASTEST = spec_for_level(1)

records = b"".join(
    bytes([i & 255, i >> 8, 7, 0]) + (i * i % 1000).to_bytes(4, "little") + b"\0\0\x80?" for i in range(2000)
)
table = b"".join(
    f"{i},{i * 37 % 101},{'north' if i % 3 else 'south'},{i / 8:.3f}\n".encode() for i in range(2000)
)
steps = (np.arange(24_000) * 7919 % 31 - 15).reshape(60, 400)
waves = steps.cumsum(axis=0).cumsum(axis=1).astype("<i2")
BLOCKS = {name: data for name, data in CONTENTS.items() if data} | {
    "records": records,
    "table": table,
    "long match": random_bytes(3000) * 12,
    "newlines": b"\n" * 5000 + b"x\n" * 3000,
    "all bytes": bytes(range(256)) * 40,
    "waves": waves.tobytes(),
}


def recorded_streams() -> dict[tuple[str, int], tuple[int, str]]:
    """Return size and CRC-32 of each recorded stream."""
    with SIZES.open() as file:
        rows = list(csv.DictReader(file))
    return {(row["input"], int(row["spec"])): (int(row["bytes"]), row["crc32"]) for row in rows}


@pytest.mark.parametrize("spec", [*SPECS.values(), *ARRAYS], ids=lambda spec: spec.name)
@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_come_back_and_keep_their_streams(name, spec):
    stream = encoded(BLOCKS[name], spec)
    assert decoded(stream, len(BLOCKS[name]), spec) == BLOCKS[name]
    now = len(stream), f"{zlib.crc32(stream):08x}"
    assert now == recorded_streams()[name, spec.spec_id], "a changed stream needs a new spec id"


def test_a_stream_that_does_not_fit_is_given_up():
    data = random_bytes(4000)
    needed = len(encoded(data, FASTEST))
    assert encoded(data, FASTEST, room=needed - 1) == b""
    assert encoded(data, FASTEST, room=3) == b""
    assert len(encoded(data, FASTEST, room=needed)) == needed


def test_random_bytes_grow_by_little_while_the_model_learns():
    assert len(encoded(random_bytes(50_000), DEFAULT)) < 51_000


def test_garbage_decodes_to_as_many_bytes_as_asked():
    for stream in (b"", b"\0", b"\xff" * 9, random_bytes(200)):
        assert len(decoded(stream, 3000, DEFAULT)) == 3000


def test_once_the_match_model_is_trusted_a_copy_costs_next_to_nothing():
    once = random_bytes(20_000)
    assert len(encoded(once * 3, DEFAULT)) - len(encoded(once * 2, DEFAULT)) < 30


def test_long_runs_pass_the_floor_of_twelve_bits():
    size = 1 << 20
    assert len(encoded(b"\0" * size, DEFAULT)) * 20_000 < size


def test_more_contexts_make_text_smaller():
    sizes = [len(encoded(text(30_000), spec_for_level(level))) for level in (1, 5)]
    assert sizes[1] < sizes[0]
