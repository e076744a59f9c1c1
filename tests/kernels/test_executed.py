"""Every kernel, as the driver would get it, executed on the CPU through the product's own backend.

The streams are those of the CPU backend, and decode. Lanes run in shuffled order, and whatever no kernel may
do to memory ends the test: see tests/kernels/ptx.
"""

import importlib.util

import numpy as np
import pytest

from benchmarks.gpu.jobs import decode_jobs, encode_jobs, first_difference
from kompakt.cpu.backend import CpuBackend
from kompakt.kernels import backend
from kompakt.kernels.backend import GpuBackend
from kompakt.model.spec import SPECS, TABLE_BITS_MIN, Spec
from kompakt.models.building import build
from tests.inputs import random_bytes, text
from tests.kernels.ptx import cupy
from tests.model.blocks import ARRAYS

pytestmark = [
    pytest.mark.usefixtures("executor"),
    pytest.mark.skipif(
        importlib.util.find_spec("numba_cuda") is None,
        reason="numba-cuda is not installed: pip install .[cuda13]",
    ),
]

MIXED = (
    text(200)
    + text(60)
    + b"".join(b"%04d,ok\n" % n for n in range(8))
    + b"<a><b>k</b><b>l</b></a>" * 3
    + b"=" * 90
    + bytes(byte for n in range(40) for byte in (n, 128))
)
BLOCKS = [MIXED, b"", random_bytes(40), text(120, seed=1) * 2, b"k"]
KNOWN = text(300, seed=4), text(150, seed=5) + bytes(range(60)) * 2
FOLLOWING = [KNOWN[0][50:130] + text(60, seed=6), KNOWN[1][-40:] * 2, random_bytes(16)]
ALL = [*SPECS.values(), *ARRAYS[:6]]


class Known:
    """An origin that is there."""

    def __init__(self, start):
        self._start = start
        self.base_bits = start.base_bits

    def start(self):
        return self._start


@pytest.fixture(autouse=True)
def one_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all blocks be one launch, whose slots are used again."""
    monkeypatch.setattr(backend, "SHARES", 1)


def _arrays(blocks: list[bytes]) -> list[np.ndarray]:
    return [np.frombuffer(data, np.uint8) for data in blocks]


def _check_both_ways(spec: Spec, blocks: list[bytes], origin: Known | None = None) -> None:
    """Check that kernels and CPU agree."""
    data = _arrays(blocks)
    gpu = GpuBackend(0)
    wanted = list(CpuBackend(1).encode(encode_jobs(data, spec, origin)))
    made = list(gpu.encode(encode_jobs(data, spec, origin)))
    difference = first_difference([result.stream for result in wanted], [result.stream for result in made])
    assert not difference
    jobs = decode_jobs(wanted, data, spec, origin)
    decoded = [result.data for result in gpu.decode(jobs)]
    assert not first_difference([data[job.number] for job in jobs], decoded)


@pytest.fixture
def two_warps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the GPU have two warps only, so that their slots are used again."""
    monkeypatch.setattr(backend, "WARPS_OF_PROCESSOR", 1)


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
def test_kernels_make_the_streams_of_the_cpu_and_read_them_back(spec, two_warps):
    _check_both_ways(spec, BLOCKS)
    assert max(ctas * warps for _, ctas, warps in cupy.state.launches) <= 2


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
def test_kernels_start_where_the_cpu_does(spec, two_warps):
    start = build(spec, TABLE_BITS_MIN + 1, _arrays(KNOWN))
    _check_both_ways(spec, FOLLOWING, Known(start))


def test_a_queue_of_blocks_is_coded_by_several_ctas_of_several_warps(monkeypatch):
    monkeypatch.setattr(backend, "WARPS_OF_PROCESSOR", 4)
    _check_both_ways(SPECS[14], [text(40 + 5 * n, seed=n) for n in range(14)])
    assert any(ctas > 1 and warps > 1 for _, ctas, warps in cupy.state.launches)
