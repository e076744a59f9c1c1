"""Huffman and rANS kernels against kompakt/classic, compiled for the CPU and in the emulated warp."""

import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from kompakt.classic import huffman, rans
from kompakt.classic.choice import chosen_codec
from kompakt.classic.stages import HUFFMAN_ID, RANS_ID
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.errors import DeviceError
from kompakt.jobs import EncodeJob, PipelineJob
from kompakt.kernels import pipelines
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.pipelines import GpuPipelines
from tests.classic.codecs import SEVERAL, array
from tests.inputs import random_bytes, text
from tests.kernels.fake_codes import CodesGpu, fake_kernel

CODECS = {HUFFMAN_ID: huffman, RANS_ID: rans}
BLOCKS = [array(data) for data in SEVERAL.values() if data] + [
    array(text(n)) for n in (1, 2, 3, 5, 4095, 4097)
]
SMALL = [
    b"k",
    b"=" * 9,
    random_bytes(61),
    text(200),
    text(130, 1),
    bytes(range(40)),
    b"ab" * 33,
    text(77, 2),
    b"xyz",
]
both = pytest.mark.parametrize("stage", CODECS, ids=["huffman", "rans"])
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs the compiled codes")


def backend(monkeypatch, stage: int | None, **options) -> GpuPipelines:
    monkeypatch.setattr(pipelines, "code_kernel_for", fake_kernel)
    gpu = CodesGpu(options.pop("failing", False))
    return GpuPipelines(gpu, stage, PipelineBackend(2), **options)


def encode_jobs(blocks) -> list[EncodeJob]:
    return [EncodeJob(number, data, None) for number, data in enumerate(blocks)]


def decode_jobs(streams, blocks, stage: int) -> list[PipelineJob]:
    pairs = enumerate(zip(streams, blocks, strict=True))
    return [PipelineJob(number, stream, bytes([stage]), data.size) for number, (stream, data) in pairs]


@compiled_only
@both
@pytest.mark.parametrize("batch_bytes", [1, 1 << 17, 1 << 30])
def test_streams_are_the_cpus_and_come_back(monkeypatch, stage: int, batch_bytes: int):
    gpu = backend(monkeypatch, stage, batch_bytes=batch_bytes)
    made = list(gpu.encode(encode_jobs(BLOCKS)))
    assert [result.number for result in made] == list(range(len(BLOCKS)))
    assert {result.stages for result in made} == {bytes([stage])}
    for result, data in zip(made, BLOCKS, strict=True):
        assert result.stream.tobytes() == CODECS[stage].encode(data).tobytes()
    decoded = list(gpu.decode(decode_jobs([result.stream for result in made], BLOCKS, stage)))
    assert [result.data.tobytes() for result in decoded] == [data.tobytes() for data in BLOCKS]


@compiled_only
@both
def test_damage_is_found_where_the_cpu_finds_it(monkeypatch, stage: int):
    source = random.Random(stage)
    data = array(text(9000))
    stream = CODECS[stage].encode(data)
    streams = []
    for _ in range(300):
        bad = stream.copy()
        bad[source.randrange(min(source.choice((20, 300, stream.size)), stream.size))] ^= (
            1 << source.randrange(8)
        )
        streams.append(bad[: source.choice((stream.size, source.randrange(stream.size)))])
    jobs = decode_jobs(streams, [data] * len(streams), stage)
    ours = list(backend(monkeypatch, None).decode(jobs))
    theirs = list(PipelineBackend(2).decode(jobs))
    for mine, cpu in zip(ours, theirs, strict=True):
        assert (mine.data is None) == (cpu.data is None)
        assert mine.data is None or mine.data.tobytes() == cpu.data.tobytes()
        assert (mine.error is None) == (cpu.error is None)


@compiled_only
def test_other_pipelines_are_decoded_beside_them_in_order(monkeypatch):
    jobs = []
    for number, data in enumerate(BLOCKS):
        pipeline = chosen_codec(("huffman", "lz77+rans", "rans")[number // 2 % 3], 1).pipeline
        jobs.append(PipelineJob(number, pipeline.encode(data), pipeline.ids, data.size))
    decoded = list(backend(monkeypatch, None).decode(jobs))
    assert [result.data.tobytes() for result in decoded] == [data.tobytes() for data in BLOCKS]


@compiled_only
def test_a_failing_gpu_is_an_error_that_names_the_blocks(monkeypatch):
    gpu = backend(monkeypatch, RANS_ID, failing=True)
    with pytest.raises(
        DeviceError, match=r"device 0: blocks 0 to 2: an illegal memory access was encountered$"
    ):
        list(gpu.encode(encode_jobs(BLOCKS[:3])))


class Recording(CodesGpu):
    """Keeps what each kernel was given, and gives it what the emulated warp made of it."""

    def __init__(self, path: Path, seed: int):
        super().__init__()
        self._path, self._seed = path, seed

    def load(self, images, name):
        def launch(ctas, warps_of_cta, stream, arguments):
            self._path.write_bytes(pickle.dumps([(name, *arguments)]))
            command = [sys.executable, "-W", "error", "-m", "tests.kernels.emulate_codes"]
            environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
            run = subprocess.run(
                [*command, str(self._path), str(self._seed)], env=environment, capture_output=True, text=True
            )
            assert run.returncode == 0, run.stderr
            ((_, _, _, _, target, results),) = pickle.loads(self._path.read_bytes())
            arguments[3][:], arguments[4][:] = target, results

        return launch


@compiled_only
@both
@pytest.mark.parametrize("seed", [1, 2])
def test_an_emulated_warp_makes_the_cpus_streams_and_reads_them(
    monkeypatch, tmp_path: Path, stage: int, seed: int
):
    monkeypatch.setattr(pipelines, "code_kernel_for", fake_kernel)
    gpu = GpuPipelines(Recording(tmp_path / "case", seed), stage, PipelineBackend(1))
    blocks = [array(data) for data in SMALL]
    made = [result.stream for result in gpu.encode(encode_jobs(blocks))]
    assert [stream.tobytes() for stream in made] == [CODECS[stage].encode(data).tobytes() for data in blocks]
    decoded = list(gpu.decode(decode_jobs(made, blocks, stage)))
    assert [result.data.tobytes() for result in decoded] == SMALL


@pytest.mark.gpu
@both
def test_a_gpu_makes_the_cpus_streams_of_pipelines_and_reads_them(stage: int):
    try:
        gpu = GpuPipelines(Gpu(0), stage, PipelineBackend(1))
    except DeviceError as error:
        pytest.skip(str(error))
    made = [result.stream for result in gpu.encode(encode_jobs(BLOCKS))]
    assert [stream.tobytes() for stream in made] == [CODECS[stage].encode(data).tobytes() for data in BLOCKS]
    decoded = list(gpu.decode(decode_jobs(made, BLOCKS, stage)))
    assert [result.data.tobytes() for result in decoded] == [data.tobytes() for data in BLOCKS]
