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

from benchmarks.gpu.session import SKIPPED

LOG_BYTES_MAX = 12 << 20


class Log:
    """Standard output and a file, with the seconds since the start before each line; for `with`."""

    def __init__(self, path: Path):
        self._file = open(path, "a")  # noqa: SIM115
        self._started = time.monotonic()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def line(self, text: str) -> None:
        """Print a line and keep it; after LOG_BYTES_MAX it is only printed."""
        line = f"{time.monotonic() - self._started:6.1f} {text}"
        with self._lock:
            print(line, flush=True)
            if self._file.tell() < LOG_BYTES_MAX:
                self._file.write(line + "\n")
                self._file.flush()


def run_process(command: Sequence[str], limit_s: float, log: Log) -> str:
    """Run a command to its end or its limit; return `ok`, `skipped: REASON` or what went wrong.

    The process and all that it starts are one group, and are killed together.
    """
    process = _started(command)
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(limit_s, stop)
    timer.start()
    said = ""
    try:
        for line in process.stdout:
            said = line.rstrip("\n")
            log.line(said)
        code = process.wait()
    finally:
        timer.cancel()
        _kill(process)
        process.stdout.close()
    if late.is_set():
        return "killed: time is up"
    if code == SKIPPED:
        return f"skipped: {said}"
    return "ok" if code == 0 else f"failed with exit code {code}"


class Beside:
    """A command that runs beside others until its end or that of the statement; `beside` in the log."""

    def __init__(self, log: Log):
        self._log = log
        self._process: subprocess.Popen | None = None

    @property
    def started(self) -> bool:
        """Return whether it was started."""
        return self._process is not None

    def start(self, command: Sequence[str]) -> None:
        """Start it."""
        self._process = _started(command)
        self._thread = threading.Thread(target=self._follow, args=(self._process,))
        self._thread.start()

    def _follow(self, process: subprocess.Popen) -> None:
        for line in process.stdout:
            self._log.line(f"beside: {line.rstrip()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process is not None:
            _kill(self._process)
            self._thread.join()
            self._process.stdout.close()


def _started(command: Sequence[str]) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
    )


def _kill(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
