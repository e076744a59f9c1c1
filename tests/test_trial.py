import numpy as np
import pytest

import kompakt
from kompakt.kinds.elements import SAMPLE_BYTES, elements_of, find_geometries
from kompakt.look import look_at
from kompakt.model.geometry import Geometry
from kompakt.model.spec import spec_for_level
from kompakt.trial import better_spec
from tests.inputs import random_bytes, text

SPEC = spec_for_level(1)


def image(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Return smooth hills with noise, float64 (rows, columns), from about 500 to 3500."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    hills = 2000 + 700 * np.sin(x / 37 + seed) + 700 * np.cos(y / 23)
    return hills + random.normal(0, 4, (rows, columns))


def volume() -> np.ndarray:
    """Return a smooth field with a little noise, int16 (60, 30, 50)."""
    z, y, x = np.mgrid[:60, :30, :50]
    field = 3000 * np.sin(x / 7) * np.cos(y / 5) * np.sin(z / 9 + 1)
    return (field + np.random.default_rng(2).normal(0, 2, field.shape)).astype("<i2")


def sample_of(array: np.ndarray, before: bytes = b"") -> np.ndarray:
    return np.frombuffer(before + array.tobytes(), np.uint8)[:SAMPLE_BYTES]


@pytest.mark.parametrize(
    ("array", "before", "geometry"),
    [
        (image(300, 200).astype("<i2"), b"", Geometry(2, 1, 200)),
        (image(300, 200).astype(">i2"), b"", Geometry(2, 1, 200, 0, True)),
        (image(300, 200).astype("<i2"), b"?", Geometry(2, 1, 200, 1)),
        (image(300, 200).astype("<f4"), b"", Geometry(4, 1, 200, 0, False, True)),
        (image(200, 150).astype(">f8"), b"", Geometry(8, 1, 150, 0, True, True)),
        (np.stack([image(250, 100, n).astype("u1") for n in range(3)], 2), b"", Geometry(1, 3, 300)),
        (np.cumsum(np.random.default_rng(1).integers(0, 9, 40_000)).astype("<i4"), b"", Geometry(4)),
        (volume(), b"", Geometry(2, 1, 50, 0, False, False, 1500)),
    ],
    ids=["16 bits", "highest first", "not aligned", "float32", "float64", "RGB", "no rows", "planes"],
)
def test_the_geometry_is_found(array: np.ndarray, before: bytes, geometry: Geometry) -> None:
    found, _ = find_geometries(sample_of(array, before))[0]
    assert found == geometry


@pytest.mark.parametrize("data", [b"k", b"abc" * 5, bytes(1000), random_bytes(9999), text(5000)])
def test_any_bytes_have_some_geometry(data: bytes) -> None:
    find_geometries(np.frombuffer(data, np.uint8))


def test_elements_are_whole_and_have_signs() -> None:
    data = np.array([9, 0xFF, 0xFE, 0, 1, 7], np.uint8)
    assert elements_of(data, Geometry(2, phase=1, is_big_endian=True)).tolist() == [-2, 1]
    assert elements_of(data, Geometry(2)).tolist() == [-247, 254, 1793]


def test_numbers_get_a_spec_for_arrays_and_other_things_do_not() -> None:
    numbers = sample_of(image(400, 300).astype("<i2"))
    assert better_spec(SPEC, numbers).geometry == Geometry(2, 1, 300)
    assert better_spec(SPEC, np.frombuffer(text(SAMPLE_BYTES), np.uint8)) is None


def test_numbers_come_back_from_whole_archives_in_fewer_bytes() -> None:
    array = image(700, 1000).astype("<i2")
    data = b"header, ten bytes wide"[:10] + array.tobytes()
    assert look_at(memoryview(data), SPEC).spec is not None
    packed = kompakt.compress(data, level=1)
    assert kompakt.decompress(packed) == data
    assert len(packed) < 0.9 * len(kompakt.compress(data[1:50_001], level=1)) * len(data) / 50_000
