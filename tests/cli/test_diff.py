import json
from pathlib import Path

from tests.cli.conftest import Run, check_fails, check_succeeds
from tests.inputs import text


def make_snapshots(run: Run, folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    for name in ("same", "edited", "gone", "mode"):
        (data / name).write_bytes(text(2000, seed=len(name)))
    check_succeeds(run("compress", "data"))
    (data / "edited").write_bytes(text(2100))
    (data / "gone").unlink()
    (data / "mode").chmod(0o600)
    (data / "new\x1b[31m").write_bytes(b"abc")
    check_succeeds(run("compress", "data", "--append", "data.kmp"))
    (data / "edited").unlink()
    check_succeeds(run("compress", "data", "--append", "data.kmp"))


def test_a_line_for_each_name_that_differs(run: Run, folder: Path) -> None:
    make_snapshots(run, folder)
    result = run("diff", "data.kmp", "1", "2")
    check_succeeds(result)
    lines = [line.split(maxsplit=1) for line in result.stdout.decode().splitlines()]
    assert dict((rest.split("  ")[-1], change) for change, rest in lines) == {
        "data": "touched",
        "data/edited": "changed",
        "data/gone": "removed",
        "data/mode": "touched",
        r"data/new\x1b[31m": "added",
    }
    assert b"2000 -> 2100" in result.stdout


def test_the_last_two_are_compared_by_default(run: Run, folder: Path) -> None:
    make_snapshots(run, folder)
    told = json.loads(run("diff", "data.kmp", "--json").stdout)
    assert (told["from"], told["to"]) == (2, 3)
    changes = {
        one["name"]: (one["change"], one["size_before"], one["size_after"]) for one in told["differences"]
    }
    assert changes["data/edited"] == ("removed", 2100, None)
    assert json.loads(run("diff", "data.kmp", "3", "1", "--json").stdout)["from"] == 3


def test_one_snapshot_differs_from_nothing(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(900))
    check_succeeds(run("compress", "file"))
    check_fails(run("diff", "file.kmp"), 2, "only one snapshot")
    check_fails(run("diff", "file.kmp", "1", "2"), 2, "no snapshot 2")
