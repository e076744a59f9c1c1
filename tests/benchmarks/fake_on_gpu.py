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
        "loops": {"_step": lambda level, step: ""},
        "tests": {"ARGUMENTS": ["-m", "gpu", "-k", "not 5 and not 9", "-q"], "TEST_LEVELS": (1,)},
        "equality": {"ROUNDS": (("small", 64, 3, 0), ("starting", 100, 2, 128))},
        "pipelines": {"CASES": ((100, 9),)},
        "throughput": {"CLOCK_AFTER_S": 0.0},
        "commands": {"RATIO_BLOCKS": 2, "DEVICE": "cpu"},
    }
    stage = sys.argv[sys.argv.index("--stage") + 1] if "--stage" in sys.argv else ""
    for name, value in small.get(stage, {}).items():
        setattr(import_module(f"benchmarks.gpu.{stage}"), name, value)
    STAGES.update((name, 10 * limit_s) for name, limit_s in STAGES.items())  # a slow machine compiles first
    sys.exit(main("tests.benchmarks.fake_on_gpu"))
