import math
from pathlib import Path

import numpy as np
import pytest

from kompakt.analysis.entropy import byte_costs, entropies
from kompakt.analysis.sample import PIECE_BYTES, sample
from kompakt.classic.orders import ORDER_2
from tests.classic.codecs import array, entropy_bits
from tests.inputs import text


def test_the_entropy_of_order_0_is_that_of_the_counts():
    data = array(text(10_000))
    assert entropies(data)[0] == pytest.approx(entropy_bits(data) / data.size)


def test_higher_orders_are_what_is_left_when_the_bytes_before_are_known():
    data = array(text(3_000))
    for order in (1, 2, 3, 4):
        counts: dict[bytes, dict[int, int]] = {}
        for i in range(order, data.size):
            own = counts.setdefault(data[i - order : i].tobytes(), {})
            own[int(data[i])] = own.get(int(data[i]), 0) + 1
        bits = sum(
            count * math.log2(sum(own.values()) / count) for own in counts.values() for count in own.values()
        )
        assert entropies(data)[order] == pytest.approx(bits / (data.size - order))


@pytest.mark.parametrize("data", [b"a", b"ab", b"aaaa", b"abcd"])
def test_short_data_have_an_entropy_too(data: bytes):
    found = entropies(array(data))
    assert len(found) == 5
    assert min(found) >= 0


def test_costs_are_what_the_codec_of_order_2_writes():
    data = array(text(60_000))
    assert byte_costs(data).sum() / 8 == pytest.approx(ORDER_2.encode(data).size, rel=0.002)


def test_a_sample_is_everything_or_evenly_from_all_over(tmp_path: Path):
    contents = [text(PIECE_BYTES + 77, 1), b"", text(50_000, 2), text(3 * PIECE_BYTES, 3)]
    files = []
    for number, content in enumerate(contents):
        path = tmp_path / str(number)
        path.write_bytes(content)
        files.append((str(number), path, len(content)))
    whole = b"".join(contents)
    pieces = sample(files, 1 << 30)
    assert np.concatenate([piece.data for piece in pieces]).tobytes() == whole
    pieces = sample(files, 2 * PIECE_BYTES)
    assert len(pieces) == 2
    for piece in pieces:
        assert whole[piece.offset : piece.offset + piece.data.size] == piece.data.tobytes()
    assert pieces[0].names[0] == (0, "0")
    (tmp_path / "2").unlink()
    assert sum(piece.data.size for piece in sample(files, 1 << 30)) == len(whole) - 50_000
