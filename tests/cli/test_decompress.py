import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run, check_fails, check_succeeds
from tests.inputs import text
from tests.trees import check_equal_trees, make_tree


@pytest.fixture
def tree(run: Run, folder: Path) -> Path:
    """A folder `tree` with an archive `tree.kmp` of it beside it."""
    root = make_tree(folder)
    check_succeeds(run("compress", "tree", "-q", "--block-size", "32KiB"))
    return root


def test_without_a_folder_files_come_back_where_they_were(run: Run, folder: Path, tree: Path) -> None:
    tree.rename(folder / "before")
    check_succeeds(run("decompress", "tree.kmp"))
    check_equal_trees(folder / "before", tree)


def test_existing_files_need_force(run: Run, tree: Path) -> None:
    (tree / "text.txt").write_bytes(b"changed")
    check_fails(run("decompress", "tree.kmp"), 5, "--force")
    assert (tree / "text.txt").read_bytes() == b"changed"
    check_succeeds(run("decompress", "tree.kmp", "--force"))
    assert (tree / "text.txt").read_bytes() == text(100_000)


def test_names_select_files_and_folders_with_all_below(run: Run, folder: Path, tree: Path) -> None:
    check_succeeds(run("decompress", "tree.kmp", "tree/deep/deeper", "tree/tool.sh", "-o", "out"))
    found = sorted(str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*"))
    assert found == ["tree", "tree/deep", "tree/deep/deeper", "tree/deep/deeper/zeros", "tree/tool.sh"]
    check_fails(run("decompress", "tree.kmp", "tree/de", "-o", "out"), 2, "tree/de")


def test_a_hard_link_alone_comes_with_its_content(run: Run, folder: Path, tree: Path) -> None:
    check_succeeds(run("decompress", "tree.kmp", "tree/text.txt", "-o", "out"))
    check_succeeds(run("decompress", "tree.kmp", "tree/deep/same text.txt", "-o", "other"))
    assert (folder / "other/tree/deep/same text.txt").read_bytes() == text(100_000)
    assert (folder / "out/tree/text.txt").read_bytes() == text(100_000)


def test_content_goes_to_a_pipe(run: Run, tree: Path) -> None:
    result = run("decompress", "tree.kmp", "tree/tool.sh", "tree/secret", "-o", "-", "-q")
    check_succeeds(result)
    assert result.stdout == b"#!/bin/sh\nx"
    check_fails(run("decompress", "tree.kmp", "-o", "-"), 2, "files")
    check_fails(run("decompress", "tree.kmp", "tree/secret", "-o", "-", "--json"), 2, "--json")


def test_json_tells_what_was_restored(run: Run, folder: Path, tree: Path) -> None:
    result = run("decompress", "tree.kmp", "-o", "out", "--json", "-q")
    assert result.stderr == b""
    summary = json.loads(result.stdout)
    assert summary["files"] == 8
    assert summary["bytes_in"] == (folder / "tree.kmp").stat().st_size
    assert summary["bytes_out"] == 500_000 + len("#!/bin/sh\nxbytes")
    assert summary["missing"] == []
    assert set(summary) == {"files", "bytes_in", "bytes_out", "ratio", "seconds", "device", "missing"}


def test_damage_costs_only_the_files_it_hits(run: Run, folder: Path, tree: Path) -> None:
    data = bytearray((folder / "tree.kmp").read_bytes())
    data[20_000] ^= 1
    (folder / "bad.kmp").write_bytes(data)
    result = run("decompress", "bad.kmp", "-o", "out", "-q")
    check_fails(result, 3, "bad.kmp", "damaged")
    assert b"warning: bad.kmp: block " in result.stderr
    restored = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert 0 < len(restored) < 9
    for path in restored:
        assert path.read_bytes() == (folder / path.relative_to(folder / "out")).read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "not a Kompakt archive"), (b"PK\x03\x04", "not a Kompakt archive"), (None, "No such file")],
)
def test_what_is_no_archive_is_refused(run: Run, folder: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (folder / "x.kmp").write_bytes(content)
    check_fails(run("decompress", "x.kmp"), 5 if content is None else 3, "x.kmp", words)
    assert os.listdir(folder) == ([] if content is None else ["x.kmp"])


def test_links_that_lead_out_need_permission(run: Run, folder: Path) -> None:
    (folder / "tree").mkdir()
    (folder / "tree" / "out").symlink_to("/etc/passwd")
    check_succeeds(run("compress", "tree"))
    check_fails(run("decompress", "tree.kmp", "-o", "x"), 3, "tree/out")
    assert not (folder / "x" / "tree").exists()
    check_succeeds(run("decompress", "tree.kmp", "-o", "x", "--unsafe-links"))
    assert os.readlink(folder / "x" / "tree" / "out") == "/etc/passwd"


def test_every_command_that_decodes_takes_a_device(run: Run, folder: Path, tree: Path) -> None:
    for command in (["decompress", "-f"], ["test"], ["cat"], ["list"], ["info"]):
        names = ["tree/text.txt"] if command == ["cat"] else []
        check_succeeds(run(*command, "tree.kmp", *names, "--device", "0", KOMPAKT_FAKE_GPUS="1"))
        check_fails(run(*command, "tree.kmp", *names, "--device", "0"), 4, "device 0: no NVIDIA driver")


def test_a_gpu_that_fails_ends_with_4_and_leaves_no_partial_file(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(1_000_000))
    check_succeeds(run("compress", "file", "--independent", "--block-size", "8KiB"))
    failing = {"KOMPAKT_FAKE_GPUS": "1", "KOMPAKT_FAKE_GPU_FAILS": "70"}
    result = run("decompress", "file.kmp", "-o", "out", "--device", "0", **failing)
    check_fails(result, 4, "device 0: blocks 68 to 71: injected")
    assert not (folder / "out").exists() or os.listdir(folder / "out") == []
    check_succeeds(run("decompress", "file.kmp", "-o", "out", "--threads", "2", **failing))
    assert (folder / "out" / "file").read_bytes() == text(1_000_000)
