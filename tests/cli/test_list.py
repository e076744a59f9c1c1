import json
from pathlib import Path

from tests.cli.conftest import Run, check_fails, check_succeeds
from tests.trees import make_tree


def test_lines_look_like_those_of_tar(run: Run, folder: Path) -> None:
    make_tree(folder)
    check_succeeds(run("compress", "tree"))
    result = run("list", "tree.kmp", TZ="UTC")
    check_succeeds(result)
    lines = result.stdout.decode().splitlines()
    assert lines[0] == "drwxr-xr-x      0 2020-09-13 12:26:40 tree/"
    assert "-rw-r--r--      0 1969-12-31 23:59:58 tree/empty" in lines
    assert "-rwxr-xr-x     10 2023-11-14 22:13:20 tree/tool.sh" in lines
    assert any(line.endswith("tree/link -> text.txt") and line.startswith("l") for line in lines)
    assert any(line.endswith("tree/text.txt link to tree/deep/same text.txt") for line in lines)


def test_names_cannot_command_the_terminal(run: Run, folder: Path) -> None:
    make_tree(folder)
    check_succeeds(run("compress", "tree"))
    result = run("list", "tree.kmp")
    assert rb"not utf-8 \xff\xfe \x1b[31m" in result.stdout
    assert b"\x1b" not in result.stdout


def test_json_holds_every_detail(run: Run, folder: Path) -> None:
    make_tree(folder)
    check_succeeds(run("compress", "tree"))
    entries = {entry["name"]: entry for entry in json.loads(run("list", "--json", "tree.kmp").stdout)}
    assert entries["tree/tool.sh"]["mode"] == "0755"
    assert entries["tree/tool.sh"]["mtime_ns"] == 1_700_000_000_123_456_789
    assert entries["tree/link"] == {
        "name": "tree/link",
        "kind": "symlink",
        "mode": "0777",
        "mtime_ns": 987_654_321,
        "size": 0,
        "target": "text.txt",
    }
    assert len(entries["tree/empty"]["blake3"]) == 32


def test_only_named_entries_are_listed(run: Run, folder: Path) -> None:
    make_tree(folder)
    check_succeeds(run("compress", "tree"))
    lines = run("list", "tree.kmp", "tree/deep/deeper").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == [b"tree/deep/deeper/", b"tree/deep/deeper/zeros"]
    check_fails(run("list", "tree.kmp", "nowhere"), 2, "nowhere")
