import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from kompakt.archive.frame import encode_mark
from kompakt.model.spec import DEFAULT_LEVEL
from tests.cli.conftest import Run, check_fails, check_succeeds, command, environment
from tests.inputs import random_bytes, text
from tests.trees import check_equal_trees, make_tree
from tests.versions.versions import keep_copy


@pytest.fixture
def archive(folder: Path, run: Run) -> Path:
    """An archive with a snapshot of `tree`, which make_tree() makes."""
    make_tree(folder)
    check_succeeds(run("compress", "tree", "--block-size", "64KiB"))
    return folder / "tree.kmp"


def test_snapshots_come_back_by_number_and_by_date(run: Run, folder: Path, archive: Path) -> None:
    first = keep_copy(folder / "tree", folder / "first")
    os.utime(archive, (1_600_000_000, 1_600_000_000))
    (folder / "tree" / "text.txt").write_bytes(text(50_000, 4))
    (folder / "tree" / "tool.sh").unlink()
    result = run("compress", "tree", "--append", "tree.kmp", "--json")
    check_succeeds(result)
    told = json.loads(result.stdout)
    assert (told["snapshot"], told["changed_files"], told["level"]) == (2, 1, DEFAULT_LEVEL)
    assert told["bytes_out"] == archive.stat().st_size
    assert b"snapshot 2" in result.stderr and b"bytes more" in result.stderr
    for name, options, expected in (
        ("a", ("--snapshot", "1"), first),
        ("b", ("--snapshot", "2020-09-14"), first),
        ("c", (), folder / "tree"),
        ("d", ("--snapshot", "2"), folder / "tree"),
        ("e", ("--snapshot", time.strftime("%Y-%m-%d")), folder / "tree"),
    ):
        check_succeeds(run("decompress", "tree.kmp", "-o", name, *options))
        check_equal_trees(folder / name / "tree", expected)
    check_succeeds(run("cat", "tree.kmp", "tree/tool.sh", "--snapshot", "1"))
    assert b"tool.sh" in run("list", "tree.kmp", "--snapshot", "1").stdout
    assert b"tool.sh" not in run("list", "tree.kmp").stdout
    check_fails(run("list", "tree.kmp", "--snapshot", "3"), 2, "tree.kmp", "no snapshot 3")
    check_fails(run("list", "tree.kmp", "--snapshot", "1970-01-01"), 2, "no snapshot as early")
    check_fails(run("decompress", "tree.kmp", "--snapshot", "soon"), 2, "neither a number nor a date")


def test_snapshots_are_listed(run: Run, folder: Path, archive: Path) -> None:
    os.utime(archive, (1_600_000_000, 1_600_000_000))
    (folder / "tree" / "more").write_bytes(random_bytes(3000))
    check_succeeds(run("compress", "tree", "--append", "tree.kmp"))
    result = run("list", "--snapshots", "tree.kmp", TZ="UTC")
    check_succeeds(result)
    assert b"2020-09-13 12:26:40" in result.stdout
    assert result.stdout.isascii() or "─" in result.stdout.decode()
    one, other = json.loads(run("list", "--snapshots", "--json", "tree.kmp").stdout)
    assert one["time_s"] == 1_600_000_000 < other["time_s"]
    assert other["added_bytes"] < 3500 and one["added_bytes"] + other["added_bytes"] == archive.stat().st_size
    assert other["files"] == one["files"] + 1
    assert json.loads(run("info", "--json", "tree.kmp").stdout)["snapshots"] == 2
    described = json.loads(run("info", "--json", "tree.kmp").stdout)
    coded_bytes = sum(row["coded_bytes"] for row in described["blocks"])
    assert archive.stat().st_size == coded_bytes + sum(described["overhead_bytes"].values())
    check_fails(run("list", "--snapshots", "tree.kmp", "tree"), 2, "--snapshots")


def test_test_finds_damage_in_old_snapshots(run: Run, folder: Path, archive: Path) -> None:
    from kompakt.device import Device
    from tests.versions.versions import open_path

    (folder / "tree" / "deep" / "noise.bin").write_bytes(random_bytes(70_000, 9))
    check_succeeds(run("compress", "tree", "--append", "tree.kmp"))
    check_succeeds(run("test", "tree.kmp"))
    reader = open_path(archive, Device("cpu"))
    noise = max((record.header.raw_bytes, record.offset) for record in reader.blocks[:-1])[1]
    data = bytearray(archive.read_bytes())
    data[noise + 1000] ^= 1
    archive.write_bytes(data)
    result = run("test", "tree.kmp", "--json")
    assert result.returncode == 3
    told = json.loads(result.stdout)
    assert len(told["bad_blocks"]) == 1
    assert told["bad_files"]
    check_succeeds(run("test", "--help"))


@pytest.mark.parametrize(
    "options",
    [
        ("tree", "--append", "tree.kmp", "-o", "x.kmp"),
        ("tree", "--append", "tree.kmp", "--force"),
        ("-", "--append", "tree.kmp"),
        ("tree", "--append", "-"),
        ("tree", "--checksum"),
        ("tree", "--append", "tree.kmp", "--block-size", "1"),
    ],
)
def test_options_that_exclude_each_other_are_refused(
    run: Run, archive: Path, options: tuple[str, ...]
) -> None:
    before = archive.read_bytes()
    check_fails(run("compress", *options), 2)
    assert archive.read_bytes() == before


def test_what_is_no_archive_is_not_appended_to(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(9000))
    check_fails(run("compress", "file", "--append", "none.kmp"), 5, "none.kmp")
    (folder / "other.kmp").write_bytes(b"something else")
    check_fails(run("compress", "file", "--append", "other.kmp"), 3, "not a Kompakt archive")
    assert (folder / "other.kmp").read_bytes() == b"something else"
    assert sorted(path.name for path in folder.iterdir()) == ["file", "other.kmp"]


def test_the_archive_is_no_part_of_itself(run: Run, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "file").write_bytes(text(9000))
    check_succeeds(run("compress", "data", "-o", "data/own.kmp"))
    check_succeeds(run("compress", "data", "--append", "data/own.kmp"))
    assert b"own.kmp" not in run("list", "data/own.kmp").stdout


def start_append(delay_s: float) -> subprocess.Popen[bytes]:
    """Start an append whose backend takes `delay_s` for each block."""
    return subprocess.Popen(
        command("compress", "tree", "--append", "tree.kmp", "--block-size", "64KiB"),
        env=environment(KOMPAKT_FAKE_DELAY=str(delay_s)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_second_append_at_the_same_time_is_refused(run: Run, folder: Path, archive: Path) -> None:
    (folder / "tree" / "more").write_bytes(text(900_000, 9))
    process = start_append(delay_s=0.3)
    deadline = time.monotonic() + 30
    while not list(folder.glob(".tree.kmp.*")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    check_fails(run("compress", "tree", "--append", "tree.kmp"), 5, "another process is changing it")
    check_succeeds(run("list", "tree.kmp"))
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert len(json.loads(run("list", "--snapshots", "--json", "tree.kmp").stdout)) == 2


def test_an_append_that_broke_off_is_told_and_dropped(run: Run, folder: Path, archive: Path) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole + bytes(9000) + encode_mark(len(whole)))
    for words in (("list",), ("test",), ("info",), ("decompress", "-o", "out")):
        result = run(words[0], "tree.kmp", *words[1:])
        check_succeeds(result)
        assert b"9032 bytes are left aside" in result.stderr
    described = json.loads(run("info", "--json", "tree.kmp").stdout)
    assert described["overhead_bytes"]["unfinished append"] == 9032
    check_succeeds(run("compress", "tree", "--append", "tree.kmp"))
    assert archive.read_bytes().startswith(whole)
    assert archive.stat().st_size < len(whole) + 300
    result = run("list", "tree.kmp")
    assert b"left aside" not in result.stderr


def committed(run: Run, archive: Path) -> bytes:
    """Return the bytes of all snapshots, without what an append that broke off left behind them."""
    described = json.loads(run("info", "--json", archive.name).stdout)
    left = described["overhead_bytes"].get("unfinished append", 0)
    data = archive.read_bytes()
    return data[: len(data) - left]


def test_killed_at_any_moment_the_earlier_snapshots_stand(run: Run, folder: Path, archive: Path) -> None:
    kept = {1: keep_copy(folder / "tree", folder / "kept1")}
    moments = random.Random(2)
    newest = 1
    for attempt in range(20):
        (folder / "tree" / f"new {attempt}").write_bytes(random_bytes(100_000, attempt))
        before = committed(run, archive)
        process = start_append(delay_s=0.01)
        time.sleep(moments.uniform(0.2, 0.9))
        process.kill()
        process.communicate()
        assert archive.read_bytes().startswith(before)
        listed = run("list", "--snapshots", "--json", "tree.kmp")
        check_succeeds(listed)
        numbers = [snapshot["number"] for snapshot in json.loads(listed.stdout)]
        assert numbers in (list(range(1, newest + 1)), list(range(1, newest + 2)))
        if len(numbers) > newest:
            newest += 1
            kept[newest] = keep_copy(folder / "tree", folder / f"kept{newest}")
    check_succeeds(run("compress", "tree", "--append", "tree.kmp"))
    kept[newest + 1] = folder / "tree"
    assert not list(folder.glob(".tree.kmp.*"))
    check_succeeds(run("test", "tree.kmp", "-q"))
    for number, expected in kept.items():
        check_succeeds(run("decompress", "tree.kmp", "-o", f"out{number}", "--snapshot", str(number)))
        check_equal_trees(folder / f"out{number}" / "tree", expected)
