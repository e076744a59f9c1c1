"""Every kernel compiles for every GPU it is meant for, on machines that have none, and in integers only."""

import importlib.util
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from kompakt.kernels.gpu import parameters
from kompakt.kernels.ptx import PTX_VERSION, entry_name
from tests.kernels.texts import CODES, KERNELS, kernel_id, kernel_text

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None,
    reason="numba-cuda is not installed: pip install .[cuda13]",
)

_WIDE_DIVISION = re.compile(r"\b(div|rem)\.[su]64\b")
_WIDE_PRODUCT = re.compile(r"\b(mul|mad)\.(lo|hi)\.[su]64\b")
_PRODUCTS_OF_A_BLOCK = 3  # where its slot lies, and its row, before its first byte
_PRODUCTS_OF_AN_ELEMENT = 44  # of neighbours and weights, in specs for arrays; unrolled where they are few
_FLOAT = re.compile(r"\.(f16|f16x2|bf16|f32|f64)\b")


def _check(ptx: str, products: int, sums: str) -> None:
    assert not _FLOAT.search(ptx)
    assert not _WIDE_DIVISION.search(ptx)
    assert len(_WIDE_PRODUCT.findall(ptx)) <= products
    assert sums in ptx
    assert "bar.warp.sync" in ptx
    assert "prefetch.global.L2" in ptx
    assert ".local" not in ptx  # lane cells became registers
    assert not re.search(r"\bcall\b", ptx)  # everything was inlined
    assert entry_name(ptx)
    assert len(re.findall(r"^\s*\.param \.u64 ", ptx, re.MULTILINE)) == len(_parameters())
    assert f"\n.version {PTX_VERSION}\n" in ptx


def _parameters() -> list[np.generic]:
    """Return the parameters of a launch: rows, arrays and scalars, and what never changes."""

    def array(dimensions: int):
        numbers = (1,) * dimensions
        return SimpleNamespace(
            size=1, itemsize=1, data=SimpleNamespace(ptr=0), shape=numbers, strides=numbers
        )

    return parameters([array(2), *[array(1)] * 3, np.uint64(0), *[array(1)] * 16])


@pytest.mark.parametrize(("spec", "decoding"), KERNELS, ids=kernel_id)
def test_every_kernel_compiles_to_integer_ptx(spec, decoding):
    products = _PRODUCTS_OF_A_BLOCK + (_PRODUCTS_OF_AN_ELEMENT if spec.is_array else 0)
    _check(kernel_text(spec, decoding), products, "redux.sync.add.s32")


def test_devices_without_redux_add_by_shuffles():
    program = (
        "from kompakt.kernels.compiled import kernel_ptx; from kompakt.model.spec import spec_for_level;"
        "print(kernel_ptx(spec_for_level(1), False, (7, 5), lambda text: None))"
    )  # in a process of its own, which compiles for one target only
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    _check(done.stdout, _PRODUCTS_OF_A_BLOCK, "shfl.sync.bfly")
    assert "redux" not in done.stdout


@pytest.mark.parametrize("name", CODES)
def test_the_kernels_of_classical_codes_are_integer_ptx_without_memory_of_their_own(name):
    ptx = kernel_text(name)
    assert not _FLOAT.search(ptx)
    assert ".local" not in ptx
    assert not re.search(r"\bcall\b", ptx)
    assert ("redux.sync.add.s32" in ptx) == name.endswith("rans")
    assert entry_name(ptx)
