"""Runs one command: turns its errors and signals into one line and an exit code."""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from kompakt.cli.app import app
from kompakt.cli.text import printable
from kompakt.errors import FileSystemError, KompaktError, UsageError

_CommandLineError = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")


class Interrupted(BaseException):
    """SIGINT or SIGTERM came; the open `with` statements remove what is unfinished."""

    def __init__(self, signal_number: int):
        self.exit_code = 128 + signal_number


def main() -> NoReturn:
    """Run the command line in `sys.argv` and exit."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    exit_code = 0
    try:
        exit_code = app(standalone_mode=False) or 0
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # typer exits on a broken pipe by itself
        exit_code = 128 + signal.SIGPIPE
    except Interrupted as interrupted:
        exit_code = interrupted.exit_code
    except _CommandLineError as error:
        exit_code = _report(UsageError(error.format_message()))
    except KompaktError as error:
        exit_code = _report(error)
    except MemoryError:
        exit_code = _report(
            KompaktError("out of memory: fewer --threads or a smaller --block-size need less")
        )
    except OSError as error:
        exit_code = _report(FileSystemError(f"{error.filename or 'input or output'}: {error.strerror}"))
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(exit_code)  # at once: threads may be busy with blocks that nobody waits for any more


def _interrupt(signal_number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Interrupted(signal_number)


def _report(error: KompaktError) -> int:
    print(f"kompakt-gpu: error: {printable(' '.join(str(error).split()))}", file=sys.stderr)
    return error.exit_code
