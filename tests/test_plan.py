from pathlib import Path

import pytest

from kompakt.plan import ContentKind, content_kind, plan
from kompakt.scan import scan


@pytest.mark.parametrize(
    ("head", "extension", "kind"),
    [
        (b"It was the best of times, it was the worst of times.", b"", ContentKind.TEXT),
        ("Es grünt so grün".encode(), b"txt", ContentKind.TEXT),
        (b"", b"", ContentKind.TEXT),
        (b'{"a": 1}', b"", ContentKind.MARKUP),
        (b"  <?xml version='1.0'?>", b"", ContentKind.MARKUP),
        (b"a,b\n1,2\n", b"csv", ContentKind.MARKUP),
        (b"int main(void) { return 0; }", b"c", ContentKind.SOURCE),
        (b"#!/bin/sh\nexit 1\n", b"", ContentKind.SOURCE),
        (b"\x7fELF\x02\x01\x01", b"", ContentKind.EXECUTABLE),
        (bytes(range(256)), b"txt", ContentKind.BINARY),
        (b"\x89PNG\r\n\x1a\n", b"txt", ContentKind.MEDIA),
        (b"\0\0\0\x18ftypmp42", b"", ContentKind.MEDIA),
    ],
)
def test_kinds_are_told_by_the_first_bytes(head: bytes, extension: bytes, kind: ContentKind) -> None:
    assert content_kind(head, extension) == kind


def test_groups_are_kinds_and_in_them_small_files_come_first(tmp_path: Path) -> None:
    contents = {
        "a.py": b"import os\n",
        "b.txt": b"words",
        "c.bin": bytes(range(256)) * 2,
        "d.json": b"{}",
        "e.py": b"import sys\n",
        "f.big": b"x" * 1000,
        "g.md": b"# Title",
        "h.big": b"y" * 2000,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    sources = scan([tmp_path]).sources

    planned = plan(sources, 1, block_bytes=1000)

    names = [sources[file.number].path.name for file in planned]
    assert names == ["b.txt", "f.big", "h.big", "d.json", "g.md", "a.py", "e.py", "c.bin"]
    starts = [True, True, True, True, False, True, False, True]
    assert [file.starts_segment for file in planned] == starts
    assert [file.group.number for file in planned] == [0, 0, 0, 1, 1, 2, 2, 4]


def test_only_files_are_planned(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    assert plan(scan([tmp_path]).sources, 1) == []
