import sys
import threading

import pytest

from kompakt import device as device_module
from kompakt.classic.choice import chosen_codec
from kompakt.device import BLOCKS_FOR_A_GPU, Device
from kompakt.driver import Found, Missing
from kompakt.errors import DeviceError, UsageError
from tests import fake_backend, fake_gpus
from tests.jobs import check_encoded, encode_jobs

ENOUGH = 2 * BLOCKS_FOR_A_GPU


@pytest.fixture
def visible(monkeypatch: pytest.MonkeyPatch):
    """Let there be so many fake GPUs, or what is given as found."""
    monkeypatch.setitem(sys.modules, "kompakt.cpu.backend", fake_backend)
    monkeypatch.setitem(sys.modules, "kompakt.kernels.backend", fake_gpus)

    def set_gpus(found: int | Found) -> None:
        result = fake_gpus.found(found) if isinstance(found, int) else found
        monkeypatch.setattr(device_module, "find_gpus", lambda: result)

    return set_gpus


def automatic(notices: list[str]) -> Device:
    return Device("auto", threads=2, notice=notices.append)


@pytest.mark.parametrize("name", ["", "gpu", "-1", "1.5", "cuda:0", "0,", "0,cpu", "auto,0", "²", "0,0"])
def test_unknown_devices_are_refused(visible, name: str) -> None:
    visible(4)
    with pytest.raises(UsageError, match="device"):
        Device(name)


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("cpu", "fake"),
        ("0", "GPU 0, fake"),
        ("2", "GPU 2, fake"),
        ("2,0", "GPU 2, fake and GPU 0, fake"),
        ("all", "GPU 0, fake and GPU 1, fake and GPU 2, fake"),
    ],
)
def test_names_stand_for_backends(visible, name: str, backend: str) -> None:
    visible(3)
    device = Device(name)
    assert device.name == name
    check_encoded(device.backend(1).encode(encode_jobs(5)), 5)
    assert device.name == backend
    assert device.index_backend() is device.backend(None)


@pytest.mark.parametrize("name", ["0", "1,0", "all"])
@pytest.mark.parametrize(
    "missing",
    [Missing("no NVIDIA driver", "install it"), Missing("CuPy is not installed", "pip install 'x[cuda12]'")],
)
def test_what_a_gpu_lacks_is_told_at_once_with_what_mends_it(visible, name: str, missing: Missing) -> None:
    visible(Found((), missing))
    with pytest.raises(DeviceError) as caught:
        Device(name)
    assert str(caught.value) == f"device {name}: {missing.what}: {missing.remedy}"


@pytest.mark.parametrize(
    ("count", "words"), [(1, "only GPU 0 is visible"), (2, "only 2 GPUs are visible, 0 to 1")]
)
def test_numbers_count_visible_gpus(visible, monkeypatch: pytest.MonkeyPatch, count: int, words: str) -> None:
    visible(count)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    with pytest.raises(DeviceError) as caught:
        Device("0,5")
    assert str(caught.value) == f"device 5: {words} (CUDA_VISIBLE_DEVICES=5,7)"


def test_only_an_automatic_device_tells_what_it_chose(visible) -> None:
    visible(fake_gpus.NO_DRIVER)
    notices: list[str] = []
    Device("cpu", notice=notices.append).backend(1)
    assert notices == []
    device = automatic(notices)
    device.index_backend()
    assert notices == []
    device.backend(1)
    device.backend(1000)
    assert notices == ["using fake (no NVIDIA driver)"]


def test_an_automatic_device_uses_all_gpus_when_there_are_enough_blocks(visible) -> None:
    visible(2)
    for blocks in (ENOUGH, None):
        notices: list[str] = []
        automatic(notices).backend(blocks)
        assert notices == ["using GPU 0, fake and GPU 1, fake"]


@pytest.mark.parametrize(("blocks", "words"), [(1, "1 block"), (ENOUGH - 1, f"{ENOUGH - 1} blocks")])
def test_an_automatic_device_starts_no_gpu_for_few_blocks(visible, blocks: int, words: str) -> None:
    visible(1)
    notices: list[str] = []
    device = automatic(notices)
    assert device.index_backend().name == "fake"
    assert device.backend(blocks).name == "fake"
    assert notices == [f"using fake (too little for a GPU: {words})"]
    assert device.backend(ENOUGH).name == "GPU 0, fake"


def test_an_automatic_device_takes_the_cpu_when_a_gpu_does_not_start(
    visible, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(number, *arguments):
        raise DeviceError(f"device {number}: CuPy cannot be imported: no libnvrtc")

    visible(1)
    monkeypatch.setattr(fake_gpus, "GpuBackend", refuse)
    notices: list[str] = []
    assert automatic(notices).backend(ENOUGH).name == "fake"
    assert notices == ["using fake (device 0: CuPy cannot be imported: no libnvrtc)"]
    with pytest.raises(DeviceError, match="libnvrtc"):
        Device("0").backend(ENOUGH)


@pytest.mark.parametrize("gpus", [1, 3])
def test_an_automatic_device_finishes_on_the_cpu_what_a_gpu_does_not(
    visible, monkeypatch: pytest.MonkeyPatch, gpus: int
) -> None:
    visible(gpus)
    monkeypatch.setenv("KOMPAKT_FAKE_GPU_FAILS", "17")
    notices: list[str] = []
    device = automatic(notices)
    check_encoded(device.backend(40).encode(encode_jobs(40)), 40)
    assert len(notices) == 2
    assert notices[1].endswith(": injected; going on with fake")
    assert device.name == "fake"
    with pytest.raises(DeviceError, match="injected"):
        list(Device("all").backend(40).encode(encode_jobs(40)))


def test_the_bound_on_memory_reaches_every_gpu(visible, monkeypatch: pytest.MonkeyPatch) -> None:
    visible(2)
    bounds = []

    def noted(number, memory_bytes, notice):
        bounds.append(memory_bytes)
        return fake_backend.CpuBackend()

    monkeypatch.setattr(fake_gpus, "GpuBackend", noted)
    Device("all", memory_bytes=5 << 30).backend(1)
    assert bounds == [5 << 30, 5 << 30]


def test_no_thread_is_left_when_the_work_is_done(visible) -> None:
    visible(3)
    before = threading.active_count()
    list(Device("all").backend(40).encode(encode_jobs(40)))
    for thread in threading.enumerate():
        if thread.name == "kompakt-gpu":
            thread.join(10)
    assert threading.active_count() <= before  # one of an earlier test may have been about to end


def test_a_gpu_asked_for_codes_only_the_pipelines_that_it_has_kernels_for(visible) -> None:
    visible(1)
    with pytest.raises(UsageError, match="codec lz77 runs on the CPU"):
        Device("0").pipelines(chosen_codec("lz77", 1))
    with pytest.raises(UsageError, match="codec auto runs on the CPU"):
        Device("0").pipelines(chosen_codec("auto", 1))
    assert Device("auto", threads=3).pipelines(chosen_codec("rans", 1)).name == "cpu, 3 threads"
