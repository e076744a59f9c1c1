"""Kernels executed as the driver would get them, on blocks that start after others; see test_executed.py."""

import pytest

from kompakt.model.spec import TABLE_BITS_MIN
from kompakt.models.building import build
from tests.inputs import random_bytes, text
from tests.kernels.executing import ANOTHER, MARKS, arrays, check_both_ways, few_warps

pytestmark = MARKS

KNOWN = text(300, seed=4), text(150, seed=5) + bytes(range(60)) * 2
FOLLOWING = [KNOWN[0][50:130] + text(60, seed=6), KNOWN[1][-40:] * 2, random_bytes(16)]


class Known:
    """An origin that is there."""

    def __init__(self, start):
        self._start = start
        self.base_bits = start.base_bits

    def start(self):
        return self._start


@pytest.mark.parametrize("spec", ANOTHER, ids=lambda spec: spec.name)
def test_kernels_start_where_the_cpu_does(spec, monkeypatch):
    few_warps(monkeypatch, of_processor=1)
    start = build(spec, TABLE_BITS_MIN + 1, arrays(KNOWN))
    check_both_ways(spec, FOLLOWING, Known(start))
