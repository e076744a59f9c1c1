import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu.memory_trace import (
    PREFETCH,
    READ,
    SHARES_BYTES,
    WARM_BYTES,
    WRITE,
    Noted,
    Share,
    Trace,
    measured,
    traced,
    write_state,
)
from kompakt.model.spec import TABLE_BITS_MIN, spec_for_level
from kompakt.model.state import allocate, begin, empty_start
from tests.inputs import text


def test_a_share_forgets_what_was_used_longest_ago() -> None:
    share = Share(3 * 32)
    assert [share.touch(sector, False) for sector in (1, 2, 3, 1, 4)] == [False, False, False, True, False]
    assert not share.touch(2, False)
    assert share.touch(1, False)


def test_only_what_was_written_is_written_back() -> None:
    share = Share(32)
    share.touch(1, True)
    share.touch(1, False)
    share.touch(2, False)
    share.touch(3, False)
    assert share.written_back == 1


def test_lanes_that_touch_a_sector_in_one_line_are_one_access() -> None:
    trace = Trace()
    array = np.zeros(64, np.uint32)
    noted = Noted("weights", array, trace)
    for lane in range(32):
        noted[lane] = noted[lane] + 1
    trace.epoch += 1
    assert noted[0] == 1
    accesses = trace.take()
    assert [(name, what) for _, name, what, _ in accesses] == [
        ("weights", READ),
        ("weights", WRITE),
        ("weights", READ),
    ]
    assert 4 <= len(accesses[0][3]) <= 5  # 128 bytes, wherever the array begins
    assert "noted[lane] = noted[lane] + 1" in accesses[0][0]
    assert trace.take() == []


def test_rows_tell_misses_for_each_share_after_the_caches_have_settled() -> None:
    many = list(range(SHARES_BYTES[1] // 32))  # fits the second share and not the first
    bits = [[("a.py: x", "maps", READ, many)]] * 8
    counted, rows = measured(bits)
    assert counted == 6
    row = rows[0]
    assert (row["accesses"], row["sectors"]) == (6, 6 * len(many))
    assert row["misses_4k"] == 6 * len(many) and row["missing_4k"] == 6
    assert row["misses_8k"] == row["missing_8k"] == 0


@pytest.mark.parametrize(("sector", "announced"), [(5, 1), (6, 0)])
def test_an_access_after_a_prefetch_is_announced(sector: int, announced: int) -> None:
    bits = [[("a.py: p", "apms", PREFETCH, [5]), ("a.py: r", "apms", READ, [sector])]] * 4
    rows = measured(bits)[1]
    assert next(row for row in rows if row["what"] == READ).get("announced", 0) == 3 * announced


def test_every_bit_reads_what_predicts_and_writes_what_it_learns(tmp_path: Path) -> None:
    spec = spec_for_level(1)
    buffer = allocate(spec, TABLE_BITS_MIN)
    begin(buffer, spec, TABLE_BITS_MIN)
    data = np.frombuffer(text(WARM_BYTES + 8), np.uint8)
    write_state(tmp_path / "state.npz", buffer, TABLE_BITS_MIN, data, empty_start(spec))
    rows = list(csv.DictReader(traced(spec, tmp_path / "state.npz", 4).splitlines()))
    bits = 4 * 8 * 3 // 4
    assert {row["bits"] for row in rows} == {str(bits)}
    once_a_bit = {(row["array"], row["what"]) for row in rows if int(row["accesses"]) == bits and row["line"]}
    assert once_a_bit >= {
        ("histories", READ),
        ("histories", WRITE),
        ("maps", READ),
        ("weights", READ),
        ("weights", WRITE),
        ("apms", PREFETCH),
    }
    announced = [row for row in rows if row["array"] == "histories" and row["what"] == PREFETCH]
    assert [int(row["accesses"]) for row in announced] == [bits // 4]
