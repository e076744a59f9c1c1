import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kompakt.estimate import gpu_speed
from kompakt.estimate.gpu_speed import (
    CARDS,
    MIB,
    Card,
    Host,
    Measured,
    Plan,
    Taken,
    expected,
    predict,
    roots_s,
)
from kompakt.model.spec import SPECS

H200 = next(card for card in CARDS if card.name == "H200")
HOST = Host(threads=16, mb_per_s=1.4)
BLOCK = MIB // 4
PLAN = Plan(BLOCK, own_bits=16)

TAKEN = Taken(
    architecture="sm_90", level=3, kernel="encode", executed_ptx=0.0, registers=100, spill_bytes=0,
    shared_bytes=27_408, learned_bytes=9 * MIB, instructions=300, alu_instructions=100,
    multiply_instructions=80, memory_instructions=60, reduction_instructions=6, issue_cycles=1000,
    chip_cycles=400, memory_cycles=2600, l2_sectors=40, device_sectors_16k=16, device_sectors_32k=12,
    device_sectors_64k=10, device_sectors_128k=8,
)  # fmt: skip


@pytest.fixture
def takes(monkeypatch: pytest.MonkeyPatch):
    """Say what a bit of level 3 takes on an H200."""

    def set_taken(**changes: float) -> None:
        row = TAKEN._replace(**changes)
        monkeypatch.setattr(gpu_speed, "_table", lambda: {("sm_90", 3, "encode"): row})

    set_taken()
    return set_taken


def kernel_speed(batch_bytes: int, card: Card = H200) -> float:
    return predict(card, 3, batch_bytes, PLAN, HOST).kernel_mb_per_s


def test_full_warps_that_wait_take_turns(takes) -> None:
    full = 132 * 16
    told = predict(H200, 3, 2 * full * BLOCK, PLAN, HOST)
    assert told.streams == full
    assert told.limit == "waiting for memory"
    assert told.kernel_mb_per_s == pytest.approx(full / 4000 * 1980 / 8)


def test_few_blocks_leave_warps_idle(takes) -> None:
    told = predict(H200, 3, 528 * BLOCK, PLAN, HOST)
    assert told.streams == 528
    assert told.limit == "few blocks: 528 of 2112 warps"
    assert told.kernel_mb_per_s == pytest.approx(528 / 4000 * 1980 / 8)


def test_a_small_last_wave_takes_as_long_as_a_full_one(takes) -> None:
    full = 132 * 16
    assert kernel_speed((full + 1) * BLOCK) == pytest.approx(kernel_speed(full * BLOCK) / 2, rel=0.001)
    assert kernel_speed(10 * full * BLOCK) == pytest.approx(kernel_speed(full * BLOCK))


@pytest.mark.parametrize("unknown", ["processors", "clock_mhz", "memory_bytes_per_s"])
def test_nothing_is_predicted_where_the_driver_tells_too_little(unknown: str) -> None:
    assert predict(replace(H200, **{unknown: 0}), 3, 10**10, PLAN, HOST) is None


def test_memory_bounds_the_blocks_in_flight(takes) -> None:
    small = replace(H200, memory_bytes=10 * 10**9)
    told = predict(small, 3, 10**10, PLAN, HOST)
    assert told.streams < 500
    assert told.limit == f"memory for models: {told.streams} of 2112 warps"
    assert predict(replace(small, memory_bytes=1 << 20), 3, 10**9, PLAN, HOST).streams == 1


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"instructions": 4000}, "issuing instructions"),
        ({"alu_instructions": 1900}, "integer units"),
        ({"multiply_instructions": 1900}, "multipliers"),
        ({"memory_instructions": 900}, "loads and stores"),
        ({"reduction_instructions": 400}, "sums over lanes"),
        ({"l2_sectors": 3000}, "L2 bandwidth"),
        ({"device_sectors_16k": 4000, "device_sectors_32k": 4000}, "memory bandwidth"),
        ({"issue_cycles": 9000}, "the pace of each warp"),
    ],
)
def test_the_tightest_limit_is_named_and_makes_it_slower(takes, changes: dict, limit: str) -> None:
    usual = kernel_speed(10**10)
    takes(**changes)
    told = predict(H200, 3, 10**10, PLAN, HOST)
    assert told.limit == limit
    assert told.kernel_mb_per_s < usual


def test_the_cpu_can_be_what_limits(takes) -> None:
    slow = predict(H200, 3, 10**10, PLAN, Host(1, 0.2))
    assert slow.limit == "roots and generations on the CPU"
    assert slow.end_to_end_mb_per_s < slow.kernel_mb_per_s / 2
    takes(issue_cycles=100, chip_cycles=0, memory_cycles=0)
    fast = predict(H200, 3, 10**11, PLAN, Host(64, 5))
    assert fast.limit == "reading and hashing on the CPU"


def test_roots_take_a_block_for_each_doubling() -> None:
    block_s, root_s = BLOCK / 1.4e6, MIB / 1.4e6
    first_s, all_s = roots_s(1 << 30, BLOCK, HOST)
    training_s = 8 * MIB / 1.4e6 / 3 / 16
    assert first_s == pytest.approx(root_s + 3 * block_s + training_s)
    assert all_s == pytest.approx(4 * (8 * MIB / 1.4e6 / 16 + training_s))
    assert roots_s(3 * BLOCK, BLOCK, HOST) == (0, 0)


def test_every_level_is_known_for_every_card() -> None:
    for card in CARDS:
        for spec in SPECS.values():
            for kernel in ("encode", "decode"):
                told = predict(card, spec.level, 4 * 10**9, PLAN, HOST, kernel)
                assert 1 < told.end_to_end_mb_per_s < told.kernel_mb_per_s < 2000
                assert told.limit
    assert kernel_speed(10**10) < predict(H200, 1, 10**10, PLAN, HOST).kernel_mb_per_s
    assert kernel_speed(10**10) > predict(H200, 9, 10**10, PLAN, HOST).kernel_mb_per_s


def test_nothing_is_told_of_gpus_that_are_too_old() -> None:
    assert predict(replace(H200, capability=(7, 5)), 3, 10**9, PLAN, HOST) is None
    names = [replace(H200, capability=c).architecture for c in ((8, 6), (8, 7), (9, 0), (10, 3), (12, 0))]
    assert names == ["sm_89", "sm_89", "sm_90", "sm_100", "sm_100"]


def test_a_measurement_replaces_the_prediction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "measured.csv"
    monkeypatch.setattr(gpu_speed, "MEASURED", path)
    row = Measured("NVIDIA H200", 3, "encode", BLOCK, 2112, 99.5, 88.25, "2026-12-01", "abc")
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([Measured._fields, row])
    card = replace(H200, name="NVIDIA H200")
    told = expected(card, 3, 10**10, PLAN, HOST)
    assert told.is_measured
    assert (told.kernel_mb_per_s, told.end_to_end_mb_per_s, told.streams) == (99.5, 88.25, 2112)
    for other in (expected(card, 5, 10**10, PLAN, HOST), expected(H200, 3, 10**10, PLAN, HOST)):
        assert not other.is_measured


def test_neither_numpy_nor_numba_is_imported() -> None:
    code = (
        "import sys; from kompakt.estimate.gpu_speed import *; "
        "predict(CARDS[0], 3, 10**9, Plan(1 << 18, 16), Host(4, 1.0)); "
        "print('numpy' in sys.modules, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
