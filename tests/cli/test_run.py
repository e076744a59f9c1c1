import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import kompakt
from tests.cli.conftest import Run, check_succeeds, command, environment
from tests.inputs import text


def start(*arguments: str, delay_s: float = 0.1) -> subprocess.Popen[bytes]:
    """Start a command whose backend takes `delay_s` for each block."""
    return subprocess.Popen(
        command(*arguments),
        env=environment(KOMPAKT_FAKE_DELAY=str(delay_s)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(condition: object, process: subprocess.Popen[bytes]) -> None:
    """Wait until `condition()` is true while `process` runs."""
    deadline = time.monotonic() + 30
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_signals_end_a_compress_without_a_trace(folder: Path, number: int, exit_code: int) -> None:
    (folder / "file").write_bytes(text(3_000_000))
    process = start("compress", "file", "--block-size", "64KiB")
    wait_for(lambda: list(folder.glob(".file.kmp.*")), process)
    time.sleep(0.2)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == exit_code
    assert b"Traceback" not in stderr
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_a_signal_ends_a_decompress_without_partial_files(folder: Path, run: Run) -> None:
    (folder / "file").write_bytes(text(3_000_000))
    check_succeeds(run("compress", "file", "--block-size", "64KiB"))
    process = start("decompress", "file.kmp", "-o", "out")
    wait_for(lambda: list(folder.glob("out/.*")), process)
    time.sleep(0.2)
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 143
    assert list((folder / "out").iterdir()) == []


def test_killed_at_any_moment_nothing_or_the_earlier_archive_stands(folder: Path, run: Run) -> None:
    (folder / "file").write_bytes(text(500_000))
    archive = folder / "file.kmp"
    moments = random.Random(1)
    finished = 0
    for attempt in range(20):
        before = archive.read_bytes() if archive.exists() else None
        process = start("compress", "file", "--block-size", "64KiB", "--force", delay_s=0.01)
        time.sleep(moments.uniform(0.0, 0.9))
        process.kill()
        process.communicate()
        if not archive.exists():
            assert before is None
            continue
        finished += 1
        if archive.read_bytes() != before:
            check_succeeds(run("test", "file.kmp", "-q"))
        if attempt % 3 == 0:
            archive.unlink()
    check_succeeds(run("compress", "file", "--force"))
    assert sorted(path.name for path in folder.iterdir()) == ["file", "file.kmp"]


def test_help_and_version_are_quick_and_load_nothing_heavy(run: Run) -> None:
    script = (
        "import sys\n"
        "from kompakt.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted({'numba', 'numpy', 'blake3'} & set(sys.modules)), file=sys.stderr)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, check=True
    )
    assert b"compress" in result.stdout
    assert result.stderr.split() == []
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        check_succeeds(run("--help", module="kompakt"))
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.5
    assert run("--version", module="kompakt").stdout.decode().split() == ["kompakt-gpu", kompakt.__version__]


@pytest.mark.parametrize(
    "name", ["compress", "decompress", "list", "info", "test", "cat", "devices", "diff", "forget", "compact"]
)
def test_every_command_explains_itself(run: Run, name: str) -> None:
    result = run(name, "--help", module="kompakt")
    check_succeeds(result)
    assert name.encode() in result.stdout


def test_no_command_is_a_call_for_help(run: Run) -> None:
    result = run(module="kompakt")
    assert b"compress" in result.stdout + result.stderr


def test_a_progress_bar_is_drawn_on_a_terminal(folder: Path) -> None:
    import os
    import pty

    (folder / "file").write_bytes(text(1_000_000))
    parent, child = pty.openpty()
    process = subprocess.Popen(
        command("compress", "file", "--block-size", "64KiB"),
        env=environment(KOMPAKT_FAKE_DELAY="0.05", TERM="xterm"),
        stderr=child,
    )
    os.close(child)
    drawn = b""
    try:
        while part := os.read(parent, 65536):
            drawn += part
    except OSError:  # the terminal is gone when the process is
        pass
    finally:
        os.close(parent)
    assert process.wait() == 0
    assert b"MB/s" in drawn and b"ratio " in drawn and b"\x1b[?25h" in drawn
    assert drawn.rstrip().splitlines()[-1].count(b"kompakt-gpu: file.kmp: 1 file") == 1
