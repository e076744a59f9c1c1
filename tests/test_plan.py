import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from kompakt.archive.layout import Filter
from kompakt.kinds import Kind
from kompakt.look import look_at_file
from kompakt.model.spec import spec_for_level
from kompakt.plan import FEWEST_TEXT_BYTES, LARGE_BYTES, plan
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
        "h.txt": b" ".join(word[::-1] for word in text(LARGE_BYTES + 1).split(b" ")),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    sources = scan([tmp_path]).sources

    planned = plan(sources, SPEC)

    names = [sources[file.number].path.name for file in planned]
    assert names == ["b.txt", "g.txt", "f.txt", "h.txt", "a.py", "e.py", "d.json", "c.bin"]
    assert [file.group.number for file in planned] == [0, 0, 1, 2, 3, 3, 4, 5]
    assert [file.starts_segment for file in planned] == [True, False, True, True, True, False, True, True]


def test_large_files_that_resemble_each_other_are_a_group(tmp_path: Path) -> None:
    def log(service: str, seed: int) -> bytes:
        numbers = np.random.default_rng(seed).integers(0, 10**6, LARGE_BYTES // 40)
        return b"".join(
            b"%s handled request %d in time, all is well\n" % (service.encode(), n) for n in numbers
        )

    table = b"".join(b"%d;%d;%d\n" % (n, n * 7919 % 9973, n * n % 997) for n in range(LARGE_BYTES // 12))
    contents = {"1.log": log("mail", 1), "2.csv": table, "3.log": log("mail", 2), "4.log": log("mail", 3)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    sources = scan([tmp_path]).sources
    planned = plan(sources, SPEC)
    groups: dict[int, list[str]] = {}
    for file in planned:
        groups.setdefault(file.group.number, []).append(sources[file.number].path.name)
    assert sorted(groups.values()) == [["1.log", "3.log", "4.log"], ["2.csv"]]
    assert sum(file.starts_segment for file in planned) == 2
    apart = plan(sources, SPEC, has_models=False)
    assert len({file.group.number for file in apart}) == 4


def test_versions_of_a_file_lie_one_behind_the_other(tmp_path: Path) -> None:
    for version in ("v1", "v2", "v3"):
        (tmp_path / version).mkdir()
        for name in ("a.py", "b.py", "c.txt"):
            (tmp_path / version / name).write_bytes(text(2000, seed=ord(name[0])))
    sources = scan([tmp_path]).sources
    names = [str(sources[file.number].path.relative_to(tmp_path)) for file in plan(sources, SPEC)]
    assert names == [
        f"{version}/{name}" for name in ("a.py", "b.py", "c.txt") for version in ("v1", "v2", "v3")
    ]


def test_texts_of_all_kinds_that_fit_a_block_are_one_group(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(text(FEWEST_TEXT_BYTES))
    (tmp_path / "b.json").write_bytes(b'{"a": [1, 2], "b": {"c": "d"}}\n' * 400)
    (tmp_path / "c.bin").write_bytes(random_bytes(5000))
    assert [file.group.number for file in plan(scan([tmp_path]).sources, SPEC)] == [0, 0, 1]


def test_a_tar_is_taken_for_what_its_largest_member_is(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name, content in (("text", text(5000)), ("waves", np.arange(200_000, dtype="<f8").tobytes())):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    look = look_at_file(tmp_path / "x.tar", (tmp_path / "x.tar").stat().st_size, SPEC)
    assert (look.kind, look.filter, look.spec.is_array) == (Kind.ARRAY64, Filter.TAR, True)


def test_a_sample_of_one_byte_over_and_over_says_nothing(tmp_path: Path) -> None:
    waves = np.sin(np.arange(100_000) / 50).astype("<f8").tobytes()
    (tmp_path / "x").write_bytes(waves + bytes(4_000_000))
    look = look_at_file(tmp_path / "x", 4_800_000, SPEC)
    assert look.kind == Kind.ARRAY64


def test_only_files_are_planned(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    assert plan(scan([tmp_path]).sources, SPEC) == []
