"""Checks that executed kernels and the CPU agree, shared by the tests of every kernel."""

import importlib.util
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.gpu.jobs import decode_jobs, encode_jobs, first_difference
from kompakt.cpu.backend import CpuBackend
from kompakt.kernels import backend
from kompakt.kernels.backend import GpuBackend
from kompakt.model.spec import SPECS, Spec
from tests.model.blocks import ARRAYS

MARKS = [
    pytest.mark.usefixtures("executor"),
    pytest.mark.skipif(
        importlib.util.find_spec("numba_cuda") is None,
        reason="numba-cuda is not installed: pip install .[cuda13]",
    ),
]

ONE_GEOMETRY = [*SPECS.values(), ARRAYS[0], ARRAYS[6], ARRAYS[1], ARRAYS[5]]
ANOTHER = [*SPECS.values(), ARRAYS[0], ARRAYS[6], ARRAYS[2], ARRAYS[3]]
"""Specs of all kernels, those for arrays with geometries that differ where a level has several here."""


def arrays(blocks: Sequence[bytes]) -> list[np.ndarray]:
    """Return blocks as backends take them."""
    return [np.frombuffer(data, np.uint8) for data in blocks]


def few_warps(monkeypatch: pytest.MonkeyPatch, of_processor: int) -> None:
    """Let one launch at a time have so many warps on each of two processors, so that slots are used again."""
    monkeypatch.setattr(backend, "WARPS_OF_PROCESSOR", of_processor)
    monkeypatch.setattr(backend, "SHARES", 1)


def check_both_ways(spec: Spec, blocks: Sequence[bytes], origin=None) -> None:
    """Check that kernels make the CPU's streams of `blocks`, and decode them."""
    data = arrays(blocks)
    gpu = GpuBackend(0)
    wanted = list(CpuBackend(1).encode(encode_jobs(data, spec, origin)))
    made = list(gpu.encode(encode_jobs(data, spec, origin)))
    difference = first_difference([result.stream for result in wanted], [result.stream for result in made])
    assert not difference
    jobs = decode_jobs(wanted, data, spec, origin)
    decoded = [result.data for result in gpu.decode(jobs)]
    difference = first_difference([data[job.number] for job in jobs], decoded)
    assert not difference
