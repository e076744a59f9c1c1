"""The whole program with the real model. The first run on a machine waits for the compiler."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run, check_succeeds, command, environment
from tests.inputs import text
from tests.trees import check_equal_trees, make_tree

LEVELS = ("1", "5")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("level", LEVELS)
def test_a_folder_comes_back_whatever_the_level(run: Run, folder: Path, level: str) -> None:
    tree = make_tree(folder)
    check_succeeds(run("compress", "tree", "--level", level, module="kompakt"))
    check_succeeds(run("test", "tree.kmp", module="kompakt"))
    check_succeeds(run("decompress", "tree.kmp", "-o", "out", module="kompakt"))
    check_equal_trees(tree, folder / "out" / "tree")
    assert run("cat", "tree.kmp", "tree/secret", "-q", module="kompakt").stdout == b"x"


@pytest.mark.timeout(300)
def test_the_archive_does_not_depend_on_the_number_of_threads(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(200_000))
    archives = []
    for threads in ("1", "2", "5"):
        name = f"{threads}.kmp"
        options = ("--threads", threads, "--level", "1", "--block-size", "32KiB", "-o", name)
        check_succeeds(run("compress", "file", *options, module="kompakt"))
        archives.append((folder / name).read_bytes())
    assert archives[0] == archives[1] == archives[2]


@pytest.mark.timeout(300)
def test_an_interrupted_compress_does_not_wait_for_its_blocks(run: Run, folder: Path) -> None:
    (folder / "small").write_bytes(text(1000))
    check_succeeds(run("compress", "small", module="kompakt"))
    (folder / "large").write_bytes(text(20_000_000))
    process = subprocess.Popen(
        command("compress", "large", "-q", module="kompakt"), env=environment(), stderr=subprocess.PIPE
    )
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    _, stderr = process.communicate()
    assert process.returncode == 130 and stderr == b""
    assert time.monotonic() - sent < 2
    assert sorted(os.listdir(folder)) == ["large", "small", "small.kmp"]
