"""The GPU backend's batches, memory and errors, on a GPU made of NumPy arrays."""

import importlib.util

import numpy as np
import pytest

from kompakt.errors import DeviceError
from kompakt.jobs import INDEX, DecodeJob, EncodeJob
from kompakt.kernels import backend
from kompakt.kernels.backend import GpuBackend, warps_of_cta
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import spec_for_level
from kompakt.model.state import state_bytes
from tests.inputs import random_bytes, text
from tests.kernels.fake_gpu import FakeGpu, fake_kernel
from tests.model.blocks import encoded

SPEC = spec_for_level(1)
BLOCKS = [text(900), b"", b"k", random_bytes(300), b"=" * 2000, text(3000, seed=1), text(40)]


@pytest.fixture(autouse=True)
def fake_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the name of a kernel stand for its code."""
    monkeypatch.setattr(backend, "kernel_for", fake_kernel)


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
    gpu = FakeGpu(memory_bytes=state_bytes(SPEC, SPEC.table_bits_for(3000)) * 3)
    assert len(list(GpuBackend(gpu).encode(_encode_jobs()))) == len(BLOCKS)
    assert gpu.launched_warps == [3]


def test_memory_that_ran_out_once_is_not_asked_for_again():
    gpu = FakeGpu(memory_bytes=state_bytes(SPEC, SPEC.table_bits_for(3000)) * 3)
    blocks = [text(3000, seed=n) for n in range(12)]
    streams = [r.stream.tobytes() for r in GpuBackend(gpu, batch_bytes=12_000).encode(_encode_jobs(blocks))]
    assert streams == [encoded(data, SPEC) for data in blocks]
    assert gpu.launched_warps == [2, 2, 2]
    assert gpu.refused == 1


@pytest.mark.parametrize("wanted", ["an array", "a launch"])
def test_buffers_and_launches_without_memory_halve_the_blocks_in_flight(wanted):
    short = {"an array": {"short_arrays": (3,)}, "a launch": {"short_launches": (0,)}}[wanted]
    gpu = FakeGpu(**short)
    results = list(GpuBackend(gpu).encode(_encode_jobs()))
    plain = list(GpuBackend(FakeGpu()).encode(_encode_jobs()))
    assert gpu.launched_warps == [3]
    assert gpu.refused == 1
    assert [r.stream.tobytes() for r in results] == [r.stream.tobytes() for r in plain]


def test_no_memory_for_one_block_is_a_device_error():
    with pytest.raises(DeviceError, match=r"no memory for the .* bytes of one block's model"):
        list(GpuBackend(FakeGpu(memory_bytes=100_000)).encode(_encode_jobs()))


def test_memory_bound_limits_the_blocks_in_flight():
    slot_bytes = state_bytes(SPEC, SPEC.table_bits_for(3000))
    assert GpuBackend(FakeGpu(), memory_bytes=4 * slot_bytes).slots_for(SPEC, 10, 100) == 3


def test_block_whose_model_is_over_the_memory_bound_is_a_device_error():
    slot_bytes = state_bytes(SPEC, SPEC.table_bits_for(3000))
    results = GpuBackend(FakeGpu(), memory_bytes=slot_bytes).encode(_encode_jobs())
    with pytest.raises(DeviceError, match=f"blocks 10 to 16: one block's model needs {slot_bytes} bytes"):
        list(results)


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
    gpu.copies_and_waits.clear()
    assert [result.number for result in backend.encode(_encode_jobs())] == list(range(10, 17))
    assert gpu.copies_and_waits[:2] == ["wait", "upload"]


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
