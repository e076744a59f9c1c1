"""The pretended machine: its GPU is another process, and it has no numba that could be imported."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu.session import GOLDEN_NAME
from kompakt.kernels.compiled import source_digest
from kompakt.kernels.found import spec_label
from kompakt.kernels.packed import Packed, write_packed
from kompakt.model.spec import spec_for_level
from tests.benchmarks.pretend.arena import Arena, ArenaFullError, unmap
from tests.benchmarks.pretend.messages import SOCKET

ROOT = Path(__file__).parents[2]
SITE = Path(__file__).parent / "pretend" / "site"
SPEC = spec_for_level(1)


@pytest.fixture
def machine(tmp_path: Path, carried: Path) -> Path:
    """A folder with what is carried, and with a numba that is broken."""
    shutil.copy(carried / GOLDEN_NAME, tmp_path)
    kernels = {}
    for decoding in (False, True):
        images = {name: f"{name} {decoding}".encode() for name in ("sm_90", "compute_80")}
        kernels[spec_label(SPEC, decoding)] = Packed(source_digest(SPEC, decoding), "entry", images)
    with open(tmp_path / "all.kernels", "wb") as file:
        write_packed(file, kernels, {})
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise ImportError('made for another NumPy')")
    return tmp_path


def test_golden_streams_are_compared_where_nothing_can_be_compiled(machine: Path) -> None:
    socket = machine / "socket"
    server = ("tests.benchmarks.pretend.server", str(socket), str(machine / "all.kernels"))
    gpu = subprocess.Popen([sys.executable, "-m", *server], cwd=ROOT)
    try:
        while not socket.exists():
            assert gpu.poll() is None
        paths = os.pathsep.join(map(str, (SITE, machine, ROOT)))
        stages = ("--stages", "golden,equality", "--levels", "1", "--small", "--carried", str(machine))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.gpu", str(machine / "out"), *stages],
            env=os.environ | {"PYTHONPATH": paths, SOCKET: str(socket)},
            cwd=machine,
            capture_output=True,
            text=True,
        )
    finally:
        gpu.kill()
        gpu.wait()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "level 1: equal both ways" in done.stdout
    assert "level 1, with a start: equal both ways" in done.stdout
    broken = "numba cannot be used: ImportError: made for another NumPy"
    assert f"equality: skipped: {broken}" in done.stdout


def test_memory_of_the_pretended_gpu_is_given_back_and_has_an_end() -> None:
    arena = Arena(1 << 16)
    try:
        first, second = (arena.array(30_000, np.uint8) for _ in range(2))
        with pytest.raises(ArenaFullError):
            arena.array(30_000, np.uint8)
        arena.release(first.ctypes.data)
        third = arena.array(15_000, np.uint16)
        assert third.ctypes.data == first.ctypes.data
        assert third.ctypes.data + third.nbytes <= second.ctypes.data
        assert arena.path.stat().st_size == 1 << 16
    finally:
        arena.path.unlink()
        unmap(arena.size, arena.address)
