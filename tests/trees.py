"""Folders to pack, and how to tell that what came out is what went in."""

import os
import stat
from pathlib import Path

from tests.inputs import random_bytes, text


def make_tree(folder: Path) -> Path:
    """Make a folder with one of everything that an archive keeps, and return it."""
    root = folder / "tree"
    (root / "deep" / "deeper").mkdir(parents=True)
    (root / "empty folder").mkdir()
    (root / "text.txt").write_bytes(text(100_000))
    (root / "deep" / "noise.bin").write_bytes(random_bytes(100_000))
    (root / "deep" / "deeper" / "zeros").write_bytes(bytes(300_000))
    (root / "empty").touch()
    (root / "tool.sh").write_text("#!/bin/sh\n")
    (root / "tool.sh").chmod(0o755)
    (root / "secret").write_text("x")
    (root / "secret").chmod(0o400)
    with open(os.path.join(os.fsencode(root), b"not utf-8 \xff\xfe \x1b[31m"), "wb") as file:
        file.write(b"bytes")
    os.link(root / "text.txt", root / "deep" / "same text.txt")
    os.symlink("text.txt", root / "link")
    os.symlink("nowhere", root / "dangling")
    os.symlink("../deep", root / "deep" / "to folder")
    os.utime(root / "empty", ns=(1, -1_234_567_891))
    os.utime(root / "tool.sh", ns=(1, 1_700_000_000_123_456_789))
    os.utime(root / "link", ns=(1, 987_654_321), follow_symlinks=False)
    (root / "empty folder").chmod(0o500)
    os.utime(root / "empty folder", ns=(1, 42))
    os.utime(root, ns=(1, 1_600_000_000_000_000_001))
    return root


def described(root: Path) -> dict[bytes, tuple[object, ...]]:
    """Return all that an archive keeps of a folder: kinds, modes, times, links and contents by name."""
    result: dict[bytes, tuple[object, ...]] = {}
    start = os.fsencode(root)
    names = [b"."]
    for base, folders, files in os.walk(start):
        names += [os.path.relpath(os.path.join(base, name), start) for name in folders + files]
    first_name: dict[int, bytes] = {}
    for name in sorted(names):
        path = os.path.join(start, name)
        status = os.lstat(path)
        what: object = None
        if stat.S_ISLNK(status.st_mode):
            what = os.readlink(path)
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                what = (first_name.setdefault(status.st_ino, name), file.read())
        result[name] = (status.st_mode, status.st_mtime_ns, what)
    return result


def check_equal_trees(one: Path, other: Path) -> None:
    """Check that two folders are the same in everything that an archive keeps."""
    first, second = described(one), described(other)
    assert sorted(first) == sorted(second)
    differing = [name for name in first if first[name] != second[name]]
    assert not differing
