"""Child processes with a stopwatch and a memory gauge."""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import struct_rusage

PEAK_UNIT_BYTES = 1024  # of ru_maxrss on Linux


class BenchmarkError(Exception):
    """A program failed, gave wrong bytes, or is not known. The message is one line."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A child that ended well: wall-clock seconds, peak resident memory, what it printed."""

    seconds: float
    peak_bytes: int
    output: str


def run(command: Sequence[str], folder: Path) -> Finished:
    """Run `command` in `folder` without input. Raises BenchmarkError when it fails or cannot start."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        except OSError as error:
            raise BenchmarkError(f"{command[0]}: {error.strerror}") from None
        status, usage = _wait(process)
        seconds = time.perf_counter() - start
        output.seek(0)
        text = output.read().decode(errors="replace").strip()
    if status:
        said = text.splitlines()[-1] if text else "nothing"
        raise BenchmarkError(f"{' '.join(command)}: ended with {status} and said: {said}")
    return Finished(seconds, usage.ru_maxrss * PEAK_UNIT_BYTES, text)


def _wait(process: subprocess.Popen) -> tuple[int, struct_rusage]:
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage
