"""NVIDIA's assembler takes exactly the text that goes to the driver, for GPUs of four generations."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels.shared import WARPS_MAX, SharedLayout
from kompakt.kernels.tools import tool
from kompakt.model.spec import Spec
from tests.kernels.texts import CODES, KERNELS, kernel_id, kernel_text

ARCHITECTURES = ("sm_80", "sm_86", "sm_90", "sm_100")
MOST_SHARED_BYTES = 99 << 10
"""Of a CTA, on the GPUs of 8.6 and 8.9; all others since 8.0 give more."""

MOST_SPILLED_BYTES = {5: 0, 8: 250, 9: 500}

_USED = re.compile(r"Used (\d+) registers")
_SPILLS = re.compile(r"(\d+) bytes spill stores, (\d+) bytes spill loads")
_SHARED = re.compile(r"(\d+) bytes smem")


def _ptxas() -> str:
    try:
        return tool("ptxas")
    except DeviceError as error:
        pytest.skip(str(error))


def _assembled(text: str, architecture: str, folder: Path) -> str:
    """Return what ptxas says of a kernel. A refusal fails the test, in ptxas's own words."""
    source = folder / "kernel.ptx"
    source.write_text(text)
    command = [_ptxas(), "-v", f"-arch={architecture}", str(source), "-o", str(folder / "kernel.cubin")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None,
    reason="numba-cuda is not installed: pip install .[cuda13]",
)


@pytest.mark.parametrize(("spec", "decoding"), KERNELS, ids=kernel_id)
def test_ptxas_makes_every_models_kernel_for_every_generation(spec: Spec, decoding: bool, tmp_path: Path):
    for architecture in ARCHITECTURES:
        report = _assembled(kernel_text(spec, decoding), architecture, tmp_path)
        assert int(_USED.search(report)[1]) <= 128  # for 16 warps on a processor
        spilled = sum(map(int, _SPILLS.search(report).groups()))
        assert spilled <= next(most for level, most in MOST_SPILLED_BYTES.items() if spec.level <= level)
        own_bytes = int(_SHARED.search(report)[1])
        assert own_bytes + SharedLayout(spec).launch_bytes(WARPS_MAX) <= MOST_SHARED_BYTES


@pytest.mark.parametrize("name", CODES)
def test_ptxas_makes_the_kernels_of_classical_codes_for_every_generation(name: str, tmp_path: Path):
    for architecture in ARCHITECTURES:
        report = _assembled(kernel_text(name), architecture, tmp_path)
        assert int(_USED.search(report)[1]) <= 40
        assert sum(map(int, _SPILLS.search(report).groups())) == 0


def test_ptxas_refuses_what_is_newer_than_the_text_declares(tmp_path: Path):
    text = kernel_text(CODES[0]).replace("\tret;", '\t.pragma "used_bytes_mask 240";\n\tret;', 1)
    with pytest.raises(AssertionError, match=r"requires PTX ISA \.version 8\.3"):
        _assembled(text, "sm_90", tmp_path)
