"""Fixtures for tests of every part."""

import sys

import pytest

from kompakt.device import Device
from tests import fake_backend


@pytest.fixture
def fake_device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """A device that codes with zlib."""
    monkeypatch.setitem(sys.modules, "kompakt.cpu.backend", fake_backend)
    return Device("cpu")
