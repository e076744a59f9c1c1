"""The tables of all contexts lie side by side, whatever the size of each."""

import numpy as np
import pytest

from kompakt.model.buckets import first_bucket, table_bits_of
from kompakt.model.loops import _fixed, with_bits
from kompakt.model.spec import SPECS, TABLE_BITS_MIN, spec_for_level
from kompakt.model.words import u32
from tests.model.calling import called


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
@pytest.mark.parametrize("bits", [TABLE_BITS_MIN, 20])
def test_tables_follow_one_another(spec, bits):
    numbers = called(with_bits)(_fixed(spec), np.uint32(bits), np.uint32(0))
    ends = 0
    for lane in range(len(spec.contexts)):
        assert called(first_bucket)(numbers, u32(lane), u32(bits)) == ends
        ends += 1 << int(called(table_bits_of)(numbers, u32(lane), u32(bits)))
    assert ends == spec.buckets(bits)


def test_what_level_9_gives_to_large_tables_it_takes_from_small_ones():
    spec = spec_for_level(9)
    assert spec.buckets(20) < (len(spec.contexts) + 1) << 20
