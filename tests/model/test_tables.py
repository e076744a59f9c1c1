"""Tables are frozen, and have the properties that the model relies on."""

import numpy as np
import pytest

from kompakt.errors import KompaktError
from kompakt.model import tables as tables_file
from kompakt.model.tables import MIX_LIMIT, history_states, state_probabilities, tables


def test_tables_are_refused_when_they_come_out_differently(monkeypatch):
    monkeypatch.setitem(tables_file.CHECKSUMS, "squash", 0)
    with pytest.raises(KompaktError, match="squash"):
        tables_file.tables.__wrapped__()


def test_stretch_is_the_inverse_of_squash():
    stretch, squash = tables().stretch, tables().squash
    p12 = np.arange(8, 4088)
    again = squash[stretch[p12] + MIX_LIMIT] / 16
    assert np.all(np.abs(again - p12 - 0.5) <= 2 + p12 * (4096 - p12) / 4096 / 256)


def test_squash_rises_and_stays_codable():
    squash = tables().squash
    assert np.all(np.diff(squash) >= 0)
    assert squash[0] >= 1
    assert squash[-1] == 65535


def test_every_state_leads_to_a_state():
    following = tables().next_state.reshape(-1, 2)[: len(history_states())]
    assert np.all(following < len(history_states()))
    assert np.all(following != 0)


def test_a_state_counts_the_bit_it_saw():
    histories = history_states()
    following = tables().next_state.reshape(-1, 2)
    for state, (zeros, ones, _) in enumerate(histories):
        after_one = histories[following[state, 1]]
        assert after_one[1] >= min(ones, 5)
        assert after_one[0] <= zeros
        assert after_one[2][-1] == 1


def test_zeros_and_ones_are_treated_alike():
    histories = history_states()
    assert {(ones, zeros, tuple(1 - bit for bit in recent)) for zeros, ones, recent in histories} == set(
        histories
    )


def test_states_start_at_the_frequency_they_have_seen():
    p22 = state_probabilities()
    for state, (zeros, ones, _) in enumerate(history_states()):
        assert abs(p22[state] / 2**22 - (ones + 0.5) / (zeros + ones + 1)) < 1e-6
