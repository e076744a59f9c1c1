"""Programs of the CUDA toolkit are found on PATH or in Python packages."""

import sys
from pathlib import Path

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels.tools import tool


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.touch(0o755)
    return path


def test_a_tool_is_found_on_the_path_before_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = _program(tmp_path / "site" / "nvidia" / "cu13" / "bin" / "ptxas")
    on_path = _program(tmp_path / "bin" / "ptxas")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert tool("ptxas") == str(packaged)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert tool("ptxas") == str(on_path)


def test_a_missing_tool_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="pip install nvidia-cuda-nvdisasm"):
        tool("nvdisasm")
