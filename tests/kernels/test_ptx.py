"""Every kernel compiles for every GPU it is meant for, on machines that have none, and in integers only."""

import importlib.util
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from kompakt.kernels.gpu import parameters
from kompakt.kernels.ptx import PTX_VERSION, entry_name, portable
from kompakt.model.spec import ARRAY_SPECS, SPECS

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None,
    reason="numba-cuda is not installed: pip install .[cuda13]",
)

_WIDE_DIVISION = re.compile(r"\b(div|rem)\.[su]64\b")
_WIDE_PRODUCT = re.compile(r"\b(mul|mad)\.(lo|hi)\.[su]64\b")
_PRODUCTS_OF_A_BLOCK = 3  # where its slot lies, and its row, before its first byte
_PRODUCTS_OF_AN_ELEMENT = 44  # of neighbours and weights, in specs for arrays; unrolled where they are few
_FLOAT = re.compile(r"\.(f16|f16x2|bf16|f32|f64)\b")


def _start(capability: int, specs: list[int | str]) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.kernels.compile_all", str(capability), *map(str, specs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _compiled(process: subprocess.Popen) -> list[dict]:
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return json.loads(output)


def _check(kernels: list[dict], sums: str) -> None:
    for kernel in kernels:
        assert not _FLOAT.search(kernel["ptx"])
        assert not _WIDE_DIVISION.search(kernel["ptx"])
        products = _PRODUCTS_OF_A_BLOCK + (_PRODUCTS_OF_AN_ELEMENT if kernel["spec"] in ARRAY_SPECS else 0)
        assert len(_WIDE_PRODUCT.findall(kernel["ptx"])) <= products
        assert sums in kernel["ptx"]
        assert "bar.warp.sync" in kernel["ptx"]
        assert "prefetch.global.L2" in kernel["ptx"]
        assert ".local" not in kernel["ptx"]  # lane cells became registers
        assert not re.search(r"\bcall\b", kernel["ptx"])  # everything was inlined
        assert entry_name(kernel["ptx"])
        assert len(re.findall(r"^\s*\.param \.u64 ", kernel["ptx"], re.MULTILINE)) == len(_parameters())
        assert f"\n.version {PTX_VERSION}\n" in portable(kernel["ptx"])


def _parameters() -> list[np.generic]:
    """Return the parameters of a launch: rows, arrays and scalars, and what never changes."""

    def array(dimensions: int):
        numbers = (1,) * dimensions
        return SimpleNamespace(
            size=1, itemsize=1, data=SimpleNamespace(ptr=0), shape=numbers, strides=numbers
        )

    return parameters([array(2), *[array(1)] * 3, np.uint64(0), *[array(1)] * 16])


@pytest.mark.timeout(900)
def test_every_kernel_compiles_to_integer_ptx():
    _check(_compiled(_start(80, [*SPECS, *ARRAY_SPECS])), "redux.sync.add.s32")


def test_devices_without_redux_add_by_shuffles():
    kernels = _compiled(_start(75, list(SPECS)[:1]))
    _check(kernels, "shfl.sync.bfly")
    assert not any("redux" in kernel["ptx"] for kernel in kernels)


def test_the_kernels_of_classical_codes_compile_to_integer_ptx_without_memory_of_their_own():
    for kernel in _compiled(_start(80, ["codes"])):
        assert not _FLOAT.search(kernel["ptx"]), kernel["name"]
        assert ".local" not in kernel["ptx"]
        assert not re.search(r"\bcall\b", kernel["ptx"])
        assert ("redux.sync.add.s32" in kernel["ptx"]) == kernel["name"].endswith("rans")
        assert entry_name(kernel["ptx"])
