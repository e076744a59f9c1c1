from pathlib import Path

import numpy as np
import pytest

from kompakt.kinds import Kind
from kompakt.look import look_at_file
from kompakt.model.spec import spec_for_level
from kompakt.plan import LARGE_BYTES, plan
from kompakt.scan import scan
from tests.inputs import random_bytes, text

SPEC = spec_for_level(1)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"It was the best of times, it was the worst of times. " * 20, Kind.ENGLISH),
        (b'{"name": "a", "values": [1, 2, 3]}\n' * 50, Kind.MARKUP),
        (b"#include <stdio.h>\nint main(void) { return 0; }\n" * 30, Kind.SOURCE),
        (np.arange(20_000, dtype="<f8").tobytes(), Kind.ARRAY64),
        (random_bytes(100_000), Kind.RANDOM),
        (b"", Kind.BINARY),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else "",
)
def test_kinds_are_told_by_what_is_in_a_file(tmp_path: Path, data: bytes, kind: Kind) -> None:
    (tmp_path / "file").write_bytes(data)
    assert look_at_file(tmp_path / "file", len(data), SPEC).kind == kind


def test_a_file_that_cannot_be_read_is_planned_all_the_same(tmp_path: Path) -> None:
    assert look_at_file(tmp_path / "gone", 1000, SPEC).kind == Kind.BINARY


def test_small_files_of_a_kind_are_a_group_and_large_files_one_each(tmp_path: Path) -> None:
    source = b"import os\n\n\ndef main():\n    return os.getcwd()\n" * 20
    contents = {
        "a.py": source,
        "b.txt": text(3000),
        "c.bin": random_bytes(5000),
        "d.json": b'{"a": [1, 2], "b": {"c": "d"}}\n' * 40,
        "e.py": source * 2,
        "f.txt": text(LARGE_BYTES),
        "g.txt": text(4000),
        "h.txt": text(LARGE_BYTES + 1),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    sources = scan([tmp_path]).sources

    planned = plan(sources, SPEC)

    names = [sources[file.number].path.name for file in planned]
    assert names == ["b.txt", "g.txt", "f.txt", "h.txt", "a.py", "e.py", "d.json", "c.bin"]
    assert [file.group.number for file in planned] == [0, 0, 1, 2, 3, 3, 4, 5]
    assert [file.starts_segment for file in planned] == [True, False, True, True, True, False, True, True]


def test_only_files_are_planned(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    assert plan(scan([tmp_path]).sources, SPEC) == []
