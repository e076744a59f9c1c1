"""Blocks that start from a base: round trips, and training that equals coding."""

import numpy as np
import pytest

from kompakt.cpu.backend import CpuBackend
from kompakt.cpu.training import BaseTraining
from kompakt.jobs import DecodeJob, EncodeJob, OriginError
from kompakt.model.spec import spec_for_level
from kompakt.model.state import learned_part, state_bytes, views
from kompakt.models.building import build
from kompakt.origin import Generation
from tests.inputs import CONTENTS, random_bytes, text

LEVELS = (1, 5, 9)
BITS = 12


class Known:
    """An origin that has been there all along."""

    def __init__(self, start):
        self._start = start
        self.base_bits = start.base_bits

    def start(self):
        return self._start


def array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).copy()


def model(spec, *texts: bytes):
    return Known(build(spec, BITS, [array(part) for part in texts]))


def coded(data: bytes, spec, origin=None, heir=None) -> bytes:
    (result,) = CpuBackend(1).encode([EncodeJob(0, array(data), spec, origin, heir)])
    return result.stream.tobytes()


def back(stream: bytes, size: int, spec, origin=None) -> bytes:
    job = DecodeJob(0, array(stream), spec, spec.table_bits_for(size), size, origin)
    (result,) = CpuBackend(1).decode([job])
    return result.data.tobytes()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [name for name, data in CONTENTS.items() if data])
def test_blocks_come_back_from_a_start(name, level):
    spec = spec_for_level(level)
    origin = model(spec, text(20_000, seed=1), text(5_000, seed=2))
    data = CONTENTS[name]
    stream = coded(data, spec, origin)
    if len(stream) < len(data):
        assert back(stream, len(data), spec, origin) == data


@pytest.mark.parametrize("level", LEVELS)
def test_a_start_that_knows_such_text_makes_streams_smaller(level):
    spec = spec_for_level(level)
    origin = model(spec, text(60_000, seed=1), text(20_000, seed=2))
    data = text(4_000, seed=3)
    assert len(coded(data, spec, origin)) * 10 < len(coded(data, spec)) * 9


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("shares", [1, 3])
def test_training_leaves_the_tables_that_coding_leaves(level, shares, monkeypatch):
    monkeypatch.setattr("kompakt.cpu.training.usable_threads", lambda: shares)
    spec = spec_for_level(level)
    data = array(text(30_000) + random_bytes(2_000) + text(5_000, seed=9))  # no sure match in it
    bits = spec.table_bits_for(len(data))
    seen = []

    class Ear:
        def inherit(self, number, data, learned):
            seen.append(learned)

    backend = CpuBackend(1, memory_bytes=0)
    list(backend.encode([EncodeJob(0, data, spec, None, Ear())]))
    buffer = backend._buffers._free[0][: state_bytes(spec, bits)]
    trained = BaseTraining(spec, bits, None, data, (len(data),), 0).finish()
    tables = state_bytes(spec, bits) - len(learned_part(buffer, spec, bits))
    assert np.array_equal(trained[:tables], buffer[:tables])
    after_coding, after_training = views(buffer, spec, bits), views(trained, spec, bits)
    for name in ("followers1", "followers2", "votes", "last_seen"):
        assert np.array_equal(getattr(after_coding, name), getattr(after_training, name)), name


def test_training_can_go_on_where_it_stopped():
    spec = spec_for_level(5)
    first, second = array(text(9_000, seed=4)), array(text(7_000, seed=5))
    both = np.concatenate([first, second])
    at_once = BaseTraining(spec, BITS, None, both, (len(first), len(both)), 0).finish()
    before = BaseTraining(spec, BITS, None, first, (len(first),), 0).finish()
    kept = before.copy()
    after = BaseTraining(spec, BITS, before, both, (len(both),), len(first)).finish()
    assert np.array_equal(at_once, after)
    assert np.array_equal(kept, before)


@pytest.mark.parametrize("threads", [1, 3])
def test_generations_decode_to_what_was_coded_whatever_the_threads(threads):
    spec = spec_for_level(5)
    blocks = [array(text(6_000 + number, seed=number)) for number in range(9)]

    def jobs(make):
        first = Generation(spec, range(2), None, BITS)
        second = Generation(spec, range(2, 4), first, BITS + 1)
        for number, data in enumerate(blocks):
            origin = None if number < 2 else first if number < 4 else second
            heir = first if number < 2 else second if number < 4 else None
            yield make(number, data, origin, heir)

    def encoding(number, data, origin, heir):
        if heir:
            heir.supply(number, data)
        return EncodeJob(number, data, spec, origin, heir)

    def decoding(number, data, origin, heir):
        return DecodeJob(
            number, streams[number], spec, spec.table_bits_for(len(data)), len(data), origin, heir
        )

    streams = [result.stream for result in CpuBackend(threads).encode(jobs(encoding))]
    results = list(CpuBackend(threads).decode(jobs(decoding)))
    assert all(np.array_equal(result.data, data) for result, data in zip(results, blocks, strict=True))
    alone = coded(blocks[8].tobytes(), spec)
    assert len(streams[8]) < len(alone)


def test_a_block_that_others_start_from_is_coded_even_if_it_grows():
    spec = spec_for_level(1)
    noise = array(random_bytes(4_000))
    origin = Generation(spec, [0], None, BITS)
    stream = coded(noise.tobytes(), spec, heir=origin)
    assert len(stream) > len(noise)
    assert back(stream, len(noise), spec) == noise.tobytes()
    assert len(coded(noise.tobytes(), spec, origin)) < 100


def test_what_starts_from_a_damaged_block_says_so():
    spec = spec_for_level(1)
    origin = Generation(spec, [7], None, BITS)
    origin.disinherit(7, "block 7, which it starts from, is damaged")
    with pytest.raises(OriginError, match="block 7"):
        origin.start()
    (result,) = CpuBackend(1).decode([DecodeJob(8, array(b"1234"), spec, BITS, 100, origin)])
    assert result.data is None
    assert "block 7" in result.error
