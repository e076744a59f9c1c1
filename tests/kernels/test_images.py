"""A driver may refuse machine code that it does not know, and takes the PTX behind it."""

import sys

import pytest

from kompakt.kernels.gpu import Gpu
from tests.kernels import fake_cupy

PTX = b".visible .entry kernel_16_0(\0"
MACHINE_CODE = b"\x7fELF: the driver of the fake knows none"


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    """A GPU made of NumPy arrays."""
    for name, module in fake_cupy.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    return Gpu(0)


def test_machine_code_that_is_refused_gives_way_to_ptx(gpu: Gpu) -> None:
    assert callable(gpu.load((MACHINE_CODE, PTX), "kernel_16_0"))
    assert callable(gpu.load((PTX,), "kernel_16_0"))


def test_the_last_image_is_not_refused_in_silence(gpu: Gpu) -> None:
    with pytest.raises(gpu.errors, match="CUDA_ERROR_INVALID"):
        gpu.load((MACHINE_CODE,), "kernel_16_0")
