import json
from pathlib import Path

from tests.cli.conftest import Run, check_fails, check_succeeds
from tests.inputs import text


def make_archive(run: Run, folder: Path) -> bytearray:
    (folder / "tree").mkdir()
    for number in range(4):
        (folder / "tree" / f"file {number}").write_bytes(text(64 << 10, number))
    check_succeeds(run("compress", "tree", "--independent", "--block-size", "64KiB", "-o", "good.kmp"))
    return bytearray((folder / "good.kmp").read_bytes())


def test_an_intact_archive_passes(run: Run, folder: Path) -> None:
    make_archive(run, folder)
    result = run("test", "good.kmp")
    check_succeeds(result)
    assert b"good.kmp: intact: 4 files, 262144 bytes in 4 blocks" in result.stderr


def test_every_bad_block_and_file_is_listed(run: Run, folder: Path) -> None:
    data = make_archive(run, folder)
    data[100] ^= 1
    data[len(data) // 2] ^= 1
    (folder / "bad.kmp").write_bytes(data)
    result = run("test", "bad.kmp", "-q")
    check_fails(result, 3, "2 of 4 blocks", "2 of 4 files")
    lines = result.stdout.decode().splitlines()
    assert [line.split(":")[1].strip() for line in lines[:2]] == ["block 0", "block 2"]
    assert lines[2:] == ["bad.kmp: tree/file 0: damaged", "bad.kmp: tree/file 2: damaged"]


def test_json_lists_the_same(run: Run, folder: Path) -> None:
    data = make_archive(run, folder)
    data[100] ^= 1
    (folder / "bad.kmp").write_bytes(data)
    result = run("test", "bad.kmp", "--json")
    check_fails(result, 3, "bad.kmp")
    summary = json.loads(result.stdout)
    assert summary["blocks"] == 4
    assert summary["bad_files"] == ["tree/file 0"]
    assert len(summary["bad_blocks"]) == 1


def test_a_truncated_archive_is_told_so(run: Run, folder: Path) -> None:
    data = make_archive(run, folder)
    (folder / "short.kmp").write_bytes(data[:-1])
    check_fails(run("test", "short.kmp"), 3, "short.kmp", "no end")
