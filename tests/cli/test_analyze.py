import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, check_fails, check_succeeds
from tests.inputs import random_bytes, text

FAST = ("--codecs", "huffman,lz77+rans", "--sample", "300KiB")


def test_the_numbers_add_up(run: Run, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "a.txt").write_bytes(text(200_000))
    (folder / "data" / "b.txt").write_bytes(text(200_000))
    (folder / "data" / "noise").write_bytes(random_bytes(131_072))
    (folder / "data" / "empty").write_bytes(b"")
    result = run("analyze", "data", *FAST, "--json")
    check_succeeds(result)
    told = json.loads(result.stdout)
    assert (told["files"], told["bytes"]) == (4, 531_072)
    assert sum(row["bytes"] for row in told["kinds"]) == 531_072
    assert {"kind": "random", "files": 1, "bytes": 131_072} in told["kinds"]
    assert told["duplicates"]["files"] == 1
    assert told["duplicates"]["file_bytes"] == 200_000
    assert told["duplicates"]["chunk_bytes"] == 200_000 // 4096 * 4096
    assert told["entropy_bits_per_byte"] == sorted(told["entropy_bits_per_byte"], reverse=True)
    assert [row["codec"] for row in told["codecs"]] == ["huffman", "lz77+rans"]
    assert all(row["encode_mb_s"] > 0 and row["decode_mb_s"] > 0 for row in told["codecs"])
    assert sum(row["bytes"] for row in told["byte_classes"]) == 531_072


def test_the_table_names_every_part(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(20_000))
    result = run("analyze", "file", *FAST)
    check_succeeds(result)
    words = result.stdout.decode()
    for word in ("1 file, 20000 bytes", "duplicates", "kind", "entropy", "lower case", "lz77+rans", "MB/s"):
        assert word in words


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_a_report_is_a_picture_or_a_page(run: Run, folder: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install .[plot]")
    (folder / "file").write_bytes(text(20_000))
    check_succeeds(run("analyze", "file", *FAST, "--plot", "report" + suffix))
    data = (folder / ("report" + suffix)).read_bytes()
    assert data.startswith(b"\x89PNG" if suffix == ".png" else b"<!doctype html>")
    check_fails(run("analyze", "file", *FAST, "--plot", "report" + suffix), 5, "report" + suffix)


@pytest.mark.parametrize("options", [("--codecs", "zip"), ("--plot", "report.pdf"), ("--sample", "0")])
def test_senseless_calls_are_refused(run: Run, folder: Path, options: tuple[str, ...]) -> None:
    (folder / "file").write_bytes(b"data")
    check_fails(run("analyze", "file", *options), 2)


def test_nothing_can_be_told_of_nothing(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    check_fails(run("analyze", "file"), 2, "content")
    check_fails(run("analyze", "nowhere"), 5, "nowhere")
