"""What all rows of a run share: when, on which machine, with which commit."""

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.codecs import ROOT
from benchmarks.measure import Measured
from benchmarks.rows import Row


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Date (UTC), commit with `-dirty` when tracked files differ from it, CPU and usable cores."""

    date: str
    commit: str
    cpu: str
    cores: int

    @property
    def results_path(self) -> Path:
        """Return benchmarks/results/DATE-MACHINE.csv."""
        machine = re.sub(r"[^a-z0-9]+", "-", self.cpu.lower()).strip("-")
        return ROOT / "benchmarks" / "results" / f"{self.date[:10]}-{machine}-{self.cores}-cores.csv"

    def row(self, measured: Measured, *, folder: str, scope: str, file: str, threads: int) -> Row:
        """Return the row of what one codec did to one input."""
        codec = measured.codec
        return Row(
            date=self.date,
            commit=self.commit,
            cpu=self.cpu,
            cores=self.cores,
            versions=codec.versions,
            folder=folder,
            scope=scope,
            file=file,
            codec=codec.name,
            command=codec.command.format(threads=threads),
            level=codec.level,
            block_bytes=codec.block_bytes,
            threads=threads,
            bytes_in=measured.bytes_in,
            bytes_out=measured.bytes_out,
            compress_s=tuple(timing.seconds for timing in measured.compress),
            decompress_s=tuple(timing.seconds for timing in measured.decompress),
            compress_warm_up_s=tuple(timing.warm_up_s for timing in measured.compress),
            decompress_warm_up_s=tuple(timing.warm_up_s for timing in measured.decompress),
            compress_peak_bytes=max(timing.peak_bytes for timing in measured.compress),
            decompress_peak_bytes=max(timing.peak_bytes for timing in measured.decompress),
        )


def run_facts() -> RunFacts:
    """Return the facts of a run that starts now."""
    return RunFacts(
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), _commit(), _cpu(), len(os.sched_getaffinity(0))
    )


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        described = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return "unknown"
    return described.stdout.strip() or "unknown"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown CPU"
