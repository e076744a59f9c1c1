import json
from pathlib import Path

from tests.cli.conftest import Run, check_succeeds
from tests.inputs import text


def test_info_accounts_for_every_byte(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(200_000) + bytes(1 << 20))
    check_succeeds(run("compress", "file", "--block-size", "64KiB", "--level", "9"))
    described = json.loads(run("info", "--json", "file.kmp").stdout)
    size = (folder / "file.kmp").stat().st_size
    coded_bytes = sum(row["coded_bytes"] for row in described["blocks"])
    assert described["bytes_out"] == size == coded_bytes + sum(described["overhead_bytes"].values())
    assert sum(row["raw_bytes"] for row in described["blocks"]) == described["bytes_in"]
    assert {row["codec"] for row in described["blocks"]} == {"FILL", "CM"}
    assert described["level"] == 9
    assert described["entries"] == {"file": 1}


def test_the_table_says_the_same(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(200_000))
    check_succeeds(run("compress", "file"))
    result = run("info", "file.kmp")
    check_succeeds(result)
    lines = dict(line.split("  ", 1) for line in result.stdout.decode().splitlines())
    assert lines["format version"].strip() == "2"
    assert lines["content"].strip() == "200000 bytes (195 KiB)"
    assert "level 3" in lines["written by"]
