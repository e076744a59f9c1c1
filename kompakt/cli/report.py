"""What a command tells on standard error while it works: notices, the progress bar, the summary."""

import sys
import threading
import time
from collections.abc import Callable

from kompakt.cli.text import printable

_REFRESH_S = 0.25


class Report:
    """Standard error of one command, for use in a `with` statement.

    On a terminal a progress bar shows bytes, MB/s, the ratio so far and the time left; anywhere else there is
    none. `quiet` leaves out everything but warnings.
    """

    def __init__(self, *, quiet: bool):
        self._quiet = quiet
        self._started = time.monotonic()
        self._bar = None
        self._task = None
        self._done_bytes = 0
        self._coded_bytes = 0
        self._shown_bytes = 0
        self._stopped = threading.Event()

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def seconds(self) -> float:
        """Seconds since the command started."""
        return time.monotonic() - self._started

    def start(self, total_bytes: int | None, underway: Callable[[], int] = lambda: 0) -> None:
        """Show the progress bar for `total_bytes` of content; None is a stream of unknown length.

        underway: tells how many bytes are coded of blocks that progress() does not know yet
        """
        if self._quiet or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            BarColumn(),
            DownloadColumn(binary_units=True),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[ratio]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=total_bytes, rate="", ratio="")
        self._bar.start()
        threading.Thread(target=self._follow, args=(underway,), daemon=True).start()

    def _follow(self, underway: Callable[[], int]) -> None:
        while not self._stopped.wait(_REFRESH_S):
            self._show(self._done_bytes + underway())

    def stop(self) -> None:
        """Take the progress bar away."""
        self._stopped.set()
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def progress(self, raw_bytes: int, coded_bytes: int) -> None:
        """Move the bar: so many bytes of content so far, and so many in the archive."""
        self._done_bytes, self._coded_bytes = raw_bytes, coded_bytes
        self._show(raw_bytes)

    def _show(self, raw_bytes: int) -> None:
        bar = self._bar
        if bar is None:
            return
        self._shown_bytes = max(self._shown_bytes, raw_bytes)
        done, coded = self._done_bytes, self._coded_bytes
        bar.update(
            self._task,
            completed=self._shown_bytes,
            rate=speed(self._shown_bytes, self.seconds),
            ratio=f"ratio {done / coded:.2f}" if done and coded else "",
        )

    def notice(self, text: str) -> None:
        """Tell something worth knowing once."""
        if not self._quiet:
            self._print(text)

    def warning(self, text: str) -> None:
        """Tell what went wrong without ending the command; shown even when quiet."""
        self._print(f"warning: {text}")

    def _print(self, text: str) -> None:
        line = f"kompakt-gpu: {printable(text)}"
        if self._bar is not None:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)


def speed(size_bytes: int, seconds: float) -> str:
    """Return how many 10**6 bytes a second that is, such as `1.25 MB/s`."""
    megabytes = size_bytes / 1e6 / max(seconds, 1e-9)
    return f"{megabytes:.2f} MB/s" if megabytes < 10 else f"{megabytes:.0f} MB/s"
