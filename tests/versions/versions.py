"""Archives of several snapshots, and folders that change between them."""

import io
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

from kompakt import batch
from kompakt.archive.reader import ArchiveReader
from kompakt.batch import Written
from kompakt.device import Device
from kompakt.model.spec import spec_for_level
from kompakt.scan import scan
from kompakt.versions.append import append_snapshot
from tests.inputs import random_bytes, text
from tests.trees import check_equal_trees

SPEC = spec_for_level(1)
LONG_AGO_S = 1_000_000_000


def make_archive(path: Path, folder: Path, device: Device) -> None:
    """Write a new archive of `folder`, with several blocks where it is not tiny."""
    sources = scan([folder]).sources
    contents = batch.file_contents(sources, SPEC, 4096)
    with open(path, "wb") as file:
        entries = [source.entry for source in sources]
        batch.write_archive(file, str(path), entries, contents, spec=SPEC, device=device)


def append(path: Path, folder: Path, device: Device, **options: object) -> Written:
    """Append a snapshot of `folder`. It says that it was made at the time `time_s`, or now."""
    time_s = options.pop("time_s", int(time.time()))
    return append_snapshot(path, scan([folder]).sources, time_s, device=device, block_bytes=4096, **options)


def open_path(path: Path, device: Device) -> ArchiveReader:
    """Open the archive at `path`."""
    return batch.open_archive(io.BytesIO(path.read_bytes()), str(path), device)


def check_snapshot(path: Path, number: int, expected: Path, device: Device, work: Path) -> None:
    """Check that a snapshot restores to a folder equal to `expected`, which has the same name."""
    archive = open_path(path, device)
    archive.show(number)
    target = work / f"out{number}"
    restored = batch.restore(archive, archive.entries, target, device)
    assert restored.errors == [] and restored.missing == []
    check_equal_trees(target / expected.name, expected)
    make_deletable(target)
    shutil.rmtree(target)


def make_deletable(folder: Path) -> None:
    """Let a folder with read-only folders in it be deleted."""
    for base, _, _ in os.walk(folder):
        os.chmod(base, 0o700)


def keep_copy(folder: Path, place: Path) -> Path:
    """Copy a folder with all that an archive keeps of it and return the copy."""
    copy = place / folder.name
    place.mkdir()
    subprocess.run(["cp", "-a", folder, copy], check=True)
    return copy


def change_somehow(folder: Path, source: random.Random) -> None:
    """Do to a folder made by make_tree() a few of all things that can be done."""
    make_deletable(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    for path in source.sample(files, min(4, len(files))):
        content = path.read_bytes()
        path.chmod(0o644)
        place = source.randrange(len(content) + 1)
        what = source.randrange(9)
        if what == 0:
            path.write_bytes(content[:place] + b"something new\n" + content[place:])
        elif what == 1:
            path.write_bytes(content + text(source.randrange(3000), seed=source.randrange(99)))
        elif what == 2:
            path.unlink()
        elif what == 3:
            path.rename(path.with_name(f"moved {source.randrange(999)}"))
        elif what == 4:
            path.write_bytes(content[:place] + content[place + source.randrange(500) :])
        elif what == 5:
            path.chmod(0o600)
        elif what == 6:
            os.utime(path, ns=(1, source.randrange(1 << 60)))
        elif what == 7:
            path.unlink()
            path.symlink_to("nowhere")
        else:
            path.write_bytes(random_bytes(source.randrange(9000), source.randrange(99)))
    new = folder / f"new {source.randrange(999)}"
    new.mkdir(exist_ok=True)
    (new / "text").write_bytes(text(source.randrange(20_000), seed=source.randrange(99)))
    if files and files[0].exists() and not (new / "link").exists():
        os.link(files[0], new / "link")
