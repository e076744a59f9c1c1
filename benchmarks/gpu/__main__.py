"""The run: each stage in a process of its own, so that a crash, a hang or a broken GPU costs only that stage.

    python -m benchmarks.gpu OUTPUT [FOLDER] [--carried FOLDER] [--seconds 515] [--ncu]

Everything printed also goes to OUTPUT/log.txt. Exit code: 0 if every stage did what it should or was skipped
for a reason that it names, else 1.
"""

import argparse
import importlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.gpu.carried import unpacked
from benchmarks.gpu.loops import LOOPS
from benchmarks.gpu.numba_here import import_or_stand_in
from benchmarks.gpu.process import Beside, Log, run_process
from benchmarks.gpu.session import SKIPPED, Session, Skipped, parser

STAGES = {
    "facts": 15,
    "golden": 60,
    "equality": 45,
    "throughput": 110,
    "commands": 150,
    "kernels": 25,
    "ncu": 35,
    "tests": 35,
    "pipelines": 20,
    "figures": 15,
}
"""The stages in their order, those first that say most, with the most seconds of each."""

RESUMED = {"golden": "equality", "throughput": "throughput"}
"""Stages that go on in a new process with what has no row yet in a table, when one case broke the GPU."""

BESIDE = "loops"
"""Runs beside the other stages from the second on: the CPU's loops are compiled while the GPU works."""

FIGURES_S = 15
"""Seconds kept for the pictures."""


def run_stages(options: argparse.Namespace, module: str, log: Log) -> dict[str, str]:
    """Run the stages one after another; return what became of each: `ok`, `skipped` or what went wrong.

    module: what a stage's process runs, as `python -m` takes it
    """
    ends_at = time.monotonic() + options.seconds
    wanted = options.stages.split(",") if options.stages else [s for s in STAGES if s != "ncu" or options.ncu]
    outcomes = {}
    with Beside(log) as beside:
        for stage in STAGES:
            if stage not in wanted:
                continue
            if stage != "facts" and not beside.started:
                beside.start(_command(BESIDE, options.seconds, options, module))
            left_s = ends_at - time.monotonic() - (0 if stage == "figures" else FIGURES_S)
            limit_s = min(STAGES[stage], left_s)
            if limit_s < 5:
                outcomes[stage] = "left out: no time"
            else:
                outcomes[stage] = _run_stage(stage, limit_s, options, module, log)
            log.line(f"== {stage}: {outcomes[stage]}")
    return outcomes


def _run_stage(stage: str, limit_s: float, options: argparse.Namespace, module: str, log: Log) -> str:
    log.line(f"== {stage}, at most {limit_s:.0f} s")
    started = time.monotonic()
    table = options.output / f"{RESUMED.get(stage, stage)}.csv"
    while True:
        rows = _lines(table)
        left_s = limit_s - (time.monotonic() - started)
        # The stage stops by itself a little earlier; the limit is for one that hangs.
        outcome = run_process(_command(stage, left_s - 3, options, module), left_s, log)
        seconds = time.monotonic() - started
        progressed = _lines(table) > rows
        if outcome.startswith(("ok", "skipped")):
            return f"{outcome}, {seconds:.1f} s"
        if stage not in RESUMED or not progressed or limit_s - seconds < 10:
            return f"{outcome} after {seconds:.1f} s"


def _command(stage: str, limit_s: float, options: argparse.Namespace, module: str) -> list[str]:
    return [
        *(sys.executable, "-u", "-m", module, "--stage", stage, "--limit", f"{limit_s:.1f}"),
        str(options.output),
        *([str(options.folder)] if options.folder else []),
        *("--levels", options.levels, "--commit", options.commit, "--set-bytes", str(options.set_bytes)),
        *(["--small"] if options.small else []),
    ]


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def run_one(options: argparse.Namespace) -> int:
    """Run a stage in this process; return its exit code."""
    import_or_stand_in()
    try:
        importlib.import_module(f"benchmarks.gpu.{options.stage}").run(Session.of(options))
    except Skipped as reason:
        print(reason)
        return SKIPPED
    return 0


def main(module: str = "benchmarks.gpu") -> int:
    """Run all stages, or in a process of its own the one stage that is named; return the exit code."""
    options = parser().parse_args()
    if options.stage:
        return run_one(options)
    options.output.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Log(options.output / "log.txt") as log, tempfile.TemporaryDirectory(prefix="kompakt-") as folder:
        os.environ[LOOPS] = os.path.join(folder, "loops")
        os.mkdir(os.environ[LOOPS])
        if options.carried:
            os.environ |= unpacked(options.carried, Path(folder, "packages"), log.line)
        outcomes = run_stages(options, module, log)
        for stage, outcome in outcomes.items():
            log.line(f"{stage:12}{outcome}")
    return 0 if all(outcome.startswith(("ok", "skipped")) for outcome in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
