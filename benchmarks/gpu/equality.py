"""This CPU's bytes against the GPU's, both ways, at every level: one row a level and round in equality.csv.

Small blocks of all levels first: a block takes a warp as long as it is, however many run beside it.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.gpu.data import sample, stream
from benchmarks.gpu.jobs import Root, decode_jobs, encode_jobs, first_difference
from benchmarks.gpu.loops import cpu_problem, require_cpu
from benchmarks.gpu.rows import equality_row
from benchmarks.gpu.session import Session
from kompakt.cpu.backend import CpuBackend
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import Spec, spec_for_level

KEPT_S = 15
"""Seconds kept for the comparison itself while the CPU is not ready."""

SMALL_SIZES = (0, 1, 2, 3, 7, 8, 31, 32, 33, 100, 999, 1000, 1024, 4095, 4096, 4097, 10_000)
ROUNDS = (  # name, KiB of the largest blocks, how many of them, KiB of what they start from
    ("small", 16, 96, 0),
    ("starting", 16, 96, 128),
    ("large", 256, 16, 0),
)


def run(session: Session) -> None:
    """Compare round by round until time is up; raise AssertionError if anything differed."""
    require_cpu(session.ordered_levels[0], session.left_s - KEPT_S)
    parts = sample(session.folder)
    gpu, cpu = GpuBackend(Gpu(0), notice=print), CpuBackend(notice=print)
    different = 0
    for name, block_kib, count, root_kib in ROUNDS:
        block_bytes, root_bytes = block_kib * session.kib, root_kib * session.kib
        root, data = np.split(stream(parts, root_bytes + block_bytes * count), [root_bytes])
        blocks = [data[at : at + block_bytes] for at in range(0, data.size, block_bytes)]
        blocks += [data[:size] for size in SMALL_SIZES]
        longest_s = 0.0  # of this round; its first level is always tried
        for level in session.ordered_levels:
            if session.left_s < 1.3 * longest_s:
                print(f"level {level}, {name} blocks: left out, time is up")
                continue
            if problem := cpu_problem(level):
                print(f"level {level}, {name} blocks: left out, {problem}")
                continue
            start = time.monotonic()
            spec = spec_for_level(level)
            outcome = compare(spec, gpu, cpu, blocks, Root(root, spec) if root.size else None)
            elapsed_s = time.monotonic() - start
            longest_s = max(longest_s, elapsed_s)
            different += bool(outcome)
            row = equality_row(gpu.name, "CPU", f"{name} blocks", spec, blocks, root_bytes, outcome)
            session.append("equality", row | {"elapsed_s": round(elapsed_s, 2)})
            print(f"level {level}, {name} blocks: {outcome or 'equal both ways'}")
    if different:
        raise AssertionError(f"{different} comparisons differ")


def compare(
    spec: Spec, gpu: GpuBackend, cpu: CpuBackend, blocks: list[np.ndarray], origin: Root | None
) -> str:
    """Encode on both at once, then let each decode what the other made; return what differs, if anything."""
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
    problems = {
        "encoded": first_difference([result.stream for result in wanted], [result.stream for result in made]),
        "decoded by the GPU": first_difference([blocks[job.number] for job in by_gpu], gpu_data),
        "decoded by the CPU": first_difference([blocks[job.number] for job in by_cpu], cpu_data),
    }
    return "; ".join(f"{way}: {problem}" for way, problem in problems.items() if problem)
