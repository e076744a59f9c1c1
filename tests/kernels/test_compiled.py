"""Kernels are kept on disk, and whoever waits for the compiler is told."""

import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels import compiled
from kompakt.kernels.compiled import HOST_ONLY, compiler_versions, kernel_ptx
from kompakt.kernels.ptx import PTX_VERSION
from kompakt.model.spec import spec_for_level

SPEC = spec_for_level(1)
BLACKWELL, HOPPER, AMPERE, TURING, VOLTA = (10, 0), (9, 0), (8, 0), (7, 5), (7, 0)


class FakeCompiler(ModuleType):
    """Takes the place of kompakt.kernels.offline, which imports numba-cuda."""

    def __init__(self):
        super().__init__("kompakt.kernels.offline")
        self.compiled: list[tuple] = []
        self.versions = {"numba-cuda": "1", "nvidia-nvvm": "1"}

    def ptx(self, spec, decoding, capability):
        self.compiled.append((spec.spec_id, decoding, capability))
        return f"// {spec.spec_id} {decoding} {capability}\n.version 9.9\n"


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeCompiler:
    """A compiler that makes no kernels, and an empty folder to keep them."""
    fake = FakeCompiler()
    monkeypatch.setitem(sys.modules, "kompakt.kernels.offline", fake)
    monkeypatch.setattr(compiled, "_compiled_for", set())
    monkeypatch.setattr(compiled, "compiler_versions", lambda: dict(fake.versions))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return fake


def test_compiling_is_announced_and_its_result_kept_on_disk(compiler: FakeCompiler, tmp_path: Path) -> None:
    notices: list[str] = []
    first = kernel_ptx(SPEC, False, HOPPER, notices.append)
    assert notices == ["compiling the model for the GPU (once for each level, about 10 seconds)"]
    assert f"\n.version {PTX_VERSION}\n" in first
    (kept,) = (tmp_path / "kompakt" / "kernels").iterdir()
    assert kept.read_text() == first
    assert kernel_ptx(SPEC, False, HOPPER, notices.append) == first
    assert len(notices) == len(compiler.compiled) == 1


def test_a_kept_kernel_needs_no_compiler(compiler: FakeCompiler, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = kernel_ptx(SPEC, True, HOPPER, print)
    monkeypatch.setitem(sys.modules, "kompakt.kernels.offline", None)  # an import now fails
    assert kernel_ptx(SPEC, True, HOPPER, pytest.fail) == kept
    compiler.versions.clear()  # carried to a machine without it
    assert kernel_ptx(SPEC, True, HOPPER, pytest.fail) == kept
    with pytest.raises(DeviceError, match=r"numba-cuda is missing .*pip install"):
        kernel_ptx(SPEC, False, HOPPER, print)


@pytest.mark.parametrize("package", ["numba-cuda", "nvidia-nvvm"])
def test_another_compiler_makes_kernels_of_its_own(compiler: FakeCompiler, package: str) -> None:
    kernel_ptx(SPEC, False, HOPPER, print)
    compiler.versions[package] = "2"
    kernel_ptx(SPEC, False, HOPPER, print)
    assert len(compiler.compiled) == 2


def test_the_versions_of_the_compiler_and_of_nvvm_are_known() -> None:
    pytest.importorskip("numba_cuda", reason="numba-cuda is not installed: pip install .[cuda13]")
    assert {"numba-cuda", "llvmlite"} < compiler_versions().keys()


def test_every_level_and_direction_has_a_kernel_and_all_newer_gpus_share_it(compiler: FakeCompiler) -> None:
    cases = [(SPEC, False, HOPPER), (SPEC, True, HOPPER), (spec_for_level(2), False, HOPPER)]
    assert len({kernel_ptx(*case, print) for case in cases}) == 3
    for newer in (AMPERE, (8, 6), BLACKWELL, (12, 1)):
        kernel_ptx(SPEC, False, newer, print)
    assert [capability for *_, capability in compiler.compiled] == [AMPERE] * 3


def test_older_gpus_have_kernels_of_their_own_and_the_oldest_none(
    compiler: FakeCompiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel_ptx(SPEC, False, HOPPER, print)
    with pytest.raises(DeviceError, match=r"older and newer than compute capability 8\.0"):
        kernel_ptx(SPEC, False, TURING, print)  # device functions are compiled once a process
    monkeypatch.setattr(compiled, "_compiled_for", set())
    kernel_ptx(SPEC, False, TURING, print)
    assert [capability for *_, capability in compiler.compiled] == [AMPERE, TURING]
    with pytest.raises(DeviceError, match=r"capability 7\.0 is too old"):
        kernel_ptx(SPEC, False, VOLTA, print)


def test_no_kernel_is_made_of_files_that_are_left_out_of_its_key() -> None:
    pytest.importorskip("numba_cuda", reason="numba-cuda is not installed: pip install .[cuda13]")
    program = "import sys, kompakt.kernels.offline; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    left_out = {f"kompakt.kernels.{Path(name).stem}" for name in HOST_ONLY}
    assert not left_out & set(loaded.stdout.split())


def test_gpus_that_start_together_compile_once(compiler: FakeCompiler) -> None:
    notices: list[str] = []
    threads = [
        threading.Thread(target=kernel_ptx, args=(SPEC, False, HOPPER, notices.append)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compiler.compiled) == len(notices) == 1


def test_a_cache_that_cannot_be_written_only_costs_time(
    compiler: FakeCompiler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert kernel_ptx(SPEC, False, HOPPER, print) == kernel_ptx(SPEC, False, HOPPER, print)
    assert len(compiler.compiled) == 2
