import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompakt.filters.x86 import WINDOW_BYTES, to_distances, to_places
from tests.inputs import CONTENTS


def changed(data: bytes, *cuts: int) -> bytes:
    return _joined(to_places, data, cuts)


def changed_back(data: bytes, *cuts: int) -> bytes:
    return _joined(to_distances, data, cuts)


def _joined(change, data: bytes, cuts: tuple[int, ...]) -> bytes:
    borders = [0, *sorted(cuts), len(data)]
    parts = [np.frombuffer(data[start:end], np.uint8) for start, end in itertools.pairwise(borders)]
    return b"".join(part.tobytes() for part in change(iter(parts)))


def calls(count: int, seed: int = 0) -> bytes:
    """Return something like code: calls and jumps among bytes that often look like them."""
    source = random.Random(seed)
    code = bytearray()
    for _ in range(count):
        distance = source.choice([100, -100, 1 << 24, -(1 << 24), (1 << 24) - 1]) + source.randrange(-50, 50)
        code += source.choice([b"\xe8", b"\xe9"]) + distance.to_bytes(4, "little", signed=True)
        code += bytes(source.choices([0x00, 0xE8, 0xE9, 0xFF, 0x90], k=source.randrange(6)))
    return bytes(code)


def test_two_calls_of_one_place_become_equal() -> None:
    code = b"\xe8" + (95).to_bytes(4, "little") + b"\x90\x90" + b"\xe8" + (88).to_bytes(4, "little")
    assert changed(code) == b"\xe8\x00\x00\x64\x00\x90\x90\xe8\x00\x00\x64\x00"


def test_a_distance_beyond_25_bits_stays() -> None:
    assert changed(b"\xe8\x01\x02\x03\x04") == b"\xe8\x01\x02\x03\x04"


@pytest.mark.parametrize("content", [*CONTENTS.values(), calls(5000)], ids=[*CONTENTS, "calls"])
def test_everything_comes_back(content: bytes) -> None:
    assert changed_back(changed(content)) == content


@pytest.mark.parametrize("size", [WINDOW_BYTES - 1, WINDOW_BYTES, WINDOW_BYTES + 1, 2 * WINDOW_BYTES + 3])
def test_windows_meet_without_a_trace(size: int) -> None:
    code = (calls(1 << 19))[:size]
    assert len(code) == size
    there = changed(code)
    assert there != code
    assert changed_back(there) == code


@given(data=st.data(), seed=st.integers(0, 1000))
def test_parts_of_any_length_make_no_difference(data: st.DataObject, seed: int) -> None:
    code = calls(60, seed)
    places = st.lists(st.integers(0, len(code)), max_size=8)
    there = changed(code, *data.draw(places))
    assert there == changed(code)
    assert changed_back(there, *data.draw(places)) == code


@given(st.lists(st.sampled_from([0xE8, 0xE9, 0x00, 0xFF, 0x01]), max_size=40).map(bytes))
def test_fields_that_overlap_come_back(code: bytes) -> None:
    assert changed_back(changed(code)) == code
