import os
import random
from pathlib import Path

import pytest

from kompakt import batch
from kompakt.device import Device
from kompakt.errors import CorruptBlockError, UsageError
from kompakt.versions.compacting import compact
from kompakt.versions.forgetting import forget
from tests.inputs import random_bytes, text
from tests.trees import make_tree
from tests.versions.versions import append, change_somehow, check_snapshot, keep_copy, make_archive, open_path


def make_versions(tmp_path: Path, device: Device, count: int, seed: int = 0) -> list[Path]:
    """Make `x.kmp` with so many snapshots of a changing folder and return copies of it."""
    folder = make_tree(tmp_path)
    kept = [keep_copy(folder, tmp_path / "kept1")]
    make_archive(tmp_path / "x.kmp", folder, device)
    source = random.Random(seed)
    for number in range(2, count + 1):
        change_somehow(folder, source)
        kept.append(keep_copy(folder, tmp_path / f"kept{number}"))
        append(tmp_path / "x.kmp", folder, device, time_s=100 * number)
    return kept


def numbers(path: Path, device: Device) -> list[int]:
    return [snapshot.number for snapshot in open_path(path, device).snapshots]


@pytest.mark.parametrize("forgotten", [[1], [1, 2, 4], [5, 6], [2, 3, 4, 5]])
def test_what_is_kept_comes_back_and_the_rest_is_gone(
    tmp_path: Path, fake_device: Device, forgotten: list[int]
) -> None:
    archive = tmp_path / "x.kmp"
    kept = make_versions(tmp_path, fake_device, 6, seed=len(forgotten))
    before = open_path(archive, fake_device)
    assert forget(archive, forgotten, fake_device) == 6 - len(forgotten)
    left = [number for number in range(1, 7) if number not in forgotten]
    assert numbers(archive, fake_device) == left
    done = compact(archive, fake_device)
    assert done.bytes_after == archive.stat().st_size < done.bytes_before
    assert done.blocks_after <= done.blocks_before == len(before.blocks)
    reader = open_path(archive, fake_device)
    assert [snapshot.number for snapshot in reader.snapshots] == left
    times = {snapshot.number: snapshot.time_s for snapshot in before.snapshots}
    assert all(snapshot.time_s == times[snapshot.number] for snapshot in reader.snapshots)
    for number in left:
        check_snapshot(archive, number, kept[number - 1], fake_device, tmp_path)
    verified = batch.verify(reader, fake_device)
    assert verified.block_errors == [] and verified.file_errors == {}
    change_somehow(tmp_path / "tree", random.Random(9))
    number = append(archive, tmp_path / "tree", fake_device).snapshot
    check_snapshot(archive, number, tmp_path / "tree", fake_device, tmp_path)
    assert numbers(archive, fake_device) == [*left, number]


def test_forgotten_content_is_still_used(tmp_path: Path, fake_device: Device) -> None:
    make_versions(tmp_path, fake_device, 1)
    folder, archive = tmp_path / "tree", tmp_path / "x.kmp"
    (folder / "big").write_bytes(random_bytes(50_000, 5))
    append(archive, folder, fake_device)
    os.rename(folder / "big", tmp_path / "big")
    append(archive, folder, fake_device)
    forget(archive, [1, 2], fake_device)
    os.rename(tmp_path / "big", folder / "big")
    assert append(archive, folder, fake_device).added_bytes < 500
    compact(archive, fake_device)
    check_snapshot(archive, 4, folder, fake_device, tmp_path)


def test_compact_gives_the_room_back(tmp_path: Path, fake_device: Device) -> None:
    make_versions(tmp_path, fake_device, 1)
    folder, archive = tmp_path / "tree", tmp_path / "x.kmp"
    size = archive.stat().st_size
    (folder / "big").write_bytes(random_bytes(500_000, 5))
    append(archive, folder, fake_device)
    (folder / "big").unlink()
    append(archive, folder, fake_device)
    forget(archive, [2], fake_device)
    assert compact(archive, fake_device).bytes_after < size + 500
    assert numbers(archive, fake_device) == [1, 3]


def test_what_blocks_start_from_stays(tmp_path: Path, fake_device: Device) -> None:
    """Blocks of 4 KiB of one kind make a tree; the files of its root are forgotten."""
    folder, archive = tmp_path / "many", tmp_path / "x.kmp"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_bytes(text(4096, seed=number))
    make_archive(archive, folder, fake_device)
    reader = open_path(archive, fake_device)
    roots = {name.decode() for block in reader.started_from for name in reader.names_in_block(block)}
    for name in roots:
        (tmp_path / name).unlink()
    append(archive, folder, fake_device)
    kept = len(list(folder.iterdir()))
    forget(archive, [1], fake_device)
    assert 0 < kept < 40
    assert compact(archive, fake_device).blocks_after >= len(reader.started_from)
    check_snapshot(archive, 2, folder, fake_device, tmp_path)


def test_the_last_snapshot_stays(tmp_path: Path, fake_device: Device) -> None:
    make_versions(tmp_path, fake_device, 2)
    before = (tmp_path / "x.kmp").read_bytes()
    with pytest.raises(UsageError, match="at least one snapshot"):
        forget(tmp_path / "x.kmp", [1, 2], fake_device)
    assert (tmp_path / "x.kmp").read_bytes() == before


def test_an_archive_without_snapshots_is_compact(tmp_path: Path, fake_device: Device) -> None:
    make_versions(tmp_path, fake_device, 1)
    before = (tmp_path / "x.kmp").read_bytes()
    done = compact(tmp_path / "x.kmp", fake_device)
    assert done.bytes_before == done.bytes_after == len(before)
    assert (tmp_path / "x.kmp").read_bytes() == before


def test_a_damaged_block_header_stops_it(tmp_path: Path, fake_device: Device) -> None:
    make_versions(tmp_path, fake_device, 2)
    archive = tmp_path / "x.kmp"
    data = bytearray(archive.read_bytes())
    data[open_path(archive, fake_device).blocks[1].offset + 2] ^= 1
    archive.write_bytes(data)
    with pytest.raises(CorruptBlockError, match="block 1"):
        compact(archive, fake_device)
    assert archive.read_bytes() == data
