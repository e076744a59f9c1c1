"""A slot that another block has used starts its next block like a new state."""

import numpy as np
import pytest
from numba import njit

from kompakt.kernels.reset import reset_state
from kompakt.model.spec import TABLE_BITS_MIN, spec_for_level
from kompakt.model.state import allocate, reset, starting_patterns, views
from tests.model.blocks import ARRAYS


@njit(_nrt=False)
def _reset(state, words, state_map_start, apm_start, match_start, element_start, weight, final_weight):
    reset_state(state, words, state_map_start, apm_start, match_start, element_start, weight, final_weight)


@pytest.mark.parametrize("spec", [*map(spec_for_level, (1, 5, 9)), ARRAYS[1]], ids=lambda spec: spec.name)
def test_reset_of_a_used_slot_equals_the_empty_state(spec):
    wanted, used = allocate(spec, TABLE_BITS_MIN), allocate(spec, TABLE_BITS_MIN)
    reset(views(wanted, spec, TABLE_BITS_MIN), spec)
    used[:] = 0xA5
    start = starting_patterns(spec)
    _reset(
        views(used, spec, TABLE_BITS_MIN), used.view(np.uint64), start["state_maps"], start["apms"],
        start["match_maps"][0], start["element_maps"][0], start["weights"][0], start["final_weights"][0],
    )  # fmt: skip
    assert np.array_equal(used, wanted)
