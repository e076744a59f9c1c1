"""Codes one batch that fills the GPU and ends: a program for profilers, and no stage of the run."""

from unittest import mock

from benchmarks.gpu.data import made, stream
from benchmarks.gpu.jobs import encode_jobs
from benchmarks.gpu.session import Session
from kompakt.kernels import backend
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import spec_for_level

BLOCK_KIB = 16


def run(session: Session) -> None:
    """Launch one kernel."""
    gpu, spec = Gpu(0), spec_for_level(session.middle_level)
    block_bytes = BLOCK_KIB * session.kib
    count = backend.WARPS_OF_PROCESSOR * gpu.processors
    blocks = list(stream(made(3_000_000), count * block_bytes).reshape(count, block_bytes))
    with mock.patch.object(backend, "SHARES", 1):
        results = list(backend.GpuBackend(gpu).encode(encode_jobs(blocks, spec)))
    coded = sum(result.stream.size for result in results)
    print(f"level {spec.level}: {count} blocks of {block_bytes} bytes became {coded} bytes")
