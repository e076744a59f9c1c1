import json
import subprocess
from pathlib import Path

from tests.cli.conftest import Run, check_fails, check_succeeds, command, environment
from tests.inputs import text
from tests.trees import make_tree


def test_content_comes_out_in_the_order_asked_for(run: Run, folder: Path) -> None:
    make_tree(folder)
    check_succeeds(run("compress", "tree", "--block-size", "32KiB"))
    result = run("cat", "tree.kmp", "tree/tool.sh", "tree/secret", "tree/tool.sh", "-q")
    assert result.stdout == b"#!/bin/sh\nx#!/bin/sh\n"
    assert result.stderr == b""
    assert (
        run("cat", "tree.kmp", b"tree/not utf-8 \xff\xfe \x1b[31m".decode("utf-8", "surrogateescape")).stdout
        == b"bytes"
    )


def test_unknown_names_end_with_2(run: Run, folder: Path) -> None:
    make_tree(folder)
    check_succeeds(run("compress", "tree"))
    check_fails(run("cat", "tree.kmp", "tree/nothing"), 2, "tree/nothing")
    check_fails(run("cat", "tree.kmp"), 2, "NAME")


def test_a_reader_that_goes_away_is_no_reason_for_noise(folder: Path, run: Run) -> None:
    (folder / "zeros").write_bytes(bytes(50_000_000))
    check_succeeds(run("compress", "zeros"))
    process = subprocess.Popen(
        command("cat", "zeros.kmp", "zeros", "-q"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.read(10) == bytes(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(20) == 141
    process.stderr.close()


def test_json_tells_how_little_was_read_for_one_file(run: Run, folder: Path) -> None:
    (folder / "tree").mkdir()
    for number in range(60):
        (folder / "tree" / f"{number:02}.txt").write_bytes(text(10_000, seed=number))
    check_succeeds(run("compress", "tree", "--block-size", "10KiB"))
    result = run("cat", "tree.kmp", "tree/33.txt", "--json", "-q")
    assert result.stdout == text(10_000, seed=33)
    told = json.loads(result.stderr)
    assert told["files"] == 1
    assert told["bytes_out"] == 10_000
    assert told["blocks_decoded"] <= told["blocks"] // 2 + 1  # its own, and those it starts from
    assert told["bytes_read"] < told["archive_bytes"] * 2 // 3
    check_succeeds(run("compress", "tree", "--block-size", "10KiB", "--independent", "-o", "cheap.kmp"))
    told = json.loads(run("cat", "cheap.kmp", "tree/33.txt", "--json", "-q").stderr)
    assert told["blocks_decoded"] <= 2
    assert told["bytes_read"] < told["archive_bytes"] // 10
