"""The CPU's loops compiled and tried while the GPU works, on all cores but one, level by level.

    python -m benchmarks.gpu.loops LEVEL encode|training|decode|check     one step, in a process of its own

Numba here may be of any version: it may refuse the model, crash, or make something else of it. So what it
made is compared with the golden streams before a stage relies on it. What became of a level is told to the
stages by a file in the folder that LOOPS names: empty, or why the CPU cannot code there.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.gpu.numba_here import import_or_stand_in, missing
from benchmarks.gpu.session import GOLDEN, Session, Skipped

LOOPS = "KOMPAKT_LOOPS"
"""Environment variable: the folder of what became of each level."""

STEPS = ("encode", "training", "decode")
CODES = "codes"
"""Stands for a level: the loops of classical codes."""

_POLL_S = 0.5


def run(session: Session) -> None:
    """Compile level by level, those first that say most."""
    os.nice(10)
    levels = [*map(str, session.ordered_levels)]
    levels.insert(1, CODES)
    if missing():
        for level in levels:
            _tell(level, missing())
        return
    with ThreadPoolExecutor(max(len(os.sched_getaffinity(0)) - 1, 1)) as pool:
        steps = {
            level: [pool.submit(_step, level, step) for step in (STEPS if level != CODES else ())]
            for level in levels
        }
        for level in levels:
            problem = next(filter(None, (future.result() for future in steps[level])), "")
            problem = problem or _step(level, "check")
            _tell(level, problem)
            print(f"the CPU's loops of {level}: {problem or 'ready'}")


def _step(level: str, step: str) -> str:
    """Run one step; return what went wrong, or nothing."""
    command = [sys.executable, "-m", "benchmarks.gpu.loops", level, step]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    if done.returncode == 0:
        return ""
    said = (done.stdout.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return f"numba: {step}: " + (f"signal {-done.returncode}" if done.returncode < 0 else said)


def _tell(level: str, problem: str) -> None:
    folder = Path(os.environ[LOOPS])
    part = folder / f".{level}"
    part.write_text(problem)
    part.rename(folder / level)


def cpu_problem(level: int | str, wait_s: float = 0) -> str:
    """Return why the CPU cannot code at a level here, or nothing; waits for that to be known."""
    path = Path(os.environ[LOOPS], str(level))
    until = time.monotonic() + wait_s
    while not path.exists():
        if time.monotonic() >= until:
            return f"the CPU's loops of {level} are not compiled yet"
        time.sleep(_POLL_S)
    return path.read_text()


def require_cpu(level: int | str, wait_s: float = 0) -> None:
    """Raise Skipped where the CPU cannot code at a level."""
    if problem := cpu_problem(level, wait_s):
        raise Skipped(problem)


def compile_or_check(level: str, step: str) -> None:
    """Do one step in this process; raises whatever goes wrong."""
    if level == CODES:
        _try_codes()
        return
    from kompakt.cpu.compiled import block_loop, training_loop
    from kompakt.model.spec import spec_for_level

    spec = spec_for_level(int(level))
    if step == "training":
        training_loop(spec, print)
    elif step in STEPS:
        block_loop(spec, step == "decode", print)
    elif golden := os.environ.get(GOLDEN):
        _check(spec, golden)


def _check(spec, golden: str) -> None:
    """Compare what the CPU codes, decodes and learns with what one elsewhere did."""
    import numpy as np

    from benchmarks.gpu.golden_file import read_golden
    from benchmarks.gpu.jobs import Root, decode_jobs, encode_jobs, first_difference
    from kompakt.cpu.backend import CpuBackend

    cpu = CpuBackend(threads=1)
    for case in read_golden(golden):
        if case.spec_id != spec.spec_id:
            continue
        made = list(cpu.encode(encode_jobs(case.blocks, spec, case.start)))
        if problem := first_difference(case.streams, [result.stream for result in made]):
            raise AssertionError(f"coded otherwise than elsewhere: {problem}")
        jobs = decode_jobs(made, case.blocks, spec, case.start)
        decoded = [result.data for result in cpu.decode(jobs)]
        if problem := first_difference([case.blocks[job.number] for job in jobs], decoded):
            raise AssertionError(f"decoded otherwise than elsewhere: {problem}")
        if case.start:
            wanted, learned = case.start.start(), Root(case.start.start().text, spec).start()
            if not np.array_equal(wanted.base, learned.base) or not np.array_equal(
                wanted.learned, learned.learned
            ):
                raise AssertionError("learned otherwise than elsewhere")


def _try_codes() -> None:
    import numpy as np

    from kompakt.classic.choice import chosen_codec
    from kompakt.cpu.pipelines import PipelineBackend
    from kompakt.jobs import EncodeJob, PipelineJob

    data = np.frombuffer(b"some text, and some more text" * 9, np.uint8)
    for name in ("huffman", "rans"):
        backend = PipelineBackend(codec=chosen_codec(name, 1))
        (made,) = backend.encode([EncodeJob(0, data, None)])
        (back,) = backend.decode([PipelineJob(0, made.stream, made.stages, data.size)])
        if not np.array_equal(back.data, data):
            raise AssertionError(f"{name}: decoded otherwise")


if __name__ == "__main__":
    import_or_stand_in()
    try:
        compile_or_check(*sys.argv[1:])
    except Exception as error:
        first_line = str(error).strip().partition("\n")[0]
        sys.exit(f"{type(error).__name__}: {first_line}")
