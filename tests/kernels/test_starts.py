"""Blocks that start after others, by the GPU backend, on a GPU made of NumPy arrays."""

import numpy as np
import pytest

from kompakt.cpu.backend import CpuBackend
from kompakt.errors import DeviceError
from kompakt.jobs import DecodeJob, EncodeJob, OriginError
from kompakt.kernels import launches
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.starts import start_bytes
from kompakt.model.spec import TABLE_BITS_MIN, spec_for_level
from kompakt.model.state import state_bytes
from kompakt.models.building import build
from kompakt.origin import Generation
from kompakt.roots import RootsBackend
from kompakt.several import SeveralBackend
from tests.inputs import text
from tests.kernels.fake_gpu import FakeGpu, fake_kernel

SPEC = spec_for_level(1)
BLOCKS = [np.frombuffer(text(500 + 7 * seed, seed), np.uint8) for seed in range(12)]
STARTS = [build(SPEC, 9, [np.frombuffer(text(2000, seed), np.uint8)]) for seed in (20, 21, 22)]
START_BYTES = start_bytes(SPEC, STARTS[0])
SLOT_BYTES = state_bytes(SPEC, TABLE_BITS_MIN)


class Known:
    """An origin that is there, or is not, with a count of who asked."""

    def __init__(self, start):
        self._start = start
        self.base_bits = 9

    def start(self):
        if self._start is None:
            raise OriginError("block 3, which it starts from, is damaged")
        return self._start


@pytest.fixture(autouse=True)
def fake_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the name of a kernel stand for its code."""
    monkeypatch.setattr(launches, "kernel_for", fake_kernel)


def origins() -> list[Known | None]:
    return [*map(Known, STARTS), None]


def jobs_from(pattern: list[int], where: list) -> list[EncodeJob]:
    """Return a job for each number in `pattern`, that of its origin."""
    return [EncodeJob(n, BLOCKS[n], SPEC, where[origin]) for n, origin in enumerate(pattern)]


def decode_jobs(jobs: list[EncodeJob], results: list) -> list[DecodeJob]:
    return [
        DecodeJob(job.number, result.stream, SPEC, result.table_bits, len(job.data), job.origin)
        for job, result in zip(jobs, results, strict=True)
    ]


def check_both_ways(gpu_backend: GpuBackend, jobs: list[EncodeJob]) -> None:
    """Check that the streams are those of the CPU, and decode."""
    wanted = list(CpuBackend(1).encode(jobs))
    made = list(gpu_backend.encode(iter(jobs)))
    assert [result.stream.tobytes() for result in made] == [result.stream.tobytes() for result in wanted]
    decoded = list(gpu_backend.decode(decode_jobs(jobs, wanted)))
    assert [result.number for result in decoded] == [job.number for job in jobs]
    assert [result.data.tobytes() for result in decoded] == [job.data.tobytes() for job in jobs]


def uploads_of_starts(gpu: FakeGpu) -> int:
    return sum(size == START_BYTES for size in gpu.arrays)


@pytest.mark.parametrize("batch_bytes", [1, 1500, 1 << 20])
def test_streams_are_those_of_the_cpu_wherever_blocks_start(batch_bytes):
    jobs = jobs_from([0, 1, 3, 0, 2, 3, 3, 1, 0, 0, 2, 2], origins())
    check_both_ways(GpuBackend(FakeGpu(), batch_bytes=batch_bytes), jobs)


def test_a_start_helps():
    with_start, without = (
        list(GpuBackend(FakeGpu()).encode(jobs_from([origin] * 4, origins()))) for origin in (0, 3)
    )
    assert sum(r.stream.size for r in with_start) < 0.95 * sum(r.stream.size for r in without)


def test_each_start_is_uploaded_once():
    gpu = FakeGpu()
    jobs = jobs_from([0, 1, 0, 1, 1, 0, 2, 0, 1, 2, 2, 0], origins())
    check_both_ways(GpuBackend(gpu, batch_bytes=1500), jobs)
    assert uploads_of_starts(gpu) == 3
    assert len(gpu.launched_warps) > 6


def test_starts_are_copied_beside_kernels_that_run():
    gpu = FakeGpu()
    where = [Known(start) for start in STARTS] + [None]
    jobs = jobs_from([3, 3, 3, 3, 0, 0, 0, 0, 1, 1, 1, 1], where)
    results = GpuBackend(gpu, batch_bytes=2400).encode(iter(jobs))
    assert next(results).number == 0
    list(results)
    first, second = gpu.launched[:2]
    of_start = [copy for copy in gpu.uploads if START_BYTES - 64 <= copy.size <= START_BYTES]
    assert len(of_start) == 2
    assert second.comes_after(of_start[0])
    assert not any(copy.comes_after(first) or first.comes_after(copy) for copy in of_start)


def test_the_same_bytes_of_another_origin_are_another_start():
    gpu = FakeGpu()
    same = [Known(STARTS[0]), Known(STARTS[0])]
    check_both_ways(GpuBackend(gpu), jobs_from([0, 1, 0, 1], same))
    assert uploads_of_starts(gpu) == 2


def budget_for(slots: float, starts: int) -> int:
    """Return a bound on memory with room for these, and the buffers of batches of 1000 bytes."""
    return int(slots * SLOT_BYTES) + starts * START_BYTES + 4 * 1000


def test_starts_count_among_the_memory_that_may_be_used():
    gpu = FakeGpu()
    jobs = jobs_from([0] * 12, origins())
    check_both_ways(GpuBackend(gpu, memory_bytes=budget_for(3, 1), batch_bytes=1000), jobs)
    assert gpu.held_bytes_at_most <= budget_for(3, 1)
    assert max(gpu.launched_warps) <= 3


def test_batches_end_where_their_starts_no_longer_fit_together():
    gpu = FakeGpu()
    jobs = jobs_from([0, 0, 1, 1, 2, 2, 0, 0, 3, 3, 1, 1], origins())
    bound = budget_for(2, 1)
    check_both_ways(GpuBackend(gpu, memory_bytes=bound, batch_bytes=1000), jobs)
    assert gpu.held_bytes_at_most <= bound
    assert uploads_of_starts(gpu) == 2 * 5


def test_slots_give_way_to_starts():
    gpu = FakeGpu()
    bound = budget_for(4, 2)
    jobs = jobs_from([3] * 4 + [0, 1] * 4, origins())
    check_both_ways(GpuBackend(gpu, memory_bytes=bound, batch_bytes=1000), jobs)
    assert gpu.held_bytes_at_most <= bound


@pytest.mark.parametrize("pattern", [[0], [3, 3, 0]])
def test_a_start_over_the_memory_bound_is_a_device_error_that_names_the_block(pattern):
    jobs = jobs_from(pattern, origins())
    results = GpuBackend(FakeGpu(), memory_bytes=budget_for(1, 0) + START_BYTES // 2, batch_bytes=1).encode(
        jobs
    )
    words = (
        f"^device 0: block {len(jobs) - 1}: one block's model needs .* and {START_BYTES} bytes to start from"
    )
    with pytest.raises(DeviceError, match=words):
        list(results)


def test_a_start_without_memory_is_a_device_error():
    gpu = FakeGpu(memory_bytes=START_BYTES - 1)
    with pytest.raises(DeviceError, match=f"no memory for .* and {START_BYTES} bytes to start from"):
        list(GpuBackend(gpu).encode(jobs_from([0, 0, 0], origins())))


@pytest.mark.parametrize("short", range(9))
def test_memory_that_runs_out_anywhere_halves_the_blocks_in_flight(short):
    jobs = jobs_from([0, 1, 0, 3, 1, 2], origins())
    gpu = FakeGpu(short_arrays=(short,))
    check_both_ways(GpuBackend(gpu), jobs)
    assert gpu.refused == 1
    assert gpu.warps_at_once == 3


def test_blocks_without_anything_to_start_from_get_the_reason():
    where = [Known(STARTS[0]), Known(None)]
    jobs = jobs_from([0, 0, 0, 0, 0, 0], where)
    results = list(GpuBackend(FakeGpu()).encode(jobs))
    broken = [
        DecodeJob(job.number, job.stream, SPEC, job.table_bits, job.raw_bytes, where[job.number in (0, 2, 5)])
        for job in decode_jobs(jobs, results)
    ]
    for batch_bytes in (1, 1500, 1 << 20):
        decoded = list(GpuBackend(FakeGpu(), batch_bytes=batch_bytes).decode(broken))
        assert [result.number for result in decoded] == [0, 1, 2, 3, 4, 5]
        assert [result.data is None for result in decoded] == [True, False, True, False, False, True]
        assert decoded[2].error == "block 3, which it starts from, is damaged"
        assert decoded[3].data.tobytes() == BLOCKS[3].tobytes()


def test_encoding_does_not_hide_that_there_is_nothing_to_start_from():
    with pytest.raises(OriginError, match="block 3"):
        list(GpuBackend(FakeGpu()).encode(jobs_from([1], [None, Known(None)])))


def generations(make) -> list:
    """Return jobs of a small tree: blocks 0 and 1, then 2, which starts from both, then 3 to 11, from all."""
    first = Generation(SPEC, range(2), None, 9)
    second = Generation(SPEC, [2], first, 10)
    jobs = []
    for number, data in enumerate(BLOCKS):
        origin = None if number < 2 else first if number == 2 else second
        heir = first if number < 2 else second if number == 2 else None
        if heir:
            heir.supply(number, data)
        jobs.append(make(number, data, origin, heir))
    return jobs


@pytest.mark.parametrize("gpus", [1, 2])
@pytest.mark.parametrize("batch_bytes", [1, 1500, 1 << 20])
def test_a_tree_of_blocks_is_coded_by_cpu_and_gpu_as_by_the_cpu(gpus, batch_bytes):
    def encoding(number, data, origin, heir):
        return EncodeJob(number, data, SPEC, origin, heir)

    def decoding(number, data, origin, heir):
        stream, bits = wanted[number].stream, wanted[number].table_bits
        return DecodeJob(number, stream, SPEC, bits, len(data), origin, heir)

    wanted = list(CpuBackend(2).encode(generations(encoding)))
    fakes = [FakeGpu(number=number) for number in range(gpus)]
    backends = [GpuBackend(fake, batch_bytes=batch_bytes) for fake in fakes]
    both = RootsBackend(backends[0] if gpus == 1 else SeveralBackend(backends), lambda: CpuBackend(2))
    made = list(both.encode(iter(generations(encoding))))
    assert [result.stream.tobytes() for result in made] == [result.stream.tobytes() for result in wanted]
    decoded = list(both.decode(iter(generations(decoding))))
    assert [result.data.tobytes() for result in decoded] == [data.tobytes() for data in BLOCKS]
    assert all(fake.launched_warps for fake in fakes) or batch_bytes > 1
