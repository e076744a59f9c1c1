"""Whole archives by GPUs made of NumPy arrays, next to those of the CPU's real model."""

import pytest

import kompakt
from kompakt import device
from kompakt.kernels import backend, launches
from tests import fake_gpus
from tests.inputs import text
from tests.kernels.fake_gpu import FakeGpu, fake_kernel

DATA = text(40_000)
OPTIONS = {"level": 1, "block_bytes": 1024, "threads": 1}


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch):
    """Let there be GPUs 0 and 1, one of which may fail at its first launch; return those that get started."""
    monkeypatch.setattr(device, "find_gpus", lambda: fake_gpus.found(2))
    monkeypatch.setattr(launches, "kernel_for", fake_kernel)

    def make(failing: int | None = None) -> list[FakeGpu]:
        started = []

        class VisibleFakeGpu(FakeGpu):
            def __init__(self, number: int):
                super().__init__(number=number, failing_launch=0 if number == failing else -1)
                started.append(self)

        monkeypatch.setattr(backend, "Gpu", VisibleFakeGpu)
        return started

    return make


def test_the_bytes_do_not_depend_on_the_device(machines) -> None:
    started = machines()
    packed = kompakt.compress(DATA, **OPTIONS)
    assert started == []
    for name in ("0", "1", "0,1", "all", "auto"):
        assert kompakt.compress(DATA, **OPTIONS, device=name) == packed
        assert kompakt.decompress(packed, device=name, threads=1) == DATA
    assert [gpu.number for gpu in started] == [0, 0, 1, 1, *[0, 1] * 6]
    assert all(gpu.launched_warps for gpu in started)


def test_bound_on_device_memory_changes_no_byte(machines) -> None:
    machines()
    packed = kompakt.compress(DATA, **OPTIONS)
    assert kompakt.compress(DATA, **OPTIONS, device="0", device_memory_bytes=32 << 20) == packed
    with pytest.raises(kompakt.DeviceError, match=r"^device 0: blocks? .*: one block's model needs"):
        kompakt.compress(DATA, **OPTIONS, device="0", device_memory_bytes=1 << 20)


def test_failed_launch_names_its_blocks_or_is_made_good_by_the_cpu(machines) -> None:
    machines(failing=0)
    packed = kompakt.compress(DATA, **OPTIONS)
    with pytest.raises(kompakt.DeviceError, match=r"^device 0: blocks \d+ to \d+: an illegal memory access"):
        kompakt.compress(DATA, **OPTIONS, device="0")
    with pytest.raises(kompakt.DeviceError, match=r"^device 0: blocks? "):
        kompakt.decompress(packed, device="0,1")
    assert kompakt.compress(DATA, **OPTIONS, device="auto") == packed
    assert kompakt.decompress(packed, device="auto", threads=1) == DATA
