"""The tests that need a GPU."""

import sys
from pathlib import Path

import pytest

from benchmarks.gpu.loops import CODES, require_cpu
from benchmarks.gpu.session import Session
from kompakt.kernels.gpu import Gpu

TEST_LEVELS = (1, 5, 9)
"""What tests/kernels/test_gpu.py codes at."""

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = ["-m", "gpu", "-v", "-rs", "--tb=short"]
FILES = [ROOT / "tests" / "kernels" / name for name in ("test_gpu.py", "test_codes.py")]
LENIENT = ["-o", "addopts=", "-W", "default", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
"""The project's own runs are strict about warnings and plugins; here the packages are not of its choice."""


def run(session: Session) -> None:
    """Run them in this process, whose output is the log's; exit with their code if it is not 0."""
    for level in (CODES, *TEST_LEVELS):
        require_cpu(level)
    Gpu(0)  # or all tests would be skipped, and the stage would look well
    place = [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", *map(str, FILES)]
    if code := pytest.main([*ARGUMENTS, *LENIENT, *place]):
        sys.exit(int(code))
