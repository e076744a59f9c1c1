"""A real GPU against the CPU, byte by byte. Run by themselves: `pytest -m gpu`."""

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.gpu.jobs import Root, decode_jobs, encode_jobs, first_difference
from benchmarks.gpu.timed_gpu import TimedGpu
from kompakt.cpu.backend import CpuBackend
from kompakt.errors import DeviceError
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import spec_for_level
from kompakt.model.state import state_bytes
from tests.inputs import CONTENTS, random_bytes, text

pytestmark = pytest.mark.gpu

LEVELS = (1, 5, 9)
BLOCKS = [np.frombuffer(data, np.uint8) for data in CONTENTS.values()]
ALIKE = [np.frombuffer(text(3000, seed), np.uint8) for seed in range(8)]
SPEC = spec_for_level(1)


@pytest.fixture(scope="module")
def gpu() -> Gpu:
    """GPU 0; where there is none, the test is skipped with the reason."""
    try:
        return Gpu(0)
    except DeviceError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def cpu() -> CpuBackend:
    return CpuBackend()


@pytest.fixture
def pool(gpu) -> Iterator:
    """CuPy's memory pool, empty and without a limit before and after the test."""
    import cupy

    pool = cupy.get_default_memory_pool()
    pool.free_all_blocks()
    yield pool
    pool.set_limit(size=0)


def _check_backends_agree(
    gpu: GpuBackend, cpu: CpuBackend, blocks: list[np.ndarray], level: int, origin: Root | None = None
) -> None:
    spec = spec_for_level(level)
    wanted, made = (list(backend.encode(encode_jobs(blocks, spec, origin))) for backend in (cpu, gpu))
    assert not first_difference([result.stream for result in wanted], [result.stream for result in made])
    jobs = decode_jobs(wanted, blocks, spec, origin)
    decoded = [result.data for result in gpu.decode(jobs)]
    assert not first_difference([blocks[job.number] for job in jobs], decoded)


@pytest.mark.parametrize("level", LEVELS)
def test_gpu_and_cpu_agree_on_every_kind_of_block(gpu, cpu, level):
    _check_backends_agree(GpuBackend(gpu), cpu, BLOCKS, level)


@pytest.mark.parametrize("level", LEVELS)
def test_gpu_and_cpu_agree_on_blocks_that_start_after_others(gpu, cpu, level):
    root = Root(np.frombuffer(text(20_000, seed=9), np.uint8), spec_for_level(level))
    _check_backends_agree(GpuBackend(gpu), cpu, BLOCKS, level, root)


@pytest.mark.parametrize("level", LEVELS)
def test_gpu_and_cpu_agree_on_more_blocks_than_slots(gpu, cpu, level):
    blocks = [np.frombuffer(text(100 + n, seed=n), np.uint8) for n in range(300)]
    memory_bytes = 200 * state_bytes(spec_for_level(level), spec_for_level(level).table_bits_for(400))
    _check_backends_agree(GpuBackend(gpu, memory_bytes=memory_bytes), cpu, blocks, level)


def test_batches_on_two_streams_come_in_order_with_the_right_bytes(gpu, cpu):
    blocks = [
        np.frombuffer(data, np.uint8) for n in range(12) for data in (text(900, n), random_bytes(90, n))
    ]
    _check_backends_agree(GpuBackend(gpu, batch_bytes=2500), cpu, blocks, 1)


def test_memory_bound_limits_the_models_on_the_device(gpu, cpu):
    timed = TimedGpu(gpu)
    slot_bytes = state_bytes(SPEC, SPEC.table_bits_for(3000))
    _check_backends_agree(GpuBackend(timed, memory_bytes=5 * slot_bytes), cpu, ALIKE, 1)
    assert 1 <= timed.warps_in_flight < 5


def test_out_of_memory_halves_the_blocks_in_flight(gpu, cpu, pool):
    timed = TimedGpu(gpu)
    backend = GpuBackend(timed)
    pool.set_limit(size=pool.total_bytes() + 6 * state_bytes(SPEC, SPEC.table_bits_for(3000)))
    _check_backends_agree(backend, cpu, ALIKE, 1)
    assert 1 <= timed.warps_in_flight <= 4


def test_damaged_streams_end_the_kernel(gpu):
    streams = [np.frombuffer(random_bytes(500, seed), np.uint8) for seed in range(4)]
    whole = list(GpuBackend(gpu).encode(encode_jobs(ALIKE[:4], SPEC)))
    jobs = decode_jobs(whole, ALIKE, SPEC)
    damaged = [
        type(job)(job.number, data, SPEC, job.table_bits, 3000)
        for job, data in zip(jobs, streams, strict=True)
    ]
    assert [result.data.size for result in GpuBackend(gpu).decode(damaged)] == [3000] * 4


def test_events_tell_the_seconds_of_kernels(gpu):
    timed = TimedGpu(gpu)
    list(GpuBackend(timed).encode(encode_jobs(ALIKE, SPEC)))
    assert 0 < timed.kernel_s < 60
