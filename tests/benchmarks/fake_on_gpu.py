"""`python -m benchmarks.gpu` on a machine whose GPU is made of NumPy, with little to do in each stage."""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

from benchmarks.gpu.__main__ import STAGES, main
from tests.kernels import fake_cupy

if __name__ == "__main__":
    sys.modules.update(fake_cupy.modules())
    import_module("kompakt.kernels.found").kernel_for = fake_cupy.fake_kernel  # before others import it
    import_module("kompakt.kernels.found").code_kernel_for = fake_cupy.fake_code_kernel
    small = {
        "kernels": {"workers": lambda: ThreadPoolExecutor(1)},
        "tests": {"ARGUMENTS": ["-m", "gpu", "-k", "not 5 and not 9", "-q"]},
        "equality": {"ROUNDS": (("small", 2000, 3, 0), ("starting", 3000, 2, 4000))},
        "pipelines": {"CASES": ((3000, 9),)},
        "throughput": {"KIB": 8, "MIB": 8 << 10, "CLOCK_AFTER_S": 0.0},
        "commands": {"BLOCK_BYTES": 4000, "SMALLEST_SET_BYTES": 30_000, "RATIO_BLOCKS": 2, "DEVICE": "cpu"},
        "one_launch": {"BLOCK_BYTES": 1000},
    }
    stage = sys.argv[sys.argv.index("--stage") + 1] if "--stage" in sys.argv else ""
    for name, value in small.get(stage, {}).items():
        setattr(import_module(f"benchmarks.gpu.{stage}"), name, value)
    STAGES.update((name, 10 * limit_s) for name, limit_s in STAGES.items())  # a slow machine compiles first
    sys.exit(main("tests.benchmarks.fake_on_gpu"))
