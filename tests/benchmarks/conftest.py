"""What tests of the run on a GPU share."""

from pathlib import Path

import pytest

from benchmarks.gpu.carry import golden_cases
from benchmarks.gpu.golden_file import write_golden
from benchmarks.gpu.session import GOLDEN_NAME
from kompakt.model.spec import spec_for_level


@pytest.fixture(scope="session")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is carried to the machine: golden streams of level 1."""
    folder = tmp_path_factory.mktemp("carried")
    write_golden(folder / GOLDEN_NAME, golden_cases([spec_for_level(1)]))
    return folder
