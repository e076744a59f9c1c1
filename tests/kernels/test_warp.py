"""A warp of 32 lanes codes a block to the CPU's bytes, in whatever order its lanes run (see warp.py)."""

import json
import os
import subprocess
import sys

import numba
import numpy as np
import pytest

from kompakt.cpu.training import BaseTraining
from kompakt.model.spec import TABLE_BITS_MIN, Spec, spec_for_level
from kompakt.model.state import views
from kompakt.models.building import build
from tests.inputs import random_bytes, text
from tests.kernels.emulate import tables_hash, write_start
from tests.kernels.warp import RaceError, Warp, Watched
from tests.model.blocks import ARRAYS, encoded

BLOCKS = {
    "empty": b"",
    "one byte": b"k",
    "all equal": b"=" * 40,
    "random": random_bytes(16),
    "text that repeats": text(20) * 2,
    "records": b"".join(b"%04d,ok\n" % n for n in range(5)),
    "markup": b"<a><b>k</b><b>l</b></a>" * 2,
    "words of 16 bits": bytes(b for n in range(12) for b in (n, 128)),
}


KNOWN = text(200, seed=4), text(150, seed=5) + bytes(range(60)) * 2
"""What the blocks with a start come after: two texts, of which the second ends with a longer match."""

FOLLOWING = {
    "empty": b"",
    "one byte": b"k",
    "as before": KNOWN[0][50:130],
    "across the end": KNOWN[1][-40:] + KNOWN[1][-40:],
    "new": random_bytes(16),
}

EMULATED = [spec_for_level(1), spec_for_level(5), spec_for_level(9), ARRAYS[1]]

compiled_only = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT), reason="needs the compiled model to compare with"
)


def _emulated(spec: Spec, blocks: dict[str, bytes], start: str = "") -> list[dict]:
    cases = [
        {"spec": spec.spec_id, "seed": 2 * n, "data": data.hex(), "start": start}
        for n, data in enumerate(blocks.values())
    ]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.kernels.emulate"],
        input=json.dumps(cases),
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _trained(data: bytes, spec) -> str:
    buffer = BaseTraining(spec, TABLE_BITS_MIN, None, _array(data), (len(data),), 0).finish()
    return tables_hash(views(buffer, spec, TABLE_BITS_MIN))


def _array(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).copy()


@compiled_only
@pytest.mark.parametrize("spec", EMULATED, ids=lambda spec: spec.name)
def test_warp_makes_the_streams_of_the_cpu_and_reads_them_back(spec):
    for (name, data), made in zip(BLOCKS.items(), _emulated(spec, BLOCKS), strict=True):
        assert made["stream"] == encoded(data, spec).hex(), name
        assert made["data"] == data.hex(), name
        assert made["tables"] == _trained(data, spec), name


@compiled_only
@pytest.mark.parametrize("spec", EMULATED, ids=lambda spec: spec.name)
def test_warp_starts_where_the_cpu_does(spec, tmp_path):
    start = build(spec, TABLE_BITS_MIN + 1, [_array(part) for part in KNOWN])
    write_start(tmp_path / "start.npz", start)
    emulated = _emulated(spec, FOLLOWING, str(tmp_path / "start.npz"))
    for (name, data), made in zip(FOLLOWING.items(), emulated, strict=True):
        assert made["stream"] == encoded(data, spec, start=start).hex(), name
        assert made["data"] == data.hex(), name
    assert len(encoded(FOLLOWING["as before"], spec, start=start)) <= len(FOLLOWING["as before"]) // 4


def _run(function, seed: int, size: int = 32):
    warp = Warp(seed)
    array = Watched("array", np.zeros(size, np.int32), warp)
    return warp.run(function, lambda lane: (array, lane)), array


@pytest.mark.parametrize("seed", range(5))
def test_lanes_see_what_others_wrote_before_a_sync(seed):
    from kompakt.model.lanes import lane_sync

    def rotate(array, lane):
        array[lane] = lane
        lane_sync()
        return array[(lane + 1) % 32]

    results, _ = _run(rotate, seed)
    assert results == [(lane + 1) % 32 for lane in range(32)]


def test_sums_wrap_like_int32():
    from kompakt.model.lanes import lane_sum

    results, _ = _run(lambda array, lane: lane_sum(2**31 - 1), seed=0)
    assert set(results) == {-32}


@pytest.mark.parametrize("seed", range(5))
def test_missing_sync_is_a_race(seed):
    def rotate(array, lane):
        array[lane] = lane
        return array[(lane + 1) % 32]

    with pytest.raises(RaceError, match="array"):
        _run(rotate, seed)


def test_sum_does_not_order_memory():
    from kompakt.model.lanes import lane_sum

    def rotate(array, lane):
        array[lane] = lane
        lane_sum(0)
        return array[(lane + 1) % 32]

    with pytest.raises(RaceError, match="array"):
        _run(rotate, seed=1)


def test_lanes_may_write_one_value_but_not_two():
    def same(array, lane):
        array[0] = 7

    def own(array, lane):
        array[0] = lane

    assert _run(same, seed=3)[1].array[0] == 7
    with pytest.raises(RaceError, match="otherwise"):
        _run(own, seed=3)


def test_lanes_that_meet_in_different_calls_are_refused():
    from kompakt.model.lanes import lane_sum, lane_sync

    def apart(array, lane):
        return lane_sum(1) if lane else lane_sync()

    with pytest.raises(RaceError, match="different"):
        _run(apart, seed=0)
