"""Specs are frozen: what an id means never changes."""

import hashlib
import subprocess
import sys

import pytest

from kompakt.archive.layout import MAX_SPEC_ID
from kompakt.model.geometry import MAX_PLANE, MAX_ROW, MAX_STEP, Geometry
from kompakt.model.neighbours import geometry_numbers
from kompakt.model.spec import (
    DEFAULT_LEVEL,
    SPECS,
    TABLE_BITS_MIN,
    array_spec,
    is_known,
    spec_by_id,
    spec_for_level,
)
from tests.model.blocks import ARRAYS

FROZEN = {
    14: "dd22e8832d4668a3",
    15: "adb6a0085f76cdb1",
    16: "68af15433f55da14",
    17: "377d3e0bacd4ccb1",
    18: "484193ea77547b4c",
    19: "3254a25e28f8b7f6",
    20: "df221896833d83b6",
    21: "4b4540ae499b5c73",
    27: "d24f21e2381b9227",
    12648459: "2ddf74ba191fb6c1",
    3149324: "07ed385a23cb2486",
    49420: "9bf9677d4694e5b2",
    19791215591693: "012cdb4f6596fc13",
    5282573: "cec35c4096c6da5b",
    12648474: "ccf1d1ca35aacdec",
    6597072930573: "4ecedc4789440e89",
}


def digest(spec) -> str:
    """Return 16 hex digits over everything in the spec that a stream depends on."""
    content = (
        [tuple(map(int, context)) for context in spec.contexts],
        [tuple(map(int, row)) for row in spec.selector_rows()],
        (spec.with_counters, spec.apms, spec.rate, spec.rate_extra, spec.final_rate),
        (spec.min_match, spec.map_limit, spec.first_weight, spec.table_bits_max),
        [spec.match_bits(bits) for bits in range(30)],
        *([geometry_numbers(spec.geometry, spec.predictors).tolist()] if spec.is_array else []),
    )
    later = (spec.counter_limit, spec.linear_inputs, spec.set_rate_extra)
    content += (later,) if any(later) else ()
    content += (spec.sure_match,) if spec.sure_match else ()
    latest = (spec.final_mixers, spec.small_contexts, spec.large_contexts)
    content += (latest,) if latest != (1, 0, 0) else ()
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


@pytest.mark.parametrize("spec", [*SPECS.values(), *ARRAYS], ids=lambda spec: spec.name)
def test_a_spec_means_what_it_meant(spec):
    assert digest(spec) == FROZEN[spec.spec_id], "give the changed model a new spec id"


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(1),
        Geometry(8, MAX_STEP, MAX_ROW, 7, True, True, MAX_PLANE),
        Geometry(2, 3, 511, 1),
        Geometry(4, 1, 0, 3, is_float=True),
    ],
)
def test_the_id_of_an_array_spec_tells_its_geometry(geometry):
    spec = array_spec(5, geometry)
    assert spec_by_id(spec.spec_id) == spec
    assert spec.geometry == geometry
    assert spec.spec_id <= MAX_SPEC_ID


@pytest.mark.parametrize(
    "spec_id", [0, 9, 99, 1 | 1 << 8, 11 | 1 << 64, 11 | 7 << 11, 13 | 17 << 8, 12 | 1 << 14]
)
def test_ids_that_no_spec_has_are_unknown(spec_id):
    assert not is_known(spec_id)


def test_every_level_has_a_spec():
    assert [spec_for_level(level).level for level in range(1, 10)] == list(range(1, 10))
    assert spec_for_level(DEFAULT_LEVEL) is spec_by_id(spec_for_level(DEFAULT_LEVEL).spec_id)


def test_inputs_fill_a_warp_a_few_times():
    assert spec_for_level(5).inputs == 32
    assert spec_for_level(9).inputs == 95


def test_tables_suit_the_block():
    spec = spec_for_level(5)
    assert spec.table_bits_for(0) == spec.table_bits_for(100) == TABLE_BITS_MIN
    assert spec.table_bits_for(1 << 20) == 18
    assert spec.table_bits_for((1 << 16) + 1) == spec.table_bits_for(1 << 17) == 15
    assert spec.table_bits_for(1 << 30) == spec.table_bits_max


def test_levels_can_be_listed_without_numpy_and_numba():
    code = "import sys, kompakt.model.spec; assert not {'numpy', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
