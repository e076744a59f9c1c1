"""The run: each stage in a process of its own, so that a crash, a hang or a broken GPU costs only that stage.

    python -m benchmarks.gpu OUTPUT [FOLDER] [--seconds 500] [--ncu]

Everything printed also goes to OUTPUT/log.txt. Exit code: 0 if every stage did what it should, else 1.
"""

import argparse
import importlib
import signal
import sys
import time
from pathlib import Path

from benchmarks.gpu.process import Log, run_process
from benchmarks.gpu.session import Session, parser

STAGES = {
    "facts": 30,
    "smoke": 60,
    "kernels": 75,
    "tests": 120,
    "equality": 100,
    "pipelines": 40,
    "throughput": 170,
    "commands": 150,
    "ncu": 60,
    "figures": 30,
}
"""The stages in their order, with the most seconds of each."""

RESUMED = ("throughput",)
"""Stages that go on in a new process with the cases that have no row yet, when one case broke the GPU."""

FIGURES_S = 15
"""Seconds kept for the pictures."""


def run_stages(options: argparse.Namespace, module: str, log: Log) -> dict[str, str]:
    """Run the stages one after another; return what became of each: `ok` or what went wrong.

    module: what a stage's process runs, as `python -m` takes it
    """
    ends_at = time.monotonic() + options.seconds
    wanted = options.stages.split(",") if options.stages else [s for s in STAGES if s != "ncu" or options.ncu]
    outcomes = {}
    for stage in STAGES:
        if stage not in wanted:
            continue
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
    table = options.output / f"{stage}.csv"
    while True:
        rows = _lines(table)
        left_s = limit_s - (time.monotonic() - started)
        # The stage stops by itself a little earlier; the limit is for one that hangs.
        arguments = ["--stage", stage, "--limit", f"{left_s - 3:.1f}", *_passed_on(options)]
        outcome = run_process([sys.executable, "-u", "-m", module, *arguments], left_s, log)
        seconds = time.monotonic() - started
        progressed = _lines(table) > rows
        if outcome == "ok" or stage not in RESUMED or not progressed or limit_s - seconds < 10:
            return f"ok, {seconds:.1f} s" if outcome == "ok" else f"{outcome} after {seconds:.1f} s"


def _passed_on(options: argparse.Namespace) -> list[str]:
    return [
        str(options.output),
        *([str(options.folder)] if options.folder else []),
        *("--levels", options.levels, "--commit", options.commit, "--set-bytes", str(options.set_bytes)),
    ]


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def main(module: str = "benchmarks.gpu") -> int:
    """Run all stages, or in a process of its own the one stage that is named; return the exit code."""
    options = parser().parse_args()
    if options.stage:
        importlib.import_module(f"benchmarks.gpu.{options.stage}").run(Session.of(options))
        return 0
    options.output.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Log(options.output / "log.txt") as log:
        outcomes = run_stages(options, module, log)
        for stage, outcome in outcomes.items():
            log.line(f"{stage:12}{outcome}")
    return 0 if all(outcome.startswith("ok") for outcome in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
