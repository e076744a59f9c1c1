import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, check_fails, check_succeeds
from tests.inputs import random_bytes, text


def make_batch(folder: Path) -> int:
    (folder / "data" / "texts").mkdir(parents=True)
    for number in range(8):
        (folder / "data" / "texts" / f"{number}.txt").write_bytes(text(60_000, number))
    (folder / "data" / "copy.txt").write_bytes(text(60_000, 3))
    (folder / "data" / "noise").write_bytes(random_bytes(131_072))
    (folder / "data" / "empty").write_bytes(b"")
    return 9 * 60_000 + 131_072


def test_what_is_sampled_as_a_whole_is_told_nearly_to_the_byte(run: Run, folder: Path) -> None:
    size = make_batch(folder)
    result = run("estimate", "data", "--json")
    check_succeeds(result)
    told = json.loads(result.stdout)
    assert (told["files"], told["content_bytes"], told["equal_bytes"]) == (11, size, 60_000)
    check_succeeds(run("compress", "data"))
    assert abs((folder / "data.kmp").stat().st_size / told["packed_bytes"] - 1) < 0.02
    assert told["low_bytes"] <= told["packed_bytes"] <= told["high_bytes"]
    for shares in (told["kinds"], told["folders"]):
        assert sum(share["content_bytes"] for share in shares) == size
        assert sum(share["repeated_bytes"] for share in shares) == 60_000
        assert sum(share["files"] for share in shares) == 11


def test_a_sample_stands_for_the_whole(run: Run, folder: Path) -> None:
    (folder / "data").mkdir()
    for number in range(30):
        (folder / "data" / f"{number}.txt").write_bytes(text(60_000, number))
    told = json.loads(run("estimate", "data", "--sample", "300KiB", "--json").stdout)
    assert told["sample_bytes"] < 600_000
    check_succeeds(run("compress", "data"))
    assert told["low_bytes"] * 0.95 < (folder / "data.kmp").stat().st_size < told["high_bytes"] * 1.05


def test_the_tables_can_be_read(run: Run, folder: Path) -> None:
    make_batch(folder)
    result = run("estimate", "data")
    check_succeeds(result)
    words = result.stdout.decode()
    for word in (
        "11 files",
        "archive at level 3",
        "copies of other files",
        "MB/s a thread",
        "by kind",
        "random",
    ):
        assert word in words
    assert "data/texts" in words


def test_the_time_on_a_gpu_is_called_a_prediction(run: Run, folder: Path) -> None:
    make_batch(folder)
    result = run("estimate", "data", KOMPAKT_FAKE_GPUS="1")
    check_succeeds(result)
    (line,) = (line for line in result.stdout.decode().splitlines() if line.strip().startswith("fake:"))
    assert "predicted, never measured; limit: " in line
    told = json.loads(run("estimate", "data", "--json", KOMPAKT_FAKE_GPUS="1").stdout)
    (gpu,) = told["gpus"]
    assert gpu["name"] == "fake" and not gpu["speed"]["is_measured"]
    assert gpu["speed"]["end_to_end_mb_per_s"] > 0


def test_the_plot_is_a_picture(run: Run, folder: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install .[plot]")
    make_batch(folder)
    check_succeeds(run("estimate", "data", "--plot", "plot.png"))
    assert (folder / "plot.png").read_bytes().startswith(b"\x89PNG")
    check_fails(run("estimate", "data", "--plot", "plot.png"), 5, "plot.png")
    check_fails(run("estimate", "data", "--plot", "plot.svg"), 2, ".png")


def test_nothing_to_estimate_is_told(run: Run, folder: Path) -> None:
    (folder / "empty").write_bytes(b"")
    check_fails(run("estimate", "empty"), 2, "no content")
    check_fails(run("estimate", "gone"), 5, "gone")
