"""Codes one batch at the default level and ends: a program for profilers."""

from benchmarks.gpu.data import made, stream
from benchmarks.gpu.jobs import encode_jobs
from kompakt.kernels import backend
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import DEFAULT_LEVEL, spec_for_level

BLOCK_BYTES = 16 << 10


def main() -> None:
    """Fill the GPU once."""
    gpu = Gpu(0)
    count = backend.WARPS_OF_PROCESSOR * gpu.processors
    blocks = list(stream(made(3_000_000), count * BLOCK_BYTES).reshape(count, BLOCK_BYTES))
    list(backend.GpuBackend(gpu, notice=print).encode(encode_jobs(blocks, spec_for_level(DEFAULT_LEVEL))))


if __name__ == "__main__":
    main()
