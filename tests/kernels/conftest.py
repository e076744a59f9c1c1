"""Fixtures for tests of kernels."""

import sys

import pytest

from tests.kernels.ptx import cupy


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `import cupy` find what executes PTX."""
    for name, module in cupy.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(cupy.state, "launches", [])
