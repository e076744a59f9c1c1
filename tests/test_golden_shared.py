"""An archive with everything that sharing content brought is decoded for ever.

`shared-0.1.kmp` is what `compress shared --level 1 --model none` made of the folder that make_shared() makes.
"""

import io
import os
import tarfile
from pathlib import Path

import kompakt
from kompakt.archive.layout import SHARED_FLAG, Filter
from tests.inputs import text
from tests.trees import check_equal_trees

GOLDEN = Path(__file__).parent / "golden" / "shared-0.1.kmp"
MTIME_NS = 1_700_000_000 * 10**9


def make_shared(root: Path) -> None:
    """Make a folder of versions, a tar of one of them, and a file that repeats itself and others."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for version in range(4):
            (root / f"v{version}" / "docs").mkdir(parents=True)
            for number in range(6):
                content = text(2000 + 10 * number, number + (version if number == 3 else 0))
                name = f"v{version}/docs/{number}.txt" if number < 4 else f"v{version}/{number}.txt"
                (root / name).write_bytes(content)
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        (root / "v2" / "docs" / "only here.txt").write_bytes(text(100, 50))
        (root / "v2" / "empty").touch()
        (root / "v3" / "link").symlink_to("4.txt")
        os.link(root / "v3" / "4.txt", root / "v3" / "hard link.txt")
        (root / "v3" / "5.txt").chmod(0o755)
    (root / "versions.tar").write_bytes(tar.getvalue())
    part = b"".join(b"%06d\n" % number for number in range(60_000))
    (root / "repeats.bin").write_bytes(b"start" + part + bytes(200_000) + part[1000:])
    for path in sorted(root.rglob("*"), reverse=True):
        os.utime(path, ns=(MTIME_NS, MTIME_NS + 10**9 * (path.name == "5.txt")), follow_symlinks=False)
    os.utime(root, ns=(MTIME_NS, MTIME_NS))


def test_a_golden_archive_of_shared_content_holds_what_it_held(tmp_path: Path) -> None:
    make_shared(tmp_path / "expected" / "shared")
    with kompakt.open(GOLDEN) as archive:
        filters = {entry.name: entry.filter for entry in archive.entries}
        archive.extract(tmp_path / "restored")
    check_equal_trees(tmp_path / "restored" / "shared", tmp_path / "expected" / "shared")
    assert filters[b"shared/versions.tar"] == Filter.TAR
    footer = GOLDEN.read_bytes()[-46:]
    assert int.from_bytes(footer[18:22], "little") & SHARED_FLAG
