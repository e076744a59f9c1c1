"""Writes the golden archives anew: `python -m tests.make_golden FOLDER`.

Only for specs and features that no release has written: what a release wrote stays as it is, for ever.
"""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import kompakt
from kompakt.archive.layout import Codec
from kompakt.device import Device
from tests.filters.test_x86 import calls
from tests.inputs import text
from tests.test_golden import GOLDEN, GOLDEN_FILES, SNAPSHOT_FILES, SNAPSHOT_TIMES_S
from tests.test_golden_shared import make_shared
from tests.test_trial import image
from tests.versions.versions import append, make_archive

TIME_NS = 1_700_000_000_123_456_789
SMALL_BLOCKS = ("--block-size", "1KiB")
NO_MODEL = ("--model", "none")


def make(target: Path) -> None:
    """Write all golden archives into `target`."""
    for level in range(1, 10):
        _compress(target / f"good-0.1-level-{level}.kmp", "--level", level, "--independent", *NO_MODEL)
    for level in (1, 5, 9):
        _compress(target / f"good-0.1-tree-{level}.kmp", "--level", level, *SMALL_BLOCKS, *NO_MODEL)
    mixed = ("--codec", "cm+shannon", "--block-size", "4KiB")
    _compress(target / "good-0.1-pipeline-cm+shannon.kmp", "--level", 1, *mixed)
    model = ("--model", GOLDEN / "good-0.1.kmodel", "--embed-model")
    _compress(target / "good-0.1-model.kmp", "--level", 5, *SMALL_BLOCKS, *model)
    Path("one").write_bytes(GOLDEN_FILES["folder/text.txt"])
    _compress(target / "short-0.1.kmp", "--level", 5, *NO_MODEL, paths=["one"])
    _flip_a_bit(target / "good-0.1-level-5.kmp", target / "bad-flipped-stream.kmp")
    _make_filters(target / "filters-0.1.kmp")
    _make_snapshots(target / "snapshots-0.1.kmp")
    make_shared(Path("shared"))
    _compress(target / "shared-0.1.kmp", "--level", 1, *NO_MODEL, paths=["shared"], keep_times=True)


def _make_filters(archive: Path) -> None:
    contents = {
        "code.bin": calls(4000),
        "text.txt.gz": gzip.compress(text(30_000), 6, mtime=0),
        "waves.raw": image(200, 180).astype("<i2").tobytes(),
    }
    for name, content in contents.items():
        Path(name).write_bytes(content)
    _compress(archive, "--level", 5, *NO_MODEL, paths=list(contents))


def _make_snapshots(archive: Path) -> None:
    device, data = Device("cpu", 1), Path("data")
    for number, files in SNAPSHOT_FILES.items():
        if data.exists():
            shutil.rmtree(data)
        for name, content in files.items():
            (data / name).parent.mkdir(parents=True, exist_ok=True)
            (data / name).write_bytes(content)
        if number > 1:
            os.link(data / "folder/text.txt", data / "twin")
        for path in (*data.rglob("*"), data):
            os.utime(path, ns=(TIME_NS, 1_700_000_000_000_000_000 + number))
        time_s = SNAPSHOT_TIMES_S[number - 1]
        if number == 1:
            make_archive(archive, data, device)
            os.utime(archive, (time_s, time_s))
        else:
            append(archive, data, device, time_s=time_s)


def _make_tree() -> None:
    for name, content in GOLDEN_FILES.items():
        path = Path("tree", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    Path("tree/folder/link").symlink_to("../zeros")
    os.link("tree/noise.bin", "tree/twin")
    for path in (*Path("tree").rglob("*"), Path("tree")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, ns=(TIME_NS, TIME_NS), follow_symlinks=False)


def _compress(
    archive: Path, *options: object, paths: list[str] | None = None, keep_times: bool = False
) -> None:
    for path in () if keep_times else paths or ():
        os.chmod(path, 0o644)
        os.utime(path, ns=(TIME_NS, TIME_NS))
    before = Path.cwd()
    os.chdir("tree" if paths is None else ".")
    names = sorted(os.listdir()) if paths is None else paths
    command = [
        sys.executable,
        "-m",
        "kompakt",
        "compress",
        *names,
        "-o",
        archive,
        "--force",
        "--quiet",
        *options,
    ]
    subprocess.run([str(word) for word in command], check=True)
    os.chdir(before)


def _flip_a_bit(archive: Path, damaged: Path) -> None:
    data = bytearray(archive.read_bytes())
    with kompakt.open(archive) as opened:
        block = next(block for block in opened._reader.blocks if block.header.codec == Codec.CM)
    data[block.offset + len(block.header.encode()) + block.header.coded_bytes // 2] ^= 8
    damaged.write_bytes(data)


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        _make_tree()
        make(target)
