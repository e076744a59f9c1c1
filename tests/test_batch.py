import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest

from kompakt import batch, coding
from kompakt.archive.block_header import BlockHeader, Parent
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.layout import Codec, ParentKind
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.writer import ArchiveWriter
from kompakt.batch import Written
from kompakt.coding import BlockDecoder
from kompakt.contents import Content, Group
from kompakt.device import Device
from kompakt.errors import (
    ArchiveError,
    CorruptArchiveError,
    CorruptBlockError,
    LimitError,
    ModelError,
    UnknownModelError,
    UnsupportedError,
    UsageError,
)
from kompakt.model.spec import DEFAULT_LEVEL, spec_for_level
from kompakt.models.library import Library
from kompakt.models.none import NoModels
from kompakt.models.recipe import Recipe
from kompakt.runs import RUN_BYTES
from kompakt.scan import scan
from tests.archive.hostile import forge_block, forge_tree
from tests.inputs import random_bytes, text

SPEC = spec_for_level(DEFAULT_LEVEL)
KIB = 1 << 10


def write(
    files: dict[str, bytes],
    device: Device,
    block_bytes: int = 64 * KIB,
    grows: bool = False,
    models: Library | None = None,
) -> tuple[bytes, Written]:
    """Return an archive of `files`, each a segment of its own, and what was said about it."""
    group = Group(0, block_bytes)
    output = io.BytesIO()
    entries = [Entry(name.encode(), Kind.FILE, 0o644, 0, len(data)) for name, data in files.items()]
    contents = [
        Content(number, lambda data=data: io.BytesIO(data), group, len(data))
        for number, data in enumerate(files.values())
    ]
    written = batch.write_archive(
        output, "test.kmp", entries, contents, spec=SPEC, device=device, grows=grows, models=models
    )
    return output.getvalue(), written


@pytest.mark.parametrize(("grows", "block_bytes"), [(True, 256 * KIB), (False, 512 * KIB)])
def test_blocks_of_large_batches_are_small_where_they_may_start_from_others(
    tmp_path: Path, grows: bool, block_bytes: int
) -> None:
    with open(tmp_path / "large", "wb") as file:
        file.truncate(600 << 20)
    sources = scan([tmp_path / "large"]).sources
    (content,) = batch.file_contents(sources, SPEC, grows=grows)
    assert content.group.block_bytes == block_bytes


def text_array(size: int, seed: int) -> np.ndarray:
    return np.frombuffer(text(size, seed), np.uint8)


def read(data: bytes, device: Device) -> ArchiveReader:
    return batch.open_archive(io.BytesIO(data), "test.kmp", device)


def codecs(archive: ArchiveReader) -> list[int]:
    return [record.header.codec for record in archive.blocks]


def check_roundtrip(files: dict[str, bytes], device: Device, block_bytes: int = 64 * KIB) -> ArchiveReader:
    """Check that `files` come back from an archive of them, and return that."""
    data, written = write(files, device, block_bytes)
    assert written.bytes_in == sum(map(len, files.values()))
    assert written.bytes_out == len(data)
    assert written.files == len(files)
    assert written.warnings == []
    archive = read(data, device)
    contents = batch.read_contents(archive, archive.entries, device)
    assert {e.name.decode(): b"".join(contents.chunks(e)) for e in contents.order} == files
    verified = batch.verify(archive, device)
    assert verified.block_errors == [] and verified.file_errors == {}
    return archive


def damage(data: bytes, archive: ArchiveReader, *numbers: int) -> bytes:
    """Return `data` with a byte changed in the streams of the blocks `numbers`."""
    damaged = bytearray(data)
    for number in numbers:
        record = archive.blocks[number]
        damaged[record.offset + len(record.header.encode()) + record.header.coded_bytes // 2] ^= 0x55
    return bytes(damaged)


def test_nothing_at_all_is_an_archive(fake_device: Device) -> None:
    check_roundtrip({}, fake_device)
    check_roundtrip({"empty": b""}, fake_device)


def test_an_archive_does_not_depend_on_the_threads_that_read(
    fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = random_bytes(300_000)
    files = {f"small {number:03}": text(number * 41, number) for number in range(300)}
    files |= {
        "a": shared + text(5_000_000),
        "b": bytes(9 * RUN_BYTES) + shared,
        "c": text(700_000, 7) + shared,
    }
    archives = set()
    for threads in (1, 2, 16):
        monkeypatch.setattr(Device, "threads", threads)
        archives.add(write(files, fake_device)[0])
    assert len(archives) == 1


def test_every_block_gets_the_codec_it_deserves(fake_device: Device) -> None:
    files = {
        "a text": text(10_000),
        "b noise": random_bytes(200_000),
        "c zeros": bytes(8 * RUN_BYTES),
        "d short noise": random_bytes(1000),
    }
    archive = check_roundtrip(files, fake_device, block_bytes=1 << 20)
    assert codecs(archive) == [Codec.CM, Codec.STORED, Codec.FILL, Codec.STORED]


def test_plain_blocks_between_modelled_ones_keep_their_order(fake_device: Device) -> None:
    files = {}
    for number in range(12):
        files[f"{number:02} text"] = text(70_000, number)
        files[f"{number:02} noise"] = random_bytes(70_000, number)
        files[f"{number:02} run"] = bytes([number]) * RUN_BYTES
    check_roundtrip(files, fake_device)


def test_too_many_waiting_plain_blocks_change_no_byte(
    fake_device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{number:02}": random_bytes(200_000, number) for number in range(10)}
    files["99"] = text(100_000)
    whole, _ = write(files, fake_device)
    monkeypatch.setattr(coding, "WAITING_BYTES", 150_000)
    check_roundtrip(files, fake_device)
    paused, _ = write(files, fake_device)
    assert paused == whole


def test_random_data_hardly_grows(fake_device: Device) -> None:
    data, _ = write({"noise": random_bytes(10_000_000)}, fake_device, block_bytes=4 << 20)
    assert len(data) < 10_000_000 * 1.0001


def test_a_gibibyte_of_zeros_is_next_to_nothing(fake_device: Device) -> None:
    class Zeros(io.RawIOBase):
        left = 1 << 30

        def readinto(self, buffer: memoryview) -> int:
            size = min(len(buffer), self.left)
            buffer[:size] = bytes(size)
            self.left -= size
            return size

    output = io.BytesIO()
    entry = Entry(b"zeros", Kind.FILE, 0o644, 0, 1 << 30)
    batch.write_archive(
        output, "test.kmp", [entry], [batch.one_content(Zeros, None, SPEC)], spec=SPEC, device=fake_device
    )
    assert len(output.getvalue()) * 100_000 < 1 << 30
    verified = batch.verify(read(output.getvalue(), fake_device), fake_device)
    assert verified.file_errors == {}


def test_equal_input_gives_equal_archives(fake_device: Device) -> None:
    files = {"a": text(300_000), "b": bytes(200_000)}
    assert write(files, fake_device)[0] == write(files, fake_device)[0]


def test_what_cannot_be_read_is_left_out_with_its_links(fake_device: Device) -> None:
    def refuse() -> io.BytesIO:
        raise PermissionError(13, "Permission denied")

    entries = [
        Entry(b"bad", Kind.FILE, 0o644, 0, 4),
        Entry(b"good", Kind.FILE, 0o644, 0, 4),
        Entry(b"link to bad", Kind.HARDLINK, 0o644, 0, target=b"bad"),
        Entry(b"link to good", Kind.HARDLINK, 0o644, 0, target=b"good"),
    ]
    group = Group(0, KIB)
    contents = [Content(0, refuse, group, 4), Content(1, lambda: io.BytesIO(b"longer"), group, 4)]
    output = io.BytesIO()
    written = batch.write_archive(output, "test.kmp", entries, contents, spec=SPEC, device=fake_device)
    assert [e.name for e in read(output.getvalue(), fake_device).entries] == [b"good", b"link to good"]
    assert written.unreadable == 1
    assert [warning.split(":")[0] for warning in written.warnings] == ["bad", "good", "link to bad"]


def test_every_bad_block_and_every_hurt_file_is_found(fake_device: Device) -> None:
    files = {"a": text(320 * KIB), "b": random_bytes(320 * KIB), "c": text(64 * KIB, 5), "d": text(10, 6)}
    data, _ = write(files, fake_device)
    archive = read(data, fake_device)
    assert len(archive.blocks) == 12
    archive = read(damage(data, archive, 1, 3, 8, 11), fake_device)
    verified = batch.verify(archive, fake_device)
    assert [error.block for error in verified.block_errors] == [1, 3, 8, 11]
    assert [error.names for error in verified.block_errors] == [[b"a"], [b"a"], [b"b"], [b"d"]]
    assert sorted(verified.file_errors) == [b"a", b"b", b"d"]


def test_damage_in_one_block_leaves_other_files_readable(fake_device: Device, tmp_path: Path) -> None:
    files = {"a": text(128 * KIB), "b": text(64 * KIB, 1), "c": bytes(RUN_BYTES)}
    data, _ = write(files, fake_device)
    archive = read(damage(data, read(data, fake_device), 0), fake_device)
    restored = batch.restore(archive, archive.entries, tmp_path / "out", fake_device)
    assert restored.missing == [b"a"]
    assert [error.block for error in restored.errors] == [0]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["b", "c"]
    assert (tmp_path / "out" / "b").read_bytes() == files["b"]
    assert restored.files == 2 and restored.bytes_out == 128 * KIB


def test_only_the_blocks_of_the_wanted_files_are_decoded(fake_device: Device) -> None:
    files = {"a": text(192 * KIB), "b": text(64 * KIB, 1)}
    data, _ = write(files, fake_device)
    archive = read(damage(data, read(data, fake_device), 0, 1, 2), fake_device)
    wanted = [entry for entry in archive.entries if entry.name == b"b"]
    contents = batch.read_contents(archive, wanted, fake_device)
    assert b"".join(contents.chunks(wanted[0])) == files["b"]
    assert contents.coded_bytes == archive.blocks[3].header.coded_bytes


def test_files_left_out_or_unfinished_do_not_disturb_those_that_follow(fake_device: Device) -> None:
    files = {str(number): text(100_000, number) for number in range(6)}
    data, _ = write(files, fake_device)
    archive = read(data, fake_device)
    contents = batch.read_contents(archive, archive.entries, fake_device)
    next(contents.chunks(contents.order[1]))
    assert b"".join(contents.chunks(contents.order[4])) == files["4"]
    assert b"".join(contents.chunks(contents.order[5])) == files["5"]


def rewritten(
    data: bytes, device: Device, *, header: dict[str, int] | None = None, extents: list[Extent] | None = None
) -> ArchiveReader:
    """Return an archive like `data` whose block headers or first file differ."""
    archive = read(data, device)
    output = io.BytesIO()
    writer = ArchiveWriter(output, index_codec=lambda columns: (coding.BlockHeader.stored(columns), columns))
    for record in archive.blocks:
        writer.add_block(
            dataclasses.replace(record.header, **(header or {})), archive.read_stream(record.number)
        )
    entries = list(archive.entries)
    if extents is not None:
        entries[0] = dataclasses.replace(
            entries[0], extents=extents, size=sum(extent.length for extent in extents)
        )
    writer.finish(entries, {})
    return read(output.getvalue(), device)


@pytest.mark.parametrize(
    ("header", "error", "words"),
    [
        ({"spec_id": 4_000_000}, UnsupportedError, "block 0: needs model spec 4000000"),
        ({"table_bits": 39}, LimitError, "block 0: declares tables"),
    ],
)
def test_a_block_that_asks_for_too_much_is_refused_before_it_is_decoded(
    fake_device: Device, header: dict[str, int], error: type[Exception], words: str
) -> None:
    data, _ = write({"a": text(1000), "b": b""}, fake_device)
    archive = rewritten(data, fake_device, header=header)
    contents = batch.read_contents(archive, archive.entries, fake_device)
    with pytest.raises(error, match=words):
        list(contents.chunks(archive.entries[0]))


def test_content_that_is_not_what_was_hashed_is_reported(fake_device: Device) -> None:
    data, _ = write({"a": text(1000), "b": b""}, fake_device)
    archive = rewritten(data, fake_device, extents=[Extent(0, 500, 500), Extent(0, 0, 500)])
    verified = batch.verify(archive, fake_device)
    assert verified.block_errors == []
    assert "test.kmp: a: content does not match its hash" in str(verified.file_errors[b"a"])


def test_blocks_that_a_file_goes_back_to_are_decoded_once(fake_device: Device) -> None:
    data, _ = write({"a": text(64 * KIB), "b": text(64 * KIB, 1)}, fake_device)
    to_and_fro = [Extent(number % 2, 0, 1) for number in range(1000)]
    archive = rewritten(data, fake_device, extents=to_and_fro)
    contents = batch.read_contents(archive, archive.entries, fake_device)
    with pytest.raises(ArchiveError, match="does not match its hash"):
        list(contents.chunks(archive.entries[0]))
    assert contents.blocks_decoded == 2


def test_a_large_index_is_modelled_and_a_damaged_one_is_refused(fake_device: Device) -> None:
    files = {f"folder {number % 7}/file {number}": b"" for number in range(1000)}
    data, _ = write(files, fake_device)
    archive = read(data, fake_device)
    assert archive.index_headers[0].codec == Codec.CM
    assert len(archive.entries) == 1000
    broken = bytearray(data)
    broken[len(broken) // 2] ^= 1
    with pytest.raises(CorruptArchiveError, match="index"):
        read(bytes(broken), fake_device)


def test_a_small_index_is_stored_and_opens_without_a_backend(fake_device: Device) -> None:
    data, _ = write({"a": b""}, fake_device)
    device = Device("cpu")
    assert read(data, device).index_headers[0].codec == Codec.STORED
    assert device.name == "cpu"


@pytest.mark.parametrize("block_bytes", [1, KIB - 1, (1 << 30) + 1])
def test_block_sizes_out_of_range_are_refused(block_bytes: int) -> None:
    with pytest.raises(UsageError, match="block size"):
        batch.check_block_bytes(SPEC, block_bytes)


def test_bad_streams_become_errors_that_name_block_and_files(fake_device: Device) -> None:
    data, _ = write({"a": text(1000)}, fake_device)
    archive = read(damage(data, read(data, fake_device), 0), fake_device)
    contents = batch.read_contents(archive, archive.entries, fake_device)
    with pytest.raises(CorruptBlockError, match=r"test\.kmp: block 0: .*\(in a\)"):
        list(contents.chunks(archive.entries[0]))


def test_an_archive_of_a_later_model_is_refused_before_anything_is_written(
    fake_device: Device, tmp_path: Path
) -> None:
    data = text(1000)
    header = BlockHeader.modelled(999, 10, data, 500)
    forged = io.BytesIO(forge_block(header, bytes(500)))
    archive = batch.open_archive(forged, "later.kmp", fake_device)
    with pytest.raises(UnsupportedError, match=r"later\.kmp: needs model spec 999"):
        batch.restore(archive, archive.entries, tmp_path / "out", fake_device)
    assert not (tmp_path / "out").exists()


def test_a_tree_comes_back_and_is_smaller(fake_device: Device) -> None:
    files = {f"{n}": text(60_000, seed=n) + text(30_000, seed=99) for n in range(8)}
    files["noise"] = random_bytes(100_000)
    files["zeros"] = bytes(200_000)
    grown, _ = write(files, fake_device, block_bytes=16 * KIB, grows=True)
    alone, _ = write(files, fake_device, block_bytes=16 * KIB)
    assert len(grown) < len(alone)
    archive = read(grown, fake_device)
    headers = [record.header for record in archive.blocks]
    root, *others = [header for header in headers if header.codec == Codec.CM]
    assert root.parent == Parent.none()
    assert {header.parent.kind for header in others} == {ParentKind.BLOCKS}
    contents = batch.read_contents(archive, archive.entries, fake_device)
    back = {entry.name.decode(): b"".join(contents.chunks(entry)) for entry in contents.order}
    assert back == files


def test_reading_one_file_of_a_tree_decodes_its_own_blocks_and_what_they_start_from(
    fake_device: Device,
) -> None:
    files = {f"{n:03}": text(16 * KIB, seed=n) for n in range(100)}
    data, _ = write(files, fake_device, block_bytes=16 * KIB, grows=True)
    archive = read(data, fake_device)
    entry = archive.entries[50]
    contents = batch.read_contents(archive, [entry], fake_device)
    assert b"".join(contents.chunks(entry)) == files["050"]
    before = batch.read_contents(archive, [], fake_device)
    assert before.blocks_decoded == 0
    needed = {entry.extents[0].block}
    parent = archive.blocks[entry.extents[0].block].header.parent
    while parent.kind == ParentKind.BLOCKS:
        needed.update(parent.blocks)
        parent = archive.blocks[parent.first].header.parent
    assert contents.blocks_decoded == len(needed) < 60
    assert archive.bytes_read < len(data) * 2 // 3


@pytest.mark.parametrize(
    "numbers", [[5], [3, 4, 0], [0, 1, 2, 3, 4, 5, 6], [4, 0, 5, 0, 1], [6, 5, 4, 3, 2, 1, 0]]
)
def test_blocks_of_a_tree_are_decoded_in_any_order_and_those_they_start_from_once(
    fake_device: Device, numbers: list[int]
) -> None:
    data, _ = write({"a": text(16 * 7 * KIB)}, fake_device, block_bytes=16 * KIB, grows=True)
    archive = read(data, fake_device)
    assert len(archive.blocks) == 7
    decoder = BlockDecoder(archive, fake_device.backend, NoModels())
    blocks = list(decoder.decode(numbers))
    assert [block.number for block in blocks] == numbers
    assert all(block.error is None for block in blocks)
    assert decoder.blocks_decoded == len(set(numbers) | archive.started_from)


def test_a_damaged_root_hurts_all_that_start_from_it_and_is_named(fake_device: Device) -> None:
    data, _ = write({"a": text(16 * 7 * KIB), "b": random_bytes(90_000)}, fake_device, 16 * KIB, grows=True)
    archive = read(data, fake_device)
    archive = read(damage(data, archive, 0), fake_device)
    verified = batch.verify(archive, fake_device)
    assert sorted(verified.file_errors) == [b"a", b"b"]
    reasons = [str(error) for error in verified.block_errors]
    assert "block 0" in reasons[0]
    assert all("it starts from block 0, which is damaged" in reason for reason in reasons[1:])
    assert len(reasons) == sum(record.header.codec == Codec.CM for record in archive.blocks)


def test_a_damaged_leaf_hurts_nothing_else(fake_device: Device) -> None:
    data, _ = write({f"{n}": text(16 * KIB, seed=n) for n in range(7)}, fake_device, 16 * KIB, grows=True)
    archive = read(data, fake_device)
    archive = read(damage(data, archive, len(archive.blocks) - 1), fake_device)
    assert len(batch.verify(archive, fake_device).file_errors) == 1


def test_an_archive_that_needs_an_unknown_model_is_refused_by_its_id_before_anything_is_written(
    fake_device: Device, tmp_path: Path
) -> None:
    model_id = bytes(range(16))
    archive = read(forge_tree(Parent.of_model(model_id, 16)), fake_device)
    for refused in (
        lambda: batch.verify(archive, fake_device),
        lambda: batch.restore(archive, archive.entries, tmp_path / "out", fake_device),
    ):
        with pytest.raises(UnknownModelError, match=f"needs model {model_id.hex()}.*models import"):
            refused()
    assert not (tmp_path / "out").exists()


def test_models_are_named_in_block_headers_and_embedded_where_wanted(fake_device: Device) -> None:
    recipe = Recipe.of("mine", "", [text_array(9_000, 1), text_array(3_000, 2)])
    files = {"a": text(50_000, 3)}
    alone, _ = write(files, fake_device, models=Library(recipe))
    archive = read(alone, fake_device)
    assert {record.header.parent.model_id for record in archive.blocks} == {recipe.model_id}
    with pytest.raises(UnknownModelError):
        batch.verify(archive, fake_device)
    embedded, _ = write(files, fake_device, models=Library(recipe, embeds=True))
    archive = read(embedded, fake_device)
    assert [record.header.codec for record in archive.blocks].count(Codec.MODEL) == 1
    assert len(embedded) - len(alone) < len(recipe.encode()) + 400
    contents = batch.read_contents(archive, archive.entries, fake_device)
    assert [b"".join(contents.chunks(entry)) for entry in contents.order] == [files["a"]]


def test_an_embedded_model_that_is_not_what_its_id_says_is_refused(fake_device: Device) -> None:
    recipe = Recipe.of("mine", "", [text_array(9_000, 1), text_array(3_000, 2)])
    other = Recipe.of("other", "", [text_array(9_000, 3), text_array(3_000, 2)])
    false = dataclasses.replace(other, model_id=recipe.model_id)
    with pytest.raises(ModelError, match="not those of its id"):
        _ = Recipe.decode(false.encode(), "x").texts
