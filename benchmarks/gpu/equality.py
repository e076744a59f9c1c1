"""The CPU's bytes against the GPU's, both ways, at every level: one row a level and round in equality.csv.

Small blocks of all levels first: a block takes a warp as long as it is, however many run beside it.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from benchmarks.gpu.data import sample, stream
from benchmarks.gpu.jobs import Root, decode_jobs, encode_jobs, first_difference
from benchmarks.gpu.session import Session
from kompakt.cpu.backend import CpuBackend
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import Spec, spec_for_level

SMALL_SIZES = (0, 1, 2, 3, 7, 8, 31, 32, 33, 100, 999, 1000, 1024, 4095, 4096, 4097, 10_000)
ROUNDS = (  # name, bytes of the largest blocks, how many of them, bytes of what they start from
    ("small", 16 << 10, 96, 0),
    ("starting", 16 << 10, 96, 128 << 10),
    ("large", 256 << 10, 16, 0),
)


class Outcome(NamedTuple):
    """Where the devices differ in each of three ways; empty texts where they do not."""

    encoded: str
    decoded_by_gpu: str
    decoded_by_cpu: str


def run(session: Session) -> None:
    """Compare round by round until time is up; raise AssertionError if anything differed."""
    parts = sample(session.folder)
    gpu, cpu = GpuBackend(Gpu(0), notice=print), CpuBackend(notice=print)
    different = 0
    for name, block_bytes, count, root_bytes in ROUNDS:
        root, data = np.split(stream(parts, root_bytes + block_bytes * count), [root_bytes])
        blocks = [data[at : at + block_bytes] for at in range(0, data.size, block_bytes)]
        blocks += [data[:size] for size in SMALL_SIZES]
        longest_s = 0.0  # of this round; its first level is always tried
        for level in session.ordered_levels:
            if session.left_s < 1.3 * longest_s:
                print(f"level {level}, {name} blocks: left out, time is up")
                continue
            start = time.monotonic()
            spec = spec_for_level(level)
            outcome = compare(spec, gpu, cpu, blocks, Root(root, spec) if root.size else None)
            elapsed_s = time.monotonic() - start
            longest_s = max(longest_s, elapsed_s)
            equal = not any(outcome)
            different += not equal
            row = {
                "machine": gpu.name,
                "level": level,
                "blocks": len(blocks),
                "largest_block_bytes": block_bytes,
                "root_bytes": root_bytes,
                "bytes": sum(block.size for block in blocks),
                "equal": equal,
                **outcome._asdict(),
                "elapsed_s": round(elapsed_s, 2),
            }
            session.append("equality", row)
            print(f"level {level}, {name} blocks: {'equal in both directions' if equal else outcome}")
    if different:
        raise AssertionError(f"{different} comparisons differ")


def compare(
    spec: Spec, gpu: GpuBackend, cpu: CpuBackend, blocks: list[np.ndarray], origin: Root | None
) -> Outcome:
    """Encode on both at once, then let each decode what the other made."""
    jobs = encode_jobs(blocks, spec, origin)
    with ThreadPoolExecutor(1) as beside:
        future = beside.submit(lambda: list(cpu.encode(jobs)))
        made = list(gpu.encode(jobs))
        wanted = future.result()
        by_cpu = decode_jobs(made, blocks, spec, origin)
        future = beside.submit(lambda: list(cpu.decode(by_cpu)))
        by_gpu = decode_jobs(wanted, blocks, spec, origin)
        gpu_data = [result.data for result in gpu.decode(by_gpu)]
        cpu_data = [result.data for result in future.result()]
    return Outcome(
        first_difference([result.stream for result in wanted], [result.stream for result in made]),
        first_difference([blocks[job.number] for job in by_gpu], gpu_data),
        first_difference([blocks[job.number] for job in by_cpu], cpu_data),
    )
