import csv
from pathlib import Path

import pytest

from benchmarks.gpu import speed_model
from benchmarks.gpu.memory_trace import SHARES_BYTES
from benchmarks.gpu.speed_model import at_share, copy_measured, global_cycles
from benchmarks.one_warp import Latencies
from benchmarks.sass import Control, Instruction
from kompakt.estimate import gpu_speed

LATENCIES = Latencies(shared=30, l1=40, l2=200, device=500)
LOAD = Instruction("LDG.E R1, [R2]", ((__file__, 1),), False, Control(2, 0, None, ()))


def row(accesses: int, announced: int, missing: list[int]) -> dict[str, str]:
    """Return a row of memory-trace with `missing` for each share."""
    columns = {f"missing_{size >> 10}k": str(n) for size, n in zip(SHARES_BYTES, missing, strict=True)}
    return {"accesses": str(accesses), "announced": str(announced)} | columns


class Traced:
    def __init__(self, *rows: dict[str, str]):
        self._rows = rows

    def reads(self, line: str) -> tuple:
        return self._rows


def cycles(*rows: dict[str, str]) -> float:
    return global_cycles(Traced(*rows), LATENCIES, 8 << 10, 32 << 10)(LOAD)


def test_shares_between_those_traced_lie_between_them() -> None:
    some = row(100, 0, [90, 80, 60, 40, 20, 10])
    assert at_share(some, "missing", 8 << 10) == 80
    assert at_share(some, "missing", (8 << 10) * 2**0.5) == pytest.approx(70)
    assert at_share(some, "missing", 100) == 90
    assert at_share(some, "missing", 1 << 30) == 0


def test_loads_take_as_long_as_where_they_end() -> None:
    assert cycles(row(100, 0, [0] * 6)) == 40
    assert cycles(row(100, 0, [100, 100, 100, 0, 0, 0])) == 200
    assert cycles(row(100, 0, [100] * 6)) == 500
    assert cycles(row(100, 0, [100, 50, 50, 50, 50, 50])) == 270
    assert cycles() == 200


def test_what_was_asked_for_in_time_has_come_closer() -> None:
    assert cycles(row(100, 100, [0] * 6)) == 500 - speed_model.HIDDEN_CYCLES
    assert cycles(row(100, 100, [100] * 6)) == 500


def test_the_fastest_equal_rows_become_measurements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "measured.csv"
    monkeypatch.setattr(speed_model, "MEASURED", target)
    monkeypatch.setattr(gpu_speed, "MEASURED", target)
    target.write_text(
        ",".join(gpu_speed.Measured._fields) + "\nNVIDIA H200,1,encode,4,5,6,7,2026-12-01,old\n"
    )
    columns = (
        "machine", "path", "direction", "level", "block_bytes", "blocks_in_flight", "kernel_mb_per_s",
        "end_to_end_mb_per_s", "equal", "date", "commit",
    )  # fmt: skip
    rows = [
        ("GPU 0, NVIDIA H200", "backend", "encode", 3, 262144, 512, 30, 28, True, "2026-12-02", "new"),
        ("GPU 0, NVIDIA H200", "backend", "encode", 3, 262144, 2112, 90, 80, True, "2026-12-02", "new"),
        ("GPU 0, NVIDIA H200", "backend", "encode", 3, 262144, 2112, 99, 98, False, "2026-12-02", "new"),
        ("GPU 0, NVIDIA H200", "command", "encode", 3, 262144, 2112, 99, 98, True, "2026-12-02", "new"),
    ]
    with open(tmp_path / "throughput.csv", "w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    copy_measured(tmp_path / "throughput.csv")
    known = gpu_speed.measured_on("NVIDIA H200", 3)
    assert (known.kernel_mb_per_s, known.blocks_in_flight, known.commit) == (90, 2112, "new")
    assert gpu_speed.measured_on("NVIDIA H200", 1).commit == "old"
    assert gpu_speed.measured_on("NVIDIA H200", 3, "decode") is None
