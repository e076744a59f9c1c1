"""Runs the command line as people do: as a process, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[bytes]]


def command(*arguments: str | Path, module: str = "tests.fake_cli") -> list[str]:
    """Return the words that start `kompakt-gpu`, here with the fake backend."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a command, in which it finds the package and its tests."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "80", **variables}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Run one command to its end and return its exit code and output; `stdin` is bytes."""

    def run_command(
        *arguments: str | Path, stdin: bytes = b"", module: str = "tests.fake_cli", **variables: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command(*arguments, module=module),
            input=stdin,
            capture_output=True,
            env=environment(**variables),
            timeout=250,
            check=False,
        )

    return run_command


def check_fails(result: subprocess.CompletedProcess[bytes], exit_code: int, *words: str) -> None:
    """Check that a command failed with one line on standard error that holds `words`."""
    lines = result.stderr.decode().splitlines()
    errors = [line for line in lines if line.startswith("kompakt-gpu: error: ")]
    assert result.returncode == exit_code, result.stderr.decode()
    assert len(errors) == 1 and lines[-1] == errors[0], result.stderr.decode()
    assert all(word in errors[0] for word in words), errors[0]
    assert b"Traceback" not in result.stderr


def check_succeeds(result: subprocess.CompletedProcess[bytes]) -> None:
    """Check that a command ended well."""
    assert result.returncode == 0, result.stderr.decode()
    assert b"Traceback" not in result.stderr
