"""PTX becomes files of machine code, with the PTX and the versions of what made them."""

import shutil

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels.making import ARCHITECTURES, CODES, cubin, made_by, packed, specs_of
from kompakt.kernels.ptx import PTX_VERSION
from kompakt.kernels.tools import tool
from kompakt.model.spec import ARRAY_SPECS, SPECS

PTX = f"""\
.version {PTX_VERSION}
.target sm_80
.address_size 64
.visible .entry nothing(
)
{{
\tret;
}}
"""


@pytest.fixture
def ptxas() -> str:
    """The assembler; where it is missing, the test is skipped with the reason."""
    try:
        return tool("ptxas")
    except DeviceError as error:
        pytest.skip(str(error))


def test_each_level_takes_its_spec_and_the_one_for_arrays() -> None:
    assert [(spec.level, spec.is_array) for spec in specs_of([4])] == [(6, True), (4, False)]
    every_level = specs_of(range(1, 10))
    assert {spec.spec_id for spec in every_level} == {*SPECS, *ARRAY_SPECS}


def test_the_kernels_of_classical_codes_are_all_named() -> None:
    pytest.importorskip("numba_cuda", reason="numba-cuda is not installed: pip install .[cuda13]")
    from kompakt.kernels.code_kernels import NAMES

    assert CODES == NAMES


def test_machine_code_is_made_for_every_architecture(ptxas) -> None:
    told: list[str] = []
    made = packed([("encode_16", "abc", PTX)], ARCHITECTURES, 2, told.append)
    assert told == list(made) == ["encode_16"]
    kernel = made["encode_16"]
    assert (kernel.source, kernel.name) == ("abc", "nothing")
    assert list(kernel.images) == ["sm_80", "sm_86", "sm_90", "sm_100", "compute_80"]
    assert kernel.images["compute_80"] == PTX.encode()
    assert all(image.startswith(b"\x7fELF") for name, image in kernel.images.items() if name != "compute_80")


def test_the_words_of_ptxas_are_one_line(ptxas) -> None:
    with pytest.raises(DeviceError, match=r"^ptxas, encode_16 for sm_90: the PTX, line 7.*$"):
        cubin(PTX.replace("ret;", "nonsense;"), 90, "encode_16")


def test_what_made_the_kernels_is_known(ptxas, monkeypatch) -> None:
    assert made_by([90])["ptxas"][0].isdecimal()
    assert made_by([90])["kompakt-gpu"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "ptxas" not in made_by([])  # and none is needed for PTX alone
