"""Kernels are kept on disk, and whoever waits for the compiler is told."""

import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels import compiled
from kompakt.kernels.compiled import PTX_VERSION, kernel_ptx
from kompakt.model.spec import spec_for_level

SPEC = spec_for_level(1)
HOPPER, AMPERE = (9, 0), (8, 0)


class FakeCompiler(ModuleType):
    """Takes the place of kompakt.kernels.offline, which imports numba-cuda."""

    def __init__(self):
        super().__init__("kompakt.kernels.offline")
        self.compiled: list[tuple] = []

    def ptx(self, spec, decoding, capability):
        self.compiled.append((spec.spec_id, decoding, capability))
        return f"// {spec.spec_id} {decoding} {capability}\n.version 9.9\n"


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeCompiler:
    """A compiler that makes no kernels, and an empty folder to keep them."""
    fake = FakeCompiler()
    monkeypatch.setitem(sys.modules, "kompakt.kernels.offline", fake)
    monkeypatch.setattr(compiled, "_compiled_for", set())
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
    with pytest.raises(DeviceError, match=r"numba-cuda is missing .*pip install"):
        kernel_ptx(SPEC, False, HOPPER, print)


def test_every_level_direction_and_capability_has_a_kernel_of_its_own(
    compiler: FakeCompiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [(SPEC, False, HOPPER), (SPEC, True, HOPPER), (spec_for_level(2), False, HOPPER)]
    made = [kernel_ptx(*case, print) for case in cases]
    monkeypatch.setattr(compiled, "_compiled_for", set())
    made.append(kernel_ptx(SPEC, False, AMPERE, print))
    assert len(set(made)) == 4


def test_one_process_compiles_for_one_capability_only(compiler: FakeCompiler) -> None:
    kernel_ptx(SPEC, False, HOPPER, print)
    with pytest.raises(DeviceError, match="different compute capability"):
        kernel_ptx(SPEC, False, AMPERE, print)


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
