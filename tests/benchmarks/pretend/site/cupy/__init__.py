"""CuPy of the pretended machine."""

import sys

from tests.benchmarks.pretend.client import modules

sys.modules.update(modules())
