"""What is compressed: the files of a folder, or one tar of them."""

import tarfile
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.child import BenchmarkError

ALL_FILES = "*"
PIECE_BYTES = 1 << 20


def files_of(folder: Path, include: str = ALL_FILES) -> list[str]:
    """Return the names, relative to `folder` and sorted, of its regular files that are not empty.

    include: a pattern for whole names, such as `silesia/*` or `*.csv`
    Raises BenchmarkError when there is no such file.
    """
    names = sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_size
    )
    chosen = [name for name in names if fnmatch(name, include)]
    if not chosen:
        raise BenchmarkError(f"{folder}: holds no file that matches {include}")
    return chosen


def write_tar(folder: Path, names: list[str], target: Path) -> None:
    """Write the files to a tar whose bytes depend on their names and content only."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = (folder / name).stat().st_size
            with open(folder / name, "rb") as file:
                tar.addfile(member, file)


def copy_start(source: Path, target: Path, first_bytes: int | None) -> int:
    """Copy the first bytes, or all, to `target` and return their number."""
    copied = 0
    with open(source, "rb") as reader, open(target, "wb") as writer:
        while first_bytes is None or copied < first_bytes:
            wanted = PIECE_BYTES if first_bytes is None else min(PIECE_BYTES, first_bytes - copied)
            piece = reader.read(wanted)
            if not piece:
                break
            copied += writer.write(piece)
    return copied
