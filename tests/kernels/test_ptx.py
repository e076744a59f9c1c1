"""Every kernel compiles for every GPU it is meant for, on machines that have none, and in integers only."""

import importlib.util
import json
import re
import subprocess
import sys

import pytest

from kompakt.model.spec import SPECS

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None,
    reason="numba-cuda is not installed: pip install .[cuda13]",
)

_WIDE_ARITHMETIC = re.compile(r"\b(div|rem)\.[su]64\b")
_FLOAT = re.compile(r"\.(f16|f16x2|bf16|f32|f64)\b")


def _compiled(capability: int, specs: list[int]) -> list[dict]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.kernels.compile_all", str(capability), *map(str, specs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _check(kernels: list[dict], sums: str) -> None:
    for kernel in kernels:
        assert not _FLOAT.search(kernel["ptx"])
        assert not _WIDE_ARITHMETIC.search(kernel["ptx"])
        assert sums in kernel["ptx"]
        assert "bar.warp.sync" in kernel["ptx"]
        assert "prefetch.global.L2" in kernel["ptx"]
        assert ".local" not in kernel["ptx"]  # lane cells became registers
        assert not re.search(r"\bcall\b", kernel["ptx"])  # everything was inlined


@pytest.mark.timeout(300)
@pytest.mark.parametrize("capability", [80, 90])
def test_every_kernel_compiles_to_integer_ptx(capability):
    _check(_compiled(capability, list(SPECS)), "redux.sync.add.s32")


def test_devices_without_redux_add_by_shuffles():
    kernels = _compiled(75, list(SPECS)[:1])
    _check(kernels, "shfl.sync.bfly")
    assert not any("redux" in kernel["ptx"] for kernel in kernels)
