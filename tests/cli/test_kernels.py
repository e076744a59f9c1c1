import json
import shutil
from pathlib import Path

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels.packed import PackedKernels
from kompakt.kernels.tools import tool
from tests.cli.conftest import Run, check_fails, check_succeeds


def test_the_kernels_of_a_level_are_written_with_their_machine_code(run: Run, folder: Path) -> None:
    pytest.importorskip("numba_cuda", reason="numba-cuda is not installed: pip install .[cuda13]")
    try:
        tool("ptxas")
    except DeviceError as error:
        pytest.skip(str(error))
    result = run("kernels", "one.kernels", "--level", "1", "--arch", "90", "--json")
    check_succeeds(result)
    told = json.loads(result.stdout)
    packed = PackedKernels(folder / "one.kernels")
    assert told["bytes"] == (folder / "one.kernels").stat().st_size < 1 << 20
    assert told["kernels"] == packed.labels
    assert {label.partition("_")[0] for label in packed.labels} == {"encode", "decode"}
    assert len(packed.labels) == 2 * 2 + 4  # the level and its arrays, Huffman and rANS
    assert told["made_by"] == packed.made_by
    assert {"kompakt-gpu", "numba-cuda", "llvmlite", "ptxas"} <= packed.made_by.keys()


def test_a_name_without_the_suffix_and_old_gpus_are_refused(run: Run) -> None:
    check_fails(run("kernels", "all.zip"), 2, "all.zip", ".kernels")
    check_fails(run("kernels", "all.kernels", "--arch", "75"), 2, "--arch 75", "compiled where they run")


def test_what_exists_is_kept(run: Run, folder: Path) -> None:
    (folder / "all.kernels").write_text("mine")
    check_fails(run("kernels", "all.kernels"), 5, "all.kernels", "exists")
    assert (folder / "all.kernels").read_text() == "mine"


def test_without_an_assembler_one_line_says_how_to_get_it(run: Run, folder: Path, tmp_path: Path) -> None:
    if _packaged():
        pytest.skip("a Python package brings ptxas")
    check_fails(run("kernels", "all.kernels", PATH=str(tmp_path)), 4, "pip install nvidia-cuda-nvcc")
    assert not list(folder.iterdir())


def _packaged() -> bool:
    """Return whether ptxas is there without PATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "which", lambda name: None)
        try:
            return bool(tool("ptxas"))
        except DeviceError:
            return False
