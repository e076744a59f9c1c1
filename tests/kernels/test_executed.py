"""Every kernel, as the driver would get it, executed on the CPU through the product's own backend.

The streams are those of the CPU backend, and decode. Lanes run in shuffled order, and whatever no kernel may
do to memory ends the test: see tests/kernels/ptx.
"""

import pytest

from kompakt.model.spec import SPECS
from tests.inputs import random_bytes, text
from tests.kernels.executing import MARKS, ONE_GEOMETRY, check_both_ways, few_warps
from tests.kernels.ptx import cupy

pytestmark = MARKS

MIXED = (
    text(200)
    + text(60)
    + b"".join(b"%04d,ok\n" % n for n in range(8))
    + b"<a><b>k</b><b>l</b></a>" * 3
    + b"=" * 90
    + bytes(byte for n in range(40) for byte in (n, 128))
)
BLOCKS = [MIXED, b"", random_bytes(40), text(60, seed=1) * 2]


@pytest.mark.parametrize("spec", ONE_GEOMETRY, ids=lambda spec: spec.name)
def test_kernels_make_the_streams_of_the_cpu_and_read_them_back(spec, monkeypatch):
    few_warps(monkeypatch, of_processor=1)
    check_both_ways(spec, BLOCKS)
    assert max(ctas * warps for _, ctas, warps in cupy.state.launches) <= 2 < len(BLOCKS)


def test_a_queue_of_blocks_is_coded_by_several_ctas_of_several_warps(monkeypatch):
    few_warps(monkeypatch, of_processor=4)
    check_both_ways(SPECS[14], [b"k", *(text(40 + 5 * n, seed=n) for n in range(12))])
    assert any(ctas > 1 and warps > 1 for _, ctas, warps in cupy.state.launches)
