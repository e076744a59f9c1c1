"""A process with a time limit whose output goes to the terminal and to the log, line by line."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

LOG_BYTES_MAX = 12 << 20


class Log:
    """Standard output and a file, with the seconds since the start before each line; for `with`."""

    def __init__(self, path: Path):
        self._file = open(path, "a")  # noqa: SIM115
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def line(self, text: str) -> None:
        """Print a line and keep it; after LOG_BYTES_MAX it is only printed."""
        line = f"{time.monotonic() - self._started:6.1f} {text}"
        print(line, flush=True)
        if self._file.tell() < LOG_BYTES_MAX:
            self._file.write(line + "\n")
            self._file.flush()


def run_process(command: Sequence[str], limit_s: float, log: Log) -> str:
    """Run a command to its end or its limit; return `ok` or what went wrong.

    The process and all that it starts are one group, and are killed together.
    """
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
    )
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(limit_s, stop)
    timer.start()
    try:
        for line in process.stdout:
            log.line(line.rstrip("\n"))
        code = process.wait()
    finally:
        timer.cancel()
        _kill(process)
        process.stdout.close()
    if late.is_set():
        return "killed: time is up"
    return "ok" if code == 0 else f"failed with exit code {code}"


def _kill(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
