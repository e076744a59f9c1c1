import numpy as np
import pytest

from benchmarks.limits import entropies, entropy_lines, entropy_shuffled, inputs_by_hash, log2_share


def test_every_input_has_one_hash_and_hashes_are_shared():
    shared = inputs_by_hash(2, 1)
    assert shared.sum() == 1 << 16
    assert shared.min() > 1


def test_few_inputs_can_be_shrunk_far():
    assert log2_share(1024, 1024) == 8 + 1 - 8192
    assert log2_share(1024, 1) == 1  # an upper bound only: short streams are counted too


def test_entropies_of_what_is_known():
    assert entropies(np.zeros(100, np.uint8)) == [0, 0, 0]
    assert entropies(np.arange(256, dtype=np.uint8)) == [8, 0, 0]
    once = np.tile(np.array([0, 1], np.uint8), 1000)
    assert entropies(once) == pytest.approx([1, 0, 0])
    assert entropy_shuffled(once) == pytest.approx(1, abs=0.01)
    even = np.random.default_rng(0).integers(0, 4, 1 << 18).astype(np.uint8)
    assert entropies(even) == pytest.approx([2, 2, 2], abs=0.001)


def test_the_shortest_files(tmp_path):
    for size in range(4):
        (tmp_path / str(size)).write_bytes(bytes(size))
    lines = list(entropy_lines([tmp_path / str(size) for size in range(4)], {f"{tmp_path.name}/3": 1}))
    assert len(lines) == 6
    assert "| 3.00 |" in lines[-1]
