import gzip
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from kompakt.archive.layout import Filter
from kompakt.batch import open_archive
from kompakt.device import Device
from kompakt.read_ahead import AHEAD_BYTES
from tests.cli.conftest import Run, check_fails, check_succeeds, command, environment
from tests.inputs import random_bytes, text
from tests.trees import check_equal_trees, make_tree


def test_a_folder_comes_back_with_everything(run: Run, folder: Path) -> None:
    tree = make_tree(folder)
    check_succeeds(run("compress", "tree"))
    check_succeeds(run("decompress", "tree.kmp", "-o", "out"))
    check_equal_trees(tree, folder / "out" / "tree")
    tree.joinpath("empty folder").chmod(0o700)


def test_several_paths_need_a_name_for_the_archive(run: Run, folder: Path) -> None:
    (folder / "a").write_bytes(b"1")
    (folder / "b").write_bytes(b"2")
    check_fails(run("compress", "a", "b"), 2, "-o")
    check_succeeds(run("compress", "a", "b", "-o", "both.kmp"))
    assert run("list", "both.kmp").stdout.splitlines()[1].endswith(b" b")


@pytest.mark.parametrize("path", ["folder", "folder/", "./folder", "folder/."])
def test_the_archive_lies_beside_what_it_is_of(run: Run, folder: Path, path: str) -> None:
    (folder / "folder").mkdir()
    check_succeeds(run("compress", path))
    assert (folder / "folder.kmp").exists()


def test_the_current_folder_is_packed_under_its_name_without_the_archive_itself(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "here").mkdir()
    (folder / "here" / "file").write_bytes(b"1")
    monkeypatch.chdir(folder / "here")
    check_succeeds(run("compress", ".", "-o", "own.kmp"))
    check_succeeds(run("compress", ".", "-o", "own.kmp", "--force"))
    names = [entry["name"] for entry in json.loads(run("list", "--json", "own.kmp").stdout)]
    assert names == ["here", "here/file"]
    check_succeeds(run("compress", "."))
    assert (folder / "here.kmp").exists()


def test_an_existing_archive_needs_force(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(b"1")
    (folder / "file.kmp").write_bytes(b"old")
    check_fails(run("compress", "file"), 5, "file.kmp", "--force")
    assert (folder / "file.kmp").read_bytes() == b"old"
    check_succeeds(run("compress", "file", "--force"))
    assert run("cat", "file.kmp", "file").stdout == b"1"


def test_the_summary_is_one_line_and_json_one_object(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(100_000))
    result = run("compress", "file", "--device", "cpu")
    assert result.stdout == b""
    (line,) = result.stderr.decode().splitlines()
    assert line.startswith("kompakt-gpu: file.kmp: 1 file, 100000 -> ")
    result = run("compress", "file", "--json", "-q", "--force", "--level", "9")
    assert result.stderr == b""
    summary = json.loads(result.stdout)
    size = (folder / "file.kmp").stat().st_size
    assert {key: summary[key] for key in ("files", "bytes_in", "bytes_out", "device", "level")} == {
        "files": 1,
        "bytes_in": 100_000,
        "bytes_out": size,
        "device": "fake",
        "level": 9,
    }
    assert summary["ratio"] == pytest.approx(100_000 / size, abs=1e-3)
    assert summary["seconds"] > 0


def test_quiet_is_silent(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(b"1")
    result = run("compress", "file", "-q")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_an_automatic_device_says_once_what_it_is(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(b"1")
    assert run("compress", "file").stderr.count(b"using fake") == 1


def test_no_progress_bar_is_drawn_into_a_pipe(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(500_000))
    assert b"\x1b" not in run("compress", "file", "--block-size", "64KiB").stderr


def test_a_pipe_goes_in_and_out(run: Run, folder: Path) -> None:
    data = text(300_000) + bytes(200_000) + random_bytes(100_000)
    packed = run("compress", "-", stdin=data)
    check_succeeds(packed)
    listed = run("list", "-", stdin=packed.stdout)
    assert listed.stdout.rstrip().endswith(b" stdin")
    unpacked = run("decompress", "-", "-o", "-", stdin=packed.stdout)
    check_succeeds(unpacked)
    assert unpacked.stdout == data
    check_succeeds(run("compress", "-", "-o", "named.kmp", stdin=data))
    check_succeeds(run("decompress", "named.kmp"))
    assert (folder / "stdin").read_bytes() == data


def test_what_a_pipe_holds_gets_the_filter_it_would_get_as_a_file(run: Run, folder: Path) -> None:
    noise = random_bytes(9_000)
    content = b"".join(noise[at : at + 3_000] for at in range(0, 6_000, 10))
    tape = io.BytesIO()
    with tarfile.open(fileobj=tape, mode="w") as tar:
        for number in range(3):
            member = tarfile.TarInfo(f"folder/member{number}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    data = tape.getvalue()
    assert len(data) > AHEAD_BYTES
    for sent in (data, data[: AHEAD_BYTES // 2], gzip.compress(text(200_000))):
        (folder / "file").write_bytes(sent)
        check_succeeds(run("compress", "file", "--force"))
        check_succeeds(run("compress", "-", "-o", "pipe.kmp", "--force", stdin=sent))
        by_file, by_pipe = (
            open_archive(io.BytesIO((folder / name).read_bytes()), name, Device("cpu")).entries[0].filter
            for name in ("file.kmp", "pipe.kmp")
        )
        assert by_pipe == by_file != Filter.NONE
        unpacked = run("decompress", "pipe.kmp", "-o", "-")
        check_succeeds(unpacked)
        assert unpacked.stdout == sent


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-", "file", "-o", "x.kmp"], ["standard input"]),
        (["file", "-o", "-", "--json"], ["--json"]),
        (["file", "--level", "0"], ["--level"]),
        (["file", "--level", "ten"], ["--level"]),
        (["file", "--threads", "0"], ["--threads"]),
        (["file", "--block-size", "lots"], ["lots"]),
        (["file", "--block-size", "1"], ["block size"]),
        (["file", "--device", "gpu"], ["device 'gpu'"]),
        (["file", "--device", "0,,1"], ["device '0,,1'"]),
        (["file", "--device-memory", "much"], ["much"]),
        (["file", "--colour"], ["--colour"]),
        ([], ["PATH"]),
        (["file", "folder/file", "-o", "x.kmp"], ["file", "folder/file"]),
    ],
)
def test_calls_that_make_no_sense_end_with_2(
    run: Run, folder: Path, arguments: list[str], words: list[str]
) -> None:
    (folder / "folder").mkdir()
    (folder / "file").touch()
    (folder / "folder" / "file").touch()
    check_fails(run("compress", *arguments), 2, *words)
    assert sorted(os.listdir(folder)) == ["file", "folder"]


def test_a_missing_gpu_ends_with_4_and_says_what_to_do(run: Run, folder: Path) -> None:
    (folder / "file").touch()
    for name in ("0", "1,0", "all"):
        result = run("compress", "file", "--device", name)
        check_fails(result, 4, f"device {name}: no NVIDIA driver", "--device cpu")
        assert result.stderr.count(b"\n") == 1
    check_fails(run("compress", "file", "--device", "2", KOMPAKT_FAKE_GPUS="2"), 4, "device 2: only 2 GPUs")
    assert os.listdir(folder) == ["file"]


def test_gpus_write_the_archive_of_the_cpu(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(1_000_000))
    archives = []
    for device, words in (
        ("cpu", b""),
        ("1", b""),
        ("all", b""),
        ("auto", b"using GPU 0, fake and GPU 1, fake"),
    ):
        options = (
            "--device",
            device,
            "--device-memory",
            "4GiB",
            "--block-size",
            "8KiB",
            "-o",
            f"{device}.kmp",
        )
        result = run("compress", "file", "--threads", "2", *options, KOMPAKT_FAKE_GPUS="2")
        check_succeeds(result)
        assert words in result.stderr
        archives.append((folder / f"{device}.kmp").read_bytes())
    assert len(set(archives)) == 1


def test_a_gpu_that_fails_ends_with_4_names_the_blocks_and_leaves_nothing(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(1_000_000))
    failing = {"KOMPAKT_FAKE_GPUS": "1", "KOMPAKT_FAKE_GPU_FAILS": "70"}
    result = run("compress", "file", "--device", "0", "--independent", "--block-size", "8KiB", **failing)
    check_fails(result, 4, "device 0: blocks 68 to 71: injected")
    assert os.listdir(folder) == ["file"]


def test_an_automatic_device_finishes_on_the_cpu_when_a_gpu_fails(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(text(1_000_000))
    options = ("compress", "file", "--block-size", "8KiB", "--threads", "2", "--json", "-o")
    check_succeeds(run(*options, "cpu.kmp", "--device", "cpu"))
    result = run(*options, "auto.kmp", KOMPAKT_FAKE_GPUS="2", KOMPAKT_FAKE_GPU_FAILS="70")
    check_succeeds(result)
    assert b": injected; going on with fake\n" in result.stderr
    assert json.loads(result.stdout)["device"] == "fake"
    assert (folder / "auto.kmp").read_bytes() == (folder / "cpu.kmp").read_bytes()


def test_missing_paths_and_folders_end_with_5(run: Run, folder: Path) -> None:
    (folder / "file").touch()
    check_fails(run("compress", "nowhere"), 5, "nowhere")
    check_fails(run("compress", "file", "-o", "nowhere/x.kmp"), 5, "nowhere/x.kmp")
    assert os.listdir(folder) == ["file"]


def test_a_full_disk_ends_with_5_and_leaves_nothing(run: Run, folder: Path) -> None:
    (folder / "file").write_bytes(random_bytes(3_000_000))
    limited = subprocess.run(
        ["bash", "-c", 'ulimit -f 1000; "$@"', "-", *command("compress", "file", "-q")],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert limited.returncode == 5, limited.stderr
    assert os.listdir(folder) == ["file"]


def test_what_is_no_file_is_left_out_with_a_warning(run: Run, folder: Path) -> None:
    (folder / "tree").mkdir()
    os.mkfifo(folder / "tree" / "pipe")
    result = run("compress", "tree", "-q")
    check_succeeds(result)
    assert result.stderr.count(b"\n") == 1 and b"warning: tree/pipe" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_what_cannot_be_read_is_left_out_and_ends_with_1(run: Run, folder: Path) -> None:
    (folder / "tree").mkdir()
    (folder / "tree" / "good").write_bytes(b"1")
    (folder / "tree" / "bad").write_bytes(b"2")
    (folder / "tree" / "bad").chmod(0)
    result = run("compress", "tree", "-q")
    assert result.returncode == 1
    assert b"warning: tree/bad" in result.stderr
    assert run("cat", "tree.kmp", "tree/good").stdout == b"1"


def test_with_and_without_looking_for_repeats_the_same_comes_back(run: Run, folder: Path) -> None:
    tree = make_tree(folder)
    tree.joinpath("again.txt").write_bytes(tree.joinpath("text.txt").read_bytes())
    large = random_bytes(600_000)
    tree.joinpath("large").write_bytes(large)
    tree.joinpath("larger").write_bytes(large[:300_000] + b"edit" + large[300_000:])
    with tarfile.open(tree / "tree.tar", "w") as archive:
        archive.add(tree / "deep" / "noise.bin", "noise.bin")
        archive.add(tree / "text.txt", "text.txt")
    check_succeeds(run("compress", "tree"))
    check_succeeds(run("compress", "tree", "--no-dedup", "-o", "without.kmp"))
    for name in ("tree", "without"):
        check_succeeds(run("decompress", f"{name}.kmp", "-o", name + " out"))
        check_equal_trees(tree, folder / f"{name} out" / "tree")
        check_succeeds(run("test", f"{name}.kmp"))
    saved = (folder / "without.kmp").stat().st_size - (folder / "tree.kmp").stat().st_size
    assert saved > 450_000
    assert run("cat", "tree.kmp", "tree/larger").stdout == large[:300_000] + b"edit" + large[300_000:]
    tree.joinpath("empty folder").chmod(0o700)


def test_excluded_names_stay_out(run: Run, folder: Path) -> None:
    make_tree(folder)
    check_succeeds(run("compress", "tree", "--exclude", "*.txt", "--exclude", "tree/deep/deeper"))
    names = [entry["name"] for entry in json.loads(run("list", "--json", "tree.kmp").stdout)]
    assert "tree/deep/noise.bin" in names
    assert not any("text" in name or "deeper" in name for name in names)


def test_a_sparse_file_of_more_than_4_gib_comes_back(run: Run, folder: Path) -> None:
    size = (4 << 30) + 123_456
    with open(folder / "sparse", "wb") as file:
        file.truncate(size)
        file.seek(3 << 30)
        file.write(b"in the middle")
    check_succeeds(run("compress", "sparse"))
    assert (folder / "sparse.kmp").stat().st_size < 1000
    check_succeeds(run("decompress", "sparse.kmp", "-o", "out"))
    with open(folder / "out" / "sparse", "rb") as file:
        file.seek(3 << 30)
        assert file.read(20) == b"in the middle".ljust(20, b"\0")
        assert file.seek(0, os.SEEK_END) == size
    assert (folder / "out" / "sparse").stat().st_blocks * 512 < 1 << 20


@pytest.mark.parametrize("codec", ["lz77+huffman", "rans", "auto"])
def test_a_codec_is_chosen_by_its_name(run: Run, folder: Path, codec: str) -> None:
    (folder / "file").write_bytes(text(100_000))
    result = run("compress", "file", "--codec", codec, "--block-size", "32KiB", "--threads", "2", "--json")
    check_succeeds(result)
    assert json.loads(result.stdout)["codec"] == codec
    check_succeeds(run("test", "file.kmp"))
    check_succeeds(run("decompress", "file.kmp", "-o", "out"))
    assert (folder / "out" / "file").read_bytes() == text(100_000)
    described = json.loads(run("info", "--json", "file.kmp").stdout)
    assert described["codec"] == codec
    assert {row["codec"] for row in described["blocks"]} == {"PIPELINE"}
    assert codec in ("auto", described["blocks"][0]["pipeline"])
    assert b"codec " + codec.encode() in run("info", "file.kmp").stdout


@pytest.mark.parametrize(
    "options",
    [
        ("--codec", "zip"),
        ("--codec", "rans", "--model", "english"),
        ("--codec", "rans", "--budget", "20"),
        ("--codec", "auto", "--budget", "1"),
        ("--codec", "rans", "--block-size", "65MiB"),
    ],
)
def test_codecs_that_make_no_sense_are_refused(run: Run, folder: Path, options: tuple[str, ...]) -> None:
    (folder / "file").write_bytes(b"1")
    check_fails(run("compress", "file", *options), 2)
    assert not (folder / "file.kmp").exists()
