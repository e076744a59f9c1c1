import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.rows import read_rows
from kompakt import driver
from kompakt.cli.devices import CPU_MB_PER_S, MEASURED_FOLDER, MEASURED_IN, devices
from kompakt.driver import Found, Missing
from kompakt.errors import DeviceError
from kompakt.estimate import gpu_speed
from kompakt.estimate.gpu_speed import Measured
from kompakt.kernels import backend, gpu
from kompakt.model.spec import SPECS
from tests.cli.conftest import REPOSITORY, Run, check_succeeds
from tests.fake_gpus import found
from tests.kernels.fake_gpu import FakeGpu

NO_CUPY = Missing("CuPy is not installed", "pip install 'kompakt-gpu[cuda12]'")


def described(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, there: Found) -> dict:
    """Return what `devices --json` prints where `there` is found."""
    monkeypatch.setattr(driver, "find_gpus", lambda: there)
    devices(as_json=True)
    return json.loads(capsys.readouterr().out)


def open_fakes(monkeypatch: pytest.MonkeyPatch, busy: int | None = None) -> None:
    """Let GPUs be made of NumPy arrays, one of which cannot be opened."""

    class Opened(FakeGpu):
        def __init__(self, number: int):
            if number == busy:
                raise DeviceError(f"device {number}: all CUDA-capable devices are busy or unavailable")
            super().__init__(number=number)

    for module in (backend, gpu):
        monkeypatch.setattr(module, "Gpu", Opened)


def test_without_a_driver_the_cpu_is_shown_and_what_is_missing(run: Run, folder: Path) -> None:
    result = run("devices")
    check_succeeds(result)
    lines = result.stdout.decode().splitlines()
    assert lines[-1] == "GPUs: no NVIDIA driver: install NVIDIA's driver, or take --device cpu"
    (cpu,) = (line.split() for line in lines if line.split()[:1] == ["cpu"])
    assert cpu[1].isdecimal() and cpu[2].startswith("thread") and cpu[-1] == "ready"
    levels = [line.split() for line in lines if line.split()[:1] and line.split()[0] in "123456789"]
    assert [(int(line[0]), float(line[-1])) for line in levels] == list(CPU_MB_PER_S.items())
    assert "not on this machine" in lines[-2]


def test_json_says_the_same(run: Run, folder: Path) -> None:
    result = run("devices", "--json")
    check_succeeds(result)
    shown = json.loads(result.stdout)
    assert shown["gpus"] == []
    assert shown["missing"]["what"] == "no NVIDIA driver"
    assert shown["cpu"]["threads"] >= 1
    assert shown["cpu"]["mb_per_s_a_thread"]["5"] == CPU_MB_PER_S[5]


def test_gpus_are_shown_with_the_blocks_they_code_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_fakes(monkeypatch)
    shown = described(capsys, monkeypatch, found(2))
    assert shown["missing"] is None
    assert [one["number"] for one in shown["gpus"]] == [0, 1]
    first = shown["gpus"][0]
    assert first["compute_capability"] == "9.0"
    assert first["memory_bytes"] == 1 << 37 and first["free_bytes"] == 1 << 30
    assert first["problem"] is None
    assert list(map(int, first["speeds"])) == [spec.level for spec in SPECS.values()]
    assert not any(speed["is_measured"] for speed in first["speeds"].values())
    assert list(map(int, first["blocks_in_flight"])) == [spec.level for spec in SPECS.values()]
    assert 1 <= first["blocks_in_flight"]["5"] < first["blocks_in_flight"]["1"] < 20

    devices()
    table = capsys.readouterr().out
    assert table.count("compute capability 9.0") == 2
    assert table.count(" predicted ") == len(SPECS)
    assert first["speeds"]["3"]["limit"] in table
    assert "was never measured" in table
    assert f" {first['blocks_in_flight']['1']} " in table


def test_gpus_without_cupy_are_shown_with_the_command_that_installs_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Found(found(1).gpus, NO_CUPY)
    shown = described(capsys, monkeypatch, there)
    assert shown["gpus"][0]["problem"] == "CuPy is not installed"
    assert shown["gpus"][0]["blocks_in_flight"] is None
    assert shown["gpus"][0]["speeds"]["3"]["kernel_mb_per_s"] > 0
    devices()
    assert capsys.readouterr().out.splitlines()[-1] == f"GPUs: {NO_CUPY.what}: {NO_CUPY.remedy}"


def test_a_measured_speed_is_called_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "measured.csv"
    path.write_text(f"{','.join(Measured._fields)}\nfake,3,encode,262144,2112,123,98,2026-12-01,abc\n")
    monkeypatch.setattr(gpu_speed, "MEASURED", path)
    monkeypatch.setattr(driver, "find_gpus", lambda: Found(found(1).gpus, NO_CUPY))
    devices()
    table = capsys.readouterr().out
    assert table.count(" predicted ") == len(SPECS) - 1
    assert "measured 98" in table and " 123 " in table


def test_old_gpus_have_no_predicted_speed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = replace(found(1).gpus[0], capability=(7, 5))
    shown = described(capsys, monkeypatch, Found((old,), NO_CUPY))
    assert shown["gpus"][0]["speeds"] is None
    devices()
    assert "redicted" not in capsys.readouterr().out


def test_a_gpu_that_cannot_be_opened_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_fakes(monkeypatch, busy=0)
    first, second = described(capsys, monkeypatch, found(2))["gpus"]
    assert first["problem"] == "device 0: all CUDA-capable devices are busy or unavailable"
    assert second["problem"] is None


@pytest.mark.parametrize("level", CPU_MB_PER_S)
def test_speeds_are_those_of_the_measured_rows(level: int) -> None:
    measured = [row for row in read_rows(REPOSITORY / MEASURED_IN) if row.folder == MEASURED_FOLDER]
    rows = [row for row in measured if row.codec == f"kompakt-{level}"]
    assert {row.file for row in rows} == {row.file for row in measured}
    assert all(row.threads == 1 for row in rows)
    bytes_in, seconds = sum(row.bytes_in for row in rows), sum(row.compress_median_s for row in rows)
    assert round(bytes_in / seconds / 1e6, 2) == CPU_MB_PER_S[level]
