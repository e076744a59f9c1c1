"""One launch that fills the GPU under Nsight Compute, as text in ncu.txt.

Blocks are small, because the profiler saves and restores the models' memory for each of its passes. It
leaves the clocks alone.
"""

import shutil
import subprocess
import sys

from benchmarks.gpu.session import Session, Skipped

SECTIONS = ("SpeedOfLight", "Occupancy", "WarpStateStats", "MemoryWorkloadAnalysis", "SchedulerStats")
OPTIONS = ("--clock-control", "none", "--launch-count", "1")
OUTPUT_BYTES_MAX = 4 << 20


def run(session: Session) -> None:
    """Profile the encoder of the default level; raise if ncu fails."""
    if not shutil.which("ncu"):
        raise Skipped("ncu is not on PATH")
    sections = [word for section in SECTIONS for word in ("--section", section)]
    small = ["--small"] if session.small else []
    program = (sys.executable, "-m", "benchmarks.gpu", "--stage", "one_launch", str(session.output), *small)
    done = subprocess.run(
        ["ncu", *sections, *OPTIONS, *program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=max(session.left_s, 1),
    )
    (session.output / "ncu.txt").write_text(done.stdout[:OUTPUT_BYTES_MAX])
    print(done.stdout[-4000:])
    if done.returncode:
        raise RuntimeError(f"ncu: exit code {done.returncode}")
