"""Archives of released versions are decoded for ever.

All `good-*.kmp` hold GOLDEN_FILES: `level-N` without parents, `tree-N` in blocks of 1 KiB that start from
others, `model` from the model good-0.1.kmodel, which is in it. `short-0.1.kmp` holds the text alone.
`filters-0.1.kmp` holds a file for each filter, and one of numbers; what they held, as hashes.
`snapshots-0.1.kmp` holds three snapshots, SNAPSHOT_FILES, made at SNAPSHOT_TIMES_S.
"""

import os
from pathlib import Path

import pytest
from blake3 import blake3

import kompakt
from kompakt.archive.entry import Kind
from kompakt.archive.layout import Filter
from kompakt.errors import CorruptBlockError
from kompakt.models.shelf import read_recipe
from tests.inputs import random_bytes, text

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_FILES = {
    "empty": b"",
    "noise.bin": random_bytes(600),
    "folder/table.csv": b"".join(b"%d,%d,north\n" % (i, i * i % 97) for i in range(400)),
    "folder/text.txt": text(6000),
    "zeros": bytes(200_000),
}

STORY = text(6000)
SNAPSHOT_FILES = {
    1: {"folder/text.txt": STORY, "noise.bin": random_bytes(600), "zeros": bytes(100_000)},
    2: {"folder/text.txt": STORY[:2000] + b"an edit" + STORY[2100:], "moved.bin": random_bytes(600)},
    3: {"folder/text.txt": STORY, "new.txt": text(900, 3), "moved.bin": random_bytes(600)},
}
SNAPSHOT_TIMES_S = [1_700_000_100, 1_700_000_200, 1_700_000_300]


@pytest.mark.parametrize("archive", sorted(GOLDEN.glob("good-*.kmp")), ids=lambda path: path.stem)
def test_golden_archives_hold_what_they_held(archive: Path) -> None:
    with kompakt.open(archive) as opened:
        files = {name: opened.read(name) for name in GOLDEN_FILES}
        links = {entry.name: entry.target for entry in opened.entries if entry.target}
    assert files == GOLDEN_FILES
    assert links == {b"folder/link": b"../zeros", b"twin": b"noise.bin"}


def test_there_is_a_golden_archive_of_every_level() -> None:
    assert [path.stem[-1] for path in sorted(GOLDEN.glob("good-0.1-level-*.kmp"))] == list("123456789")


def test_a_flipped_bit_in_a_stream_is_laid_to_its_block() -> None:
    """bad-flipped-stream is good-0.1-level-5 with one bit of its only CM stream flipped."""
    with (
        kompakt.open(GOLDEN / "bad-flipped-stream.kmp") as opened,
        pytest.raises(CorruptBlockError, match=r"bad-flipped-stream\.kmp: block 0: "),
    ):
        opened.read("folder/text.txt")


def test_a_golden_short_archive_holds_its_file() -> None:
    with kompakt.open(GOLDEN / "short-0.1.kmp") as opened:
        assert opened.names() == ["one"]
        assert opened.read("one") == GOLDEN_FILES["folder/text.txt"]


def test_golden_filters_and_arrays_give_back_what_they_held() -> None:
    held = {
        "code.bin": (Filter.X86, "447b0ee0602d5b6a951905bb2c5c2a26"),
        "text.txt.gz": (Filter.DEFLATE, "d8c2046674fcd3c6eafcb518a8e6f5f8"),
        "waves.raw": (Filter.NONE, "2da65425e7e579cccd0eca053dcdd9d1"),
    }
    with kompakt.open(GOLDEN / "filters-0.1.kmp") as opened:
        found = {
            name: (entry.filter, blake3(opened.read(name)).hexdigest()[:32])
            for name, entry in zip(opened.names(), opened.entries, strict=True)
        }
    assert found == held


def test_golden_snapshots_hold_what_they_held() -> None:
    with kompakt.open(GOLDEN / "snapshots-0.1.kmp") as opened:
        assert [known.time_s for known in opened.snapshots] == SNAPSHOT_TIMES_S
    for number, files in SNAPSHOT_FILES.items():
        with kompakt.open(GOLDEN / "snapshots-0.1.kmp", snapshot=number) as opened:
            held = [entry for entry in opened.entries if entry.kind == Kind.FILE]
            links = [(entry.name, entry.target) for entry in opened.entries if entry.kind == Kind.HARDLINK]
            found = {os.fsdecode(entry.name): opened.read(entry.name) for entry in held}
        assert found == {f"data/{name}": content for name, content in files.items()}
        assert links == ([] if number == 1 else [(b"data/twin", b"data/folder/text.txt")])
        assert {entry.mtime_ns for entry in held} == {1_700_000_000_000_000_000 + number}


def test_a_golden_model_keeps_its_id_and_its_texts() -> None:
    recipe = read_recipe(GOLDEN / "good-0.1.kmodel")
    assert recipe.model_id.hex() == "5e6832c04cd0989fca9e2a68292c1bc9"
    assert [part.tobytes() for part in recipe.texts] == [text(4000, 7), text(2000, 8)]
