import numpy as np

from kompakt.kinds.resemblance import BINS, WHOLE, shared_permille, sketch_of
from tests.inputs import random_bytes, text


def sample(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def test_content_shares_all_with_itself() -> None:
    sketch = sketch_of(sample(text(20_000)))
    assert sketch.dtype == np.uint16 and sketch.size == BINS and sketch.sum() <= WHOLE
    assert shared_permille(sketch, sketch) > 900


def test_parts_of_a_text_share_more_than_text_and_numbers() -> None:
    first, second = (sketch_of(sample(text(20_000, seed=seed))) for seed in (1, 2))
    numbers = sketch_of(sample(b"".join(b"%d;%d\n" % (n, n * n % 997) for n in range(3000))))
    assert shared_permille(first, second) > 600 > 200 > shared_permille(first, numbers)


def test_runs_and_the_shortest_samples_share_nothing() -> None:
    for data in (b"a", b"ab", b"\0" * 5000):
        assert not sketch_of(sample(data)).any()


def test_a_sketch_of_one_trigram_fits_its_type() -> None:
    assert sketch_of(sample(b"ab" * 5000)).sum() <= WHOLE
    assert shared_permille(sketch_of(sample(b"abc")), sketch_of(sample(random_bytes(500)))) < 100
