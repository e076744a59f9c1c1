"""The kernels of Huffman and rANS codes, executed as the driver would get them; see tests/kernels/ptx."""

import random

import numpy as np
import pytest

from kompakt.classic.choice import chosen_codec
from kompakt.classic.stages import HUFFMAN_ID, RANS_ID
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.jobs import EncodeJob, PipelineJob
from kompakt.kernels.pipelines import GpuPipelines
from tests.inputs import random_bytes, text
from tests.kernels.executing import MARKS, arrays
from tests.kernels.ptx import cupy

pytestmark = MARKS

STAGES = {"huffman": HUFFMAN_ID, "rans": RANS_ID}
SIZES = (1, 2, 3, 5, 255, 256, 2047, 2048, 4097, 9000)
BLOCKS = [text(size, seed=size) for size in SIZES] + [random_bytes(700), b"=" * 600, bytes(range(256)) * 3]
BLOCKS += [text(30 + n, seed=n) for n in range(140)]


def _jobs(streams: list[np.ndarray], sizes: list[int], stage: int) -> list[PipelineJob]:
    return [
        PipelineJob(number, stream, bytes([stage]), size)
        for number, (stream, size) in enumerate(zip(streams, sizes, strict=True))
    ]


@pytest.mark.parametrize("name", STAGES)
def test_kernels_make_the_cpus_streams_and_read_them_back(name: str):
    stage, pipeline = STAGES[name], chosen_codec(name, 1).pipeline
    gpu = GpuPipelines(0, stage, PipelineBackend(1))
    data = arrays(BLOCKS)
    made = [result.stream for result in gpu.encode([EncodeJob(n, d, None) for n, d in enumerate(data)])]
    assert [stream.tobytes() for stream in made] == [pipeline.encode(d).tobytes() for d in data]
    decoded = [result.data for result in gpu.decode(_jobs(made, [d.size for d in data], stage))]
    assert [d.tobytes() for d in decoded] == BLOCKS
    assert all(warps == 4 for _, _, warps in cupy.state.launches)
    assert max(ctas for _, ctas, _ in cupy.state.launches) >= 2


@pytest.mark.parametrize("name", STAGES)
def test_kernels_find_damage_where_the_cpu_finds_it_and_touch_nothing_else(name: str):
    stage, source = STAGES[name], random.Random(7)
    data = np.frombuffer(text(2500), np.uint8)
    stream = chosen_codec(name, 1).pipeline.encode(data)
    streams = []
    for _ in range(150):
        bad = stream.copy()
        bad[source.randrange(source.choice((20, 300, stream.size)))] ^= 1 << source.randrange(8)
        streams.append(bad[: source.choice((stream.size, source.randrange(stream.size)))])
    streams.append(stream)
    jobs = _jobs(streams, [data.size] * len(streams), stage)
    ours = list(GpuPipelines(0, None, PipelineBackend(1)).decode(jobs))
    theirs = list(PipelineBackend(1).decode(jobs))
    assert 0 < sum(result.data is None for result in ours) < len(ours)
    for mine, cpu in zip(ours, theirs, strict=True):
        assert (mine.data is None) == (cpu.data is None)
        assert mine.data is None or mine.data.tobytes() == cpu.data.tobytes()
