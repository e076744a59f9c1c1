"""Damaged archives through the whole reading side: the right bytes or a typed error, never anything else."""

import gzip
import io
import random
from pathlib import Path

import numpy as np
import pytest

from kompakt import batch
from kompakt.archive.entry import Entry, Kind
from kompakt.archive.layout import Filter
from kompakt.contents import Content, Group
from kompakt.device import Device
from kompakt.errors import ArchiveError
from kompakt.model.spec import spec_for_level
from kompakt.models.library import Library
from kompakt.models.recipe import Recipe
from tests.filters.test_x86 import calls
from tests.inputs import random_bytes, text

FILES = {
    b"a text": text(9_000),
    b"b/noise": random_bytes(3_000),
    b"b/zeros": bytes(70_000),
    b"c more text": text(5_000, 1),
    b"d empty": b"",
    b"e packed": gzip.compress(text(6_000, 2), mtime=0),
    b"f code": calls(500),
}
FILTERS = {b"e packed": Filter.DEFLATE, b"f code": Filter.X86}
DAMAGES = 3_000


def make_archive(device: Device, level: int) -> bytes:
    output = io.BytesIO()
    entries = [Entry(name, Kind.FILE, 0o644, 0, len(data)) for name, data in FILES.items()]
    group = Group(0, 2048)
    contents = [
        Content(n, lambda data=data: io.BytesIO(data), group, filter=FILTERS.get(name, Filter.NONE))
        for n, (name, data) in enumerate(FILES.items())
    ]
    spec = spec_for_level(level)
    models = Library(Recipe.of("tiny", "", [np.frombuffer(text(900, 3), np.uint8)]), embeds=True)
    batch.write_archive(output, "x.kmp", entries, contents, spec=spec, device=device, models=models)
    return output.getvalue()


def damaged(data: bytes, source: random.Random) -> bytes:
    """Return `data` with one random damage."""
    place = source.randrange(len(data))
    kind = source.randrange(6)
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + source.randbytes(source.randint(1, 40)) + data[place:]
    if kind == 2:
        return data[:place] + data[place + source.randint(1, 40) :]
    if kind == 3:
        other = source.randrange(len(data))
        length = source.randint(1, 200)
        return data[:place] + data[other : other + length] + data[place + length :]
    changed = bytearray(data)
    for _ in range(kind - 3):
        changed[source.randrange(len(data))] ^= 1 << source.randrange(8)
    return bytes(changed)


def check_damage(data: bytes, device: Device) -> bool:
    """Read `data` and return whether anything in it was found damaged. Fails for wrong bytes."""
    try:
        archive = batch.open_archive(io.BytesIO(data), "x.kmp", device)
        contents = batch.read_contents(archive, archive.entries, device)
    except ArchiveError as error:
        assert str(error).startswith("x.kmp: ")
        assert "\n" not in str(error)
        return True
    assert [entry.name for entry in archive.entries] == sorted(FILES)
    found = False
    for entry in contents.order:
        try:
            assert b"".join(contents.chunks(entry)) == FILES[entry.name]
        except ArchiveError as error:
            assert "block" in str(error)
            found = True
    return found


def test_a_damaged_archive_gives_the_right_bytes_or_a_typed_error(fake_device: Device) -> None:
    data = make_archive(fake_device, 5)
    assert not check_damage(data, fake_device)
    source = random.Random(5)
    found = sum(check_damage(damaged(data, source), fake_device) for _ in range(DAMAGES))
    assert found > 0.95 * DAMAGES


@pytest.mark.timeout(300)
def test_so_it_does_with_the_real_model() -> None:
    device = Device("cpu", threads=2)
    data = make_archive(device, 1)
    assert not check_damage(data, device)
    source = random.Random(6)
    assert sum(check_damage(damaged(data, source), device) for _ in range(DAMAGES // 30)) > 0


@pytest.mark.timeout(300)
def test_damaged_archives_restore_only_right_files(fake_device: Device, tmp_path: Path) -> None:
    data = make_archive(fake_device, 5)
    source = random.Random(7)
    for number in range(200):
        target = tmp_path / str(number)
        try:
            archive = batch.open_archive(io.BytesIO(damaged(data, source)), "x.kmp", fake_device)
            restored = batch.restore(archive, archive.entries, target, fake_device)
        except ArchiveError:
            assert not target.exists()
            continue
        for name, content in FILES.items():
            path = target / name.decode()
            assert path.exists() != (name in restored.missing)
            assert not path.exists() or path.read_bytes() == content
