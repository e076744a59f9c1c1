"""Copies through page-locked pieces, on a GPU whose copies happen as late as they may."""

import gc
import random

import numpy as np
import pytest

from kompakt.kernels.gpu import HostMemoryError
from kompakt.kernels.staging import Staging
from tests.kernels.fake_gpu import FakeGpu
from tests.kernels.fake_streams import RaceError, Streams

PIECE = 1 << 12


def arrays(seed: int, count: int) -> list[np.ndarray]:
    """Return arrays of 0 bytes to three pieces."""
    source = random.Random(seed)
    sizes = (0, 1, 63, 64, 1000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE)
    return [np.frombuffer(source.randbytes(source.choice(sizes)), np.uint8) for _ in range(count)]


def places(parts: list[np.ndarray], gap: int) -> list[int]:
    return np.cumsum([0, *(part.size + gap for part in parts)]).tolist()


@pytest.mark.parametrize("pieces", [1, 2, 4])
@pytest.mark.parametrize("gap", [0, 1, 64, PIECE + 3])
def test_what_goes_up_on_several_streams_comes_down_again(pieces: int, gap: int) -> None:
    gpu = FakeGpu()
    staging = Staging(gpu, PIECE, pieces)
    for seed in range(6):
        sets = [arrays(10 * seed + n, 12) for n in range(3)]
        targets = [gpu.array(places(parts, gap)[-1] + 1) for parts in sets]
        streams = [gpu.stream() for _ in sets]
        for parts, target, stream in zip(sets, targets, streams, strict=True):
            staging.upload(target, zip(places(parts, gap), parts, strict=False), stream)
        for parts, target, stream in zip(sets, targets, streams, strict=True):
            out = [np.zeros(part.size, np.uint8) for part in parts]
            staging.download(target, list(zip(places(parts, gap), out, strict=False)), stream)
            assert all(np.array_equal(*pair) for pair in zip(parts, out, strict=True))
    assert gpu.pinned_bytes_held <= pieces * PIECE


def test_items_of_any_type_are_copied() -> None:
    gpu = FakeGpu()
    staging, stream = Staging(gpu, PIECE), gpu.stream()
    table = np.arange(6000, dtype=np.uint64).reshape(-1, 6)
    target, out = gpu.array(table.size, np.uint64), np.zeros(table.nbytes, np.uint8)
    staging.upload(target, [(0, table)], stream)
    staging.download(target, [(0, out)], stream)
    assert np.array_equal(out.view(np.uint64), table.ravel())


def test_small_parts_share_a_piece_and_nobody_waits() -> None:
    gpu = FakeGpu()
    staging = Staging(gpu, 1 << 20)
    target, stream = gpu.array(100), gpu.stream()
    for _ in range(100):
        staging.upload(target, [(0, np.arange(100, dtype=np.uint8))], stream)
    assert "wait" not in gpu.log
    assert gpu.pinned_bytes_held == 1 << 20


def test_memory_is_pinned_when_needed_and_goes_with_its_owner() -> None:
    gpu = FakeGpu()
    staging = Staging(gpu, PIECE)
    assert gpu.pinned_bytes_held == 0
    target, stream = gpu.array(10 * PIECE), gpu.stream()
    staging.upload(target, [(0, np.zeros(10 * PIECE, np.uint8))], stream)
    assert gpu.pinned_bytes_held == 4 * PIECE
    gpu.wait(stream)
    del staging
    gc.collect()
    assert gpu.pinned_bytes_held == 0


def test_one_piece_must_be_had() -> None:
    gpu = FakeGpu(pinned_bytes=PIECE - 1)
    with pytest.raises(HostMemoryError, match="no page-locked host memory for 4096 bytes"):
        Staging(gpu, PIECE).upload(gpu.array(1), [(0, np.zeros(1, np.uint8))], gpu.stream())


def test_the_fake_finds_operations_that_may_touch_the_same_memory_at_once() -> None:
    streams = Streams()
    one, other = streams.stream(), streams.stream()
    streams.put("write", one, list, writes=[(0, 10)])
    streams.put("write elsewhere", other, list, writes=[(10, 20)])
    with pytest.raises(RaceError, match="read may touch memory while write does"):
        streams.put("read", other, list, reads=[(9, 10)])
    streams.after(other, streams.event(one))
    streams.put("read", other, list, reads=[(9, 10)])
    streams.wait(other.clock)
    streams.put("write", one, list, writes=[(0, 10)])


def test_the_fake_finds_memory_that_goes_too_early() -> None:
    streams = Streams()
    stream = streams.stream()
    streams.put("write", stream, list, writes=[(0, 10)])
    streams.free(10, 20)
    streams.free(5, 6)
    with pytest.raises(RaceError, match="memory of write has gone"):
        streams.wait(stream.clock)


def test_the_fake_lets_nothing_happen_before_it_is_waited_for() -> None:
    streams, happened = Streams(), []
    one, other = streams.stream(), streams.stream()
    streams.put("first", one, lambda: happened.append("first"))
    streams.after(other, streams.event(one))
    streams.put("behind", one, lambda: happened.append("behind"))
    streams.put("second", other, lambda: happened.append("second"))
    assert happened == []
    streams.wait(other.clock)
    assert happened == ["first", "second"]
