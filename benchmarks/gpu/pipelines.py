"""Huffman and rANS blocks on the GPU: equal to the CPU's both ways, and how fast; rows in throughput.csv.

Times are of whole calls: what the host counts and puts together, copies and kernels.
"""

import time
from dataclasses import replace

import numpy as np

from benchmarks.gpu.data import sample, stream
from benchmarks.gpu.jobs import first_difference
from benchmarks.gpu.loops import CODES, require_cpu
from benchmarks.gpu.rows import Speed
from benchmarks.gpu.session import Session
from kompakt.classic.choice import chosen_codec
from kompakt.classic.stages import HUFFMAN_ID, RANS_ID
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.jobs import EncodeJob, PipelineJob
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.pipelines import GpuPipelines

CASES = ((64, 4096), (1024, 256))  # KiB of a block, and how many
STAGES = {"huffman": HUFFMAN_ID, "rans": RANS_ID}


def run(session: Session) -> None:
    """Compare and measure until time is up; raise AssertionError if anything differed."""
    require_cpu(CODES)
    parts = sample(session.folder)
    gpu = Gpu(0)
    different = 0
    for name, stage in STAGES.items():
        cpu = PipelineBackend(codec=chosen_codec(name, 1))
        backend = GpuPipelines(gpu, stage, cpu, notice=print)
        list(backend.encode([EncodeJob(0, np.zeros(9, np.uint8), None)]))  # compiles
        for block_kib, count in CASES:
            block_bytes = block_kib * session.kib
            if session.left_s < 6:
                print(f"{name}, blocks of {block_bytes} bytes: left out, time is up")
                continue
            data = stream(parts, block_bytes * count)
            blocks = [data[at : at + block_bytes] for at in range(0, data.size, block_bytes)]
            different += not _measure(session, gpu, name, backend, cpu, blocks)
    if different:
        raise AssertionError(f"{different} comparisons differ")


def _measure(
    session: Session,
    gpu: Gpu,
    name: str,
    backend: GpuPipelines,
    cpu: PipelineBackend,
    blocks: list[np.ndarray],
) -> bool:
    jobs = [EncodeJob(number, block, None) for number, block in enumerate(blocks)]
    wanted = [result.stream for result in cpu.encode(jobs)]
    start = time.perf_counter()
    made = [result.stream for result in backend.encode(jobs)]
    encoded = time.perf_counter()
    stages = bytes([STAGES[name]])
    to_decode = [PipelineJob(n, data, stages, blocks[n].size) for n, data in enumerate(wanted)]
    decode_start = time.perf_counter()
    decoded = [result.data for result in backend.decode(to_decode)]
    ended = time.perf_counter()
    problem = first_difference(wanted, made) or first_difference(blocks, decoded)
    common = Speed(
        gpu.name, name, "", 0, blocks[0].size, len(blocks), raw_bytes=sum(block.size for block in blocks),
        coded_bytes=sum(data.size for data in wanted), equal=not problem, error=problem,
    )  # fmt: skip
    for direction, seconds in (("encode", encoded - start), ("decode", ended - decode_start)):
        speed = replace(common, direction=direction, end_to_end_s=seconds)
        session.append("throughput", speed.row())
        print(speed.row())
    return not problem
