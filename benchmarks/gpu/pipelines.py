"""Huffman and rANS blocks on the GPU: equal to the CPU's both ways, and how fast; rows in pipelines.csv.

Times are of whole calls: what the host counts and puts together, copies and kernels.
"""

import time

import numpy as np

from benchmarks.gpu.data import sample, stream
from benchmarks.gpu.jobs import first_difference
from benchmarks.gpu.session import MIB, Session
from kompakt.classic.choice import chosen_codec
from kompakt.classic.stages import HUFFMAN_ID, RANS_ID
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.jobs import EncodeJob, PipelineJob
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.pipelines import GpuPipelines

CASES = ((64 << 10, 4096), (1 * MIB, 512))  # bytes of a block, and how many
STAGES = {"huffman": HUFFMAN_ID, "rans": RANS_ID}


def run(session: Session) -> None:
    """Compare and measure until time is up; raise AssertionError if anything differed."""
    parts = sample(session.folder)
    gpu = Gpu(0)
    different = 0
    for name, stage in STAGES.items():
        cpu = PipelineBackend(codec=chosen_codec(name, 1))
        backend = GpuPipelines(gpu, stage, cpu, notice=print)
        list(backend.encode([EncodeJob(0, np.zeros(9, np.uint8), None)]))  # compiles
        for block_bytes, count in CASES:
            if session.left_s < 20:
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
    size = sum(block.size for block in blocks)
    row = {
        "machine": gpu.name,
        "codec": name,
        "blocks": len(blocks),
        "block_bytes": blocks[0].size,
        "bytes": size,
        "coded_bytes": sum(data.size for data in wanted),
        "equal": not problem,
        "difference": problem,
        "encode_mb_s": round(size / (encoded - start) / 1e6, 1),
        "decode_mb_s": round(size / (ended - decode_start) / 1e6, 1),
    }
    session.append("pipelines", row)
    print(f"{name}: {row}")
    return not problem
