"""Where numba cannot be used, the GPU's half of the program can; and a CPU is tried before it is trusted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.gpu import loops
from benchmarks.gpu.loops import CODES, LOOPS, cpu_problem, require_cpu, run
from benchmarks.gpu.session import Session, Skipped

ROOT = Path(__file__).parents[2]

WITHOUT_NUMBA = """
import sys
from benchmarks.gpu.numba_here import import_or_stand_in, missing
import_or_stand_in()
assert missing() == "numba cannot be used: ImportError: numba is broken", missing()
import benchmarks.gpu.golden, benchmarks.gpu.throughput, benchmarks.gpu.commands, benchmarks.gpu.kernels
from kompakt.kernels.backend import GpuBackend
from kompakt.model.spec import spec_for_level
from kompakt.model.state import empty_start, spec_arrays
from kompakt.model.tables import tables
tables(), spec_arrays(spec_for_level(9)), empty_start(spec_for_level(9))
print("ready", "numba.cuda" in sys.modules)
"""


def test_the_gpu_needs_no_numba(tmp_path: Path) -> None:
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise ImportError('numba is broken')")
    paths = os.pathsep.join(map(str, (tmp_path, ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMBA],
        env=os.environ | {"PYTHONPATH": paths},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "ready False"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where stages are told of the CPU's loops."""
    monkeypatch.setenv(LOOPS, str(tmp_path))
    monkeypatch.setattr(os, "nice", lambda more: None)
    return tmp_path


def test_a_level_is_ready_when_its_loops_are_compiled_and_do_what_they_should(folder, monkeypatch) -> None:
    steps: list[tuple[str, str]] = []
    outcomes = {
        ("5", "training"): "numba: training: signal 11",
        ("1", "check"): "numba: check: differs",
    }
    monkeypatch.setattr(loops, "_step", lambda *what: steps.append(what) or outcomes.get(what, ""))
    run(Session(folder, levels=(1, 3, 5)))
    assert cpu_problem(3) == cpu_problem(CODES) == ""
    assert cpu_problem(1) == "numba: check: differs"
    with pytest.raises(Skipped, match="signal 11"):
        require_cpu(5)
    assert ("5", "check") not in steps
    assert ("3", "check") in steps


def test_a_level_that_is_not_compiled_yet_is_no_error(folder) -> None:
    with pytest.raises(Skipped, match="the CPU's loops of 9 are not compiled yet"):
        require_cpu(9)
    assert cpu_problem(9, wait_s=0.1)


def test_a_step_that_fails_or_crashes_says_so_in_one_line(monkeypatch) -> None:
    assert loops._step("77", "encode") == "numba: encode: StopIteration:"
    real = subprocess.run
    crash = ["/bin/sh", "-c", "kill -SEGV $$"]
    monkeypatch.setattr(subprocess, "run", lambda command, **options: real(crash, **options))
    assert loops._step("3", "encode") == "numba: encode: signal 11"
