"""The GPU backend's batches, memory and errors, on a GPU made of NumPy arrays."""

import gc
import importlib.util

import numpy as np
import pytest

from kompakt.errors import DeviceError
from kompakt.jobs import INDEX, PAUSE, DecodeJob, EncodeJob
from kompakt.kernels import launches
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.launches import warps_of_cta
from kompakt.kernels.staging import PIECE_BYTES, PIECES
from kompakt.model.spec import spec_for_level
from kompakt.model.state import state_bytes
from tests.inputs import random_bytes, text
from tests.kernels.fake_gpu import FakeGpu, fake_kernel
from tests.model.blocks import encoded

SPEC = spec_for_level(1)
CONSTANTS_BYTES = 1 << 16  # what kernels of a spec share
SLOT_BYTES = state_bytes(SPEC, SPEC.table_bits_for(3000))
BLOCKS = [text(900), b"", b"k", random_bytes(300), b"=" * 2000, text(3000, seed=1), text(40)]


@pytest.fixture(autouse=True)
def fake_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the name of a kernel stand for its code."""
    monkeypatch.setattr(launches, "kernel_for", fake_kernel)


def _encode_jobs(blocks=BLOCKS):
    return [EncodeJob(10 + n, np.frombuffer(data, np.uint8), SPEC) for n, data in enumerate(blocks)]


@pytest.mark.parametrize("batch_bytes", [1, 2500, 1 << 20])
def test_streams_are_those_of_the_cpu_and_come_in_order(batch_bytes):
    results = list(GpuBackend(FakeGpu(), batch_bytes=batch_bytes).encode(iter(_encode_jobs())))
    assert [result.number for result in results] == list(range(10, 17))
    for data, result in zip(BLOCKS, results, strict=True):
        stream = encoded(data, SPEC)
        assert result.stream.tobytes() == (stream if len(stream) <= len(data) else data)


@pytest.mark.parametrize("batch_bytes", [1, 2500, 1 << 20])
def test_streams_decode_to_their_blocks(batch_bytes):
    jobs = [
        DecodeJob(n, np.frombuffer(encoded(b, SPEC), np.uint8), SPEC, SPEC.table_bits_for(len(b)), len(b))
        for n, b in enumerate(BLOCKS)
    ]
    results = list(GpuBackend(FakeGpu(), batch_bytes=batch_bytes).decode(jobs))
    assert [(result.number, result.data.tobytes()) for result in results] == list(enumerate(BLOCKS))


def test_no_jobs_give_no_results():
    assert list(GpuBackend(FakeGpu()).encode([])) == []


def test_failing_launch_names_the_blocks_of_its_batch():
    results = GpuBackend(FakeGpu(failing_launch=2), batch_bytes=2500).encode(_encode_jobs())
    with pytest.raises(DeviceError, match=r"^device 0: block 15: an illegal memory access .*d$"):
        list(results)


def test_block_that_the_kernel_left_is_named():
    results = GpuBackend(FakeGpu(skipped_rows=(1,))).encode(_encode_jobs())
    with pytest.raises(DeviceError, match="block 14: the kernel ended without finishing it"):
        list(results)


def test_out_of_memory_halves_the_blocks_in_flight():
    gpu = FakeGpu(memory_bytes=SLOT_BYTES * 3)
    assert len(list(GpuBackend(gpu).encode(_encode_jobs()))) == len(BLOCKS)
    assert gpu.refused == 1
    assert gpu.warps_at_once == 3


def test_memory_that_ran_out_once_is_not_asked_for_again():
    gpu = FakeGpu(memory_bytes=SLOT_BYTES * 3)
    blocks = [text(3000, seed=n) for n in range(12)]
    streams = [r.stream.tobytes() for r in GpuBackend(gpu, batch_bytes=12_000).encode(_encode_jobs(blocks))]
    assert streams == [encoded(data, SPEC) for data in blocks]
    assert gpu.refused == 4  # 48, 24, 12 and 6 slots
    assert gpu.warps_at_once == 3


@pytest.mark.parametrize("wanted", ["an array", "a launch"])
def test_buffers_and_launches_without_memory_halve_the_blocks_in_flight(wanted):
    short = {"an array": {"short_arrays": (3,)}, "a launch": {"short_launches": (0,)}}[wanted]
    gpu = FakeGpu(**short)
    results = list(GpuBackend(gpu).encode(_encode_jobs()))
    plain = list(GpuBackend(FakeGpu()).encode(_encode_jobs()))
    assert gpu.warps_at_once == 3
    assert gpu.refused == 1
    assert [r.stream.tobytes() for r in results] == [r.stream.tobytes() for r in plain]


def test_launches_before_one_without_memory_are_not_lost():
    gpu = FakeGpu(short_launches=(2,))
    results = list(GpuBackend(gpu, batch_bytes=2500).encode(_encode_jobs()))
    assert [r.number for r in results] == list(range(10, 17))
    assert results[5].stream.tobytes() == encoded(BLOCKS[5], SPEC)


def test_no_memory_for_one_block_is_a_device_error():
    with pytest.raises(DeviceError, match=r"no memory for the .* bytes of one block's model"):
        list(GpuBackend(FakeGpu(memory_bytes=100_000)).encode(_encode_jobs()))


@pytest.mark.parametrize("slots", [2, 5, 9])
def test_memory_bound_limits_the_blocks_in_flight(slots):
    bound = slots * SLOT_BYTES * 16 // 15 + 1
    gpu = FakeGpu()
    backend = GpuBackend(gpu, memory_bytes=bound)
    blocks = [text(3000, seed=n) for n in range(30)]
    assert len(list(backend.encode(_encode_jobs(blocks)))) == 30
    assert backend.slots_for(SPEC, SPEC.table_bits_for(3000), 100) == slots
    assert gpu.warps_at_once in (slots, slots - slots % 4)
    assert gpu.held_bytes_at_most <= bound + CONSTANTS_BYTES


def test_block_whose_model_is_over_the_memory_bound_is_a_device_error():
    results = GpuBackend(FakeGpu(), memory_bytes=SLOT_BYTES).encode(_encode_jobs())
    with pytest.raises(DeviceError, match=f"blocks? .*15: one block's model needs {SLOT_BYTES} bytes"):
        list(results)


def test_launches_are_shares_of_what_the_device_holds_and_overlap():
    gpu = FakeGpu(processors=1)  # 16 warps at once: 24 slots, launches of four blocks
    blocks = [text(300 + n, seed=n) for n in range(90)]
    results = list(GpuBackend(gpu, memory_bytes=1 << 29).encode(_encode_jobs(blocks)))
    assert [r.stream.tobytes() for r in results] == [encoded(data, SPEC) for data in blocks]
    assert gpu.launched_warps[:-1] == [4] * (len(gpu.launched) - 1)
    assert gpu.launched_blocks[:16] == [4] * 16
    for number, launch in enumerate(gpu.launched):
        before = [old for old in range(number) if launch.comes_after(gpu.launched[old])]
        assert number < 6 or number - 6 in before  # which had its slots
        assert not set(range(number - 5, number)).intersection(before)
    assert gpu.warps_at_once == 6 * 4


def test_the_next_launches_lie_ready_before_results_are_waited_for():
    gpu = FakeGpu(processors=1)
    blocks = [text(300 + n, seed=n) for n in range(90)]
    results = GpuBackend(gpu, memory_bytes=1 << 29).encode(_encode_jobs(blocks))
    next(results)
    assert len(gpu.launched) == 9  # the first has ended; six have slots, three lie behind it and others


def test_with_little_memory_launches_get_more_rounds_the_longer_it_goes_on():
    gpu = FakeGpu(processors=4)
    blocks = [text(40, seed=n) for n in range(300)]
    bound = 5 * state_bytes(SPEC, 8) * 16 // 15
    list(GpuBackend(gpu, memory_bytes=bound).encode(_encode_jobs(blocks)))
    sizes = gpu.launched_blocks
    assert sum(sizes) == 300
    assert sizes[:4] == [1] * 4
    growing = sizes[: sizes.index(max(sizes))]
    assert growing == sorted(growing)
    assert max(sizes) == 6
    assert sizes[-1] == 1  # the last ones are shared out evenly


def test_launches_of_several_specs_run_at_once_and_results_stay_in_order():
    gpu = FakeGpu(processors=1)
    specs = [spec_for_level(1), spec_for_level(2), spec_for_level(3)]
    blocks = [text(300 + n, seed=n) for n in range(70)]
    jobs = [EncodeJob(n, np.frombuffer(data, np.uint8), specs[n % 7 % 3]) for n, data in enumerate(blocks)]
    results = list(GpuBackend(gpu, memory_bytes=1 << 29).encode(iter(jobs)))
    assert [r.number for r in results] == list(range(70))
    for job, result in zip(jobs, results, strict=True):
        assert result.stream.tobytes() == encoded(job.data.tobytes(), job.spec)
    apart = [
        (one, other)
        for one, spec in zip(gpu.launched, gpu.launched_specs, strict=True)
        for other, other_spec in zip(gpu.launched, gpu.launched_specs, strict=True)
        if spec != other_spec and not one.comes_after(other) and not other.comes_after(one)
    ]
    assert len(apart) >= 2 * len(gpu.launched)
    assert len(gpu.launched) <= 18  # 70 changes of spec end no launch


def test_a_block_that_is_larger_than_others_does_not_take_their_slots():
    gpu = FakeGpu(processors=1)
    blocks = [text(300, seed=n) for n in range(5)]
    blocks[2] = text(300_000)
    jobs = _encode_jobs(blocks)
    assert len(list(GpuBackend(gpu, memory_bytes=1 << 29).encode(jobs))) == 5
    assert sorted(gpu.launched_warps) == [1, 4]


def test_a_pause_starts_what_is_gathered_and_leaves_the_rest_running():
    gpu = FakeGpu(processors=1)
    blocks = [text(300 + n, seed=n) for n in range(30)]
    jobs = _encode_jobs(blocks)
    numbers = []

    def paused():
        yield from jobs[:22]
        yield PAUSE
        assert numbers
        assert len(gpu.launched) == 6  # five and what was gathered
        yield from jobs[22:]
        while len(numbers) < 30:
            yield PAUSE
        yield PAUSE

    for result in GpuBackend(gpu, memory_bytes=1 << 29).encode(paused()):
        numbers.append(None if result is PAUSE else result.number)
    assert numbers == [*range(10, 40), None]


def test_the_host_pins_a_fixed_amount_of_memory_and_gives_it_back():
    gpu = FakeGpu()
    backend = GpuBackend(gpu)
    blocks = [text(200_000, seed=n) for n in range(4)]
    for _ in range(3):
        assert len(list(backend.encode(_encode_jobs(blocks)))) == 4
    assert gpu.pinned_bytes_held <= PIECES * PIECE_BYTES
    del backend
    gc.collect()
    assert gpu.pinned_bytes_held == 0


def test_fewer_page_locked_pieces_are_enough():
    gpu = FakeGpu(pinned_bytes=PIECE_BYTES)
    streams = [r.stream.tobytes() for r in GpuBackend(gpu).encode(_encode_jobs())]
    assert streams == [r.stream.tobytes() for r in GpuBackend(FakeGpu()).encode(_encode_jobs())]


def test_without_page_locked_memory_the_host_is_named_and_no_slots_are_given_up():
    gpu = FakeGpu(pinned_bytes=PIECE_BYTES - 1)
    with pytest.raises(
        DeviceError, match=rf"^device 0: blocks 10 to 16: no page-locked host memory for {PIECE_BYTES} bytes$"
    ):
        list(GpuBackend(gpu).encode(_encode_jobs()))
    assert gpu.refused == 0
    assert gpu.launched == []


def test_host_memory_that_runs_out_is_not_taken_for_the_devices(monkeypatch: pytest.MonkeyPatch):
    gpu = FakeGpu()

    def full(*rest, **options):
        raise MemoryError("Unable to allocate 4 GiB")

    monkeypatch.setattr(launches.np, "argsort", full)
    with pytest.raises(DeviceError, match="no host memory: Unable to allocate 4 GiB"):
        list(GpuBackend(gpu).encode(_encode_jobs()))
    assert gpu.launched == []


def test_index_is_named_so():
    job = EncodeJob(INDEX, np.frombuffer(text(900), np.uint8), SPEC)
    with pytest.raises(DeviceError, match=r"^device 0: the index: an illegal"):
        list(GpuBackend(FakeGpu(failing_launch=0)).encode([job]))


def test_next_call_waits_for_what_one_left_early_still_writes():
    gpu = FakeGpu()
    backend = GpuBackend(gpu, batch_bytes=2500)
    left = backend.encode(_encode_jobs())
    next(left)
    left.close()
    del gpu.log[:]
    assert [result.number for result in backend.encode(_encode_jobs())] == list(range(10, 17))
    waits = gpu.log.index("upload")
    assert waits > 1
    assert set(gpu.log[:waits]) == {"wait"}


@pytest.mark.skipif(importlib.util.find_spec("cupy") is not None, reason="CuPy is installed")
def test_gpu_without_cupy_is_a_device_error():
    with pytest.raises(DeviceError, match=r"^device 0: CuPy cannot be imported: No module named 'cupy'$"):
        Gpu(0)


@pytest.mark.parametrize(
    ("slots", "warps"),
    [(1, 1), (3, 1), (132, 1), (264, 2), (1056, 8), (1550, 4), (2112, 8)],
)
def test_ctas_spread_warps_evenly_over_processors(slots, warps):
    assert warps_of_cta(slots, 132) == warps
