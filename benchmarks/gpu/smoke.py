"""The first contact: the kernels of the fastest level, compiled, loaded, run and compared with the CPU."""

import time

import numpy as np

from benchmarks.gpu.driver_log import driver_log
from benchmarks.gpu.jobs import decode_jobs, encode_jobs, first_difference
from benchmarks.gpu.session import Session
from kompakt.cpu.backend import CpuBackend
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.found import kernel_for
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import spec_for_level

BLOCKS = [b"k", b"the cat sat on the mat, the cat sat on the mat", bytes(range(256)) * 8, b"=" * 3000]


def run(session: Session) -> None:
    """Print each step with its time; raise where one fails."""
    gpu = Gpu(0)
    print(f"{gpu.name}: compute capability {gpu.capability}, {gpu.processors} processors")
    print(f"{gpu.free_bytes / 1e9:.1f} GB of device memory can be had")
    spec = spec_for_level(min(session.levels))
    for decoding in (False, True):
        _load(gpu, spec, decoding)
    blocks = [np.frombuffer(data, np.uint8) for data in BLOCKS]
    backend, cpu = GpuBackend(gpu, notice=print), CpuBackend(notice=print)
    wanted = list(cpu.encode(encode_jobs(blocks, spec)))
    made = _timed("encode", lambda: list(backend.encode(encode_jobs(blocks, spec))))
    _check("encoded", [result.stream for result in wanted], [result.stream for result in made])
    jobs = decode_jobs(wanted, blocks, spec)
    decoded = _timed("decode", lambda: list(backend.decode(jobs)))
    _check("decoded", [blocks[job.number] for job in jobs], [result.data for result in decoded])


def _load(gpu: Gpu, spec, decoding: bool) -> None:
    name = f"level {spec.level} {'decode' if decoding else 'encode'}"
    kernel = _timed(f"{name}: found", lambda: kernel_for(spec, decoding, gpu.capability, print))
    try:
        _timed(f"{name}: load", lambda: gpu.load(kernel.images, kernel.name))
    except gpu.errors:
        print(driver_log(kernel.images[-1]))
        raise


def _timed(what: str, work):
    start = time.perf_counter()
    result = work()
    print(f"{what}: {time.perf_counter() - start:.3f} s")
    return result


def _check(what: str, wanted: list, made: list) -> None:
    if problem := first_difference(wanted, made):
        raise AssertionError(f"{what} on the GPU: {problem}")
    print(f"{what} on the GPU: equal")
