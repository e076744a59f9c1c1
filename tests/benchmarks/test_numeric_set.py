import numpy as np
import pytest

from benchmarks import numeric_set
from benchmarks.numeric_set import ARRAYS, type_of, write_array


@pytest.mark.parametrize("generate", ARRAYS, ids=lambda generate: generate.__name__)
def test_an_array_is_of_some_megabytes_and_equal_for_equal_seeds(generate, tmp_path):
    array = generate(np.random.default_rng(1))
    assert 2e6 < array.nbytes < 8e6
    assert np.array_equal(array, generate(np.random.default_rng(1)))
    assert len(np.unique(array)) > 50
    assert np.isfinite(array).all()


def test_names_tell_the_type_and_the_shape(tmp_path):
    array = np.arange(6, dtype=">i2").reshape(2, 3)
    path = write_array("rows", array, tmp_path)
    assert path.name == "rows.int16.2x3.raw"
    assert type_of(path.name) == np.dtype("<i2")
    assert np.array_equal(np.frombuffer(path.read_bytes(), "<i2").reshape(2, 3), array)


@pytest.mark.parametrize("name", ["a.raw", "a.text.2.raw", "a.float32.2x.raw", "float32.2.raw", "a.nc"])
def test_other_names_have_no_type(name):
    assert type_of(name) is None


def test_the_program_writes_every_array(tmp_path, monkeypatch, capsys):
    def zeros(random):
        return np.zeros(4, np.float64)

    monkeypatch.setattr(numeric_set, "ARRAYS", (zeros,))
    numeric_set.main([str(tmp_path / "new")])
    assert (tmp_path / "new" / "zeros.float64.4.raw").stat().st_size == 32
    assert "zeros.float64.4.raw" in capsys.readouterr().out
