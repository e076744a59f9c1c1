import ctypes
import subprocess
import sys

import pytest

from kompakt import driver
from kompakt.driver import Missing, VisibleGpu, find_gpus


class FakeDriver:
    """Takes the place of libcuda: GPUs of capability 8.0, 8.1 and so on."""

    def __init__(self, gpus: int = 2, release: int = 12, status: int = 0):
        self._gpus = gpus
        self._release = release
        self._status = status

    def cuInit(self, flags):
        return self._status

    def cuDriverGetVersion(self, answer):
        answer._obj.value = self._release * 1000 + 40

    def cuDeviceGetCount(self, answer):
        answer._obj.value = self._gpus

    def cuDeviceGet(self, answer, number):
        answer._obj.value = number

    def cuDeviceGetName(self, name, room, device):
        name.value = f"GPU of type {device}".encode()

    def cuDeviceTotalMem_v2(self, answer, device):
        answer._obj.value = (device + 1) << 37

    def cuDeviceGetAttribute(self, answer, attribute, device):
        known = {75: 8, 76: device, 16: 132, 13: 1_980_000, 36: 2_619_000, 37: 5120, 38: 50 << 20}
        answer._obj.value = known[attribute]


def use(monkeypatch: pytest.MonkeyPatch, fake: FakeDriver, cupy: bool = True) -> None:
    """Let `fake` be the driver, with or without CuPy installed."""

    def load(name):
        assert name == "libcuda.so.1"
        return fake

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(driver, "find_spec", lambda name: cupy or None)


def test_gpus_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeDriver())
    found = find_gpus()
    assert found.missing is None
    assert found.gpus == (
        VisibleGpu(0, "GPU of type 0", (8, 0), 1 << 37, 132, 1980, 3.35232e12, 50 << 20),
        VisibleGpu(1, "GPU of type 1", (8, 1), 1 << 38, 132, 1980, 3.35232e12, 50 << 20),
    )


@pytest.mark.parametrize(("release", "extra"), [(12, "cuda12"), (13, "cuda13"), (14, "cuda13")])
def test_missing_cupy_is_told_with_the_command_for_this_driver(
    monkeypatch: pytest.MonkeyPatch, release: int, extra: str
) -> None:
    use(monkeypatch, FakeDriver(release=release), cupy=False)
    found = find_gpus()
    assert len(found.gpus) == 2
    assert found.missing == Missing("CuPy is not installed", f"pip install 'kompakt-gpu[{extra}]'")


def test_no_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name):
        raise OSError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    found = find_gpus()
    assert found.gpus == ()
    assert found.missing.what == "no NVIDIA driver"
    assert "--device cpu" in found.missing.remedy


@pytest.mark.parametrize("fake", [FakeDriver(status=100), FakeDriver(gpus=0)])
def test_no_visible_gpu_is_told_with_what_hides_them(
    monkeypatch: pytest.MonkeyPatch, fake: FakeDriver
) -> None:
    use(monkeypatch, fake)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert find_gpus().missing.what == "no GPU is visible"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert find_gpus().missing.what == "no GPU is visible (CUDA_VISIBLE_DEVICES=)"


@pytest.mark.parametrize(
    ("fake", "words"),
    [(FakeDriver(status=803), "CUDA error 803"), (FakeDriver(release=11), "knows only CUDA 11")],
)
def test_drivers_that_do_not_work_are_told(
    monkeypatch: pytest.MonkeyPatch, fake: FakeDriver, words: str
) -> None:
    use(monkeypatch, fake)
    found = find_gpus()
    assert found.gpus == () and words in found.missing.what


def test_looking_for_gpus_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom kompakt.driver import find_gpus\nfind_gpus()\n"
        "print(*{'numpy', 'numba', 'cupy'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert result.stdout.split() == []
