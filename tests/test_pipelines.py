"""Archives whose blocks are coded by pipelines of classical codes."""

import io
import random

import numpy as np
import pytest

import kompakt
from kompakt import batch
from kompakt.archive.block_header import BlockHeader
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.layout import MAX_PIPELINE_BYTES, PIPELINES_FLAG, Codec
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.writer import ArchiveWriter
from kompakt.classic.choice import COSTS, Best, chosen_codec
from kompakt.classic.pipeline import parse_pipeline
from kompakt.classic.stages import STAGES
from kompakt.contents import Content, Group
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.device import Device
from kompakt.errors import CorruptBlockError, UsageError
from kompakt.jobs import EncodeJob, PipelineJob
from kompakt.model.spec import spec_for_level
from tests.archive.samples import content_hash, deflate, store
from tests.inputs import BLOCK_BYTES, CONTENTS, random_bytes, text
from tests.test_damage import damaged

NAMES = [stage.name for stage in STAGES if stage.name != "cm"]
PIPELINES = [*NAMES, "lz77+huffman", "bwt+mtf+rans", "dict16+order1", "auto"]


@pytest.mark.parametrize("codec", PIPELINES)
def test_every_codec_gives_all_inputs_back(codec: str) -> None:
    for data in CONTENTS.values():
        packed = kompakt.compress(data, codec=codec, block_bytes=BLOCK_BYTES)
        assert kompakt.decompress(packed) == data


@pytest.mark.timeout(600)
def test_context_mixing_is_a_stage_too() -> None:
    data = text(30_000) + random_bytes(3_000)
    for codec in ("dict16+cm", "cm+rans"):
        packed = kompakt.compress(data, 5, codec=codec, block_bytes=10_000)
        assert kompakt.decompress(packed) == data
    assert len(packed) < len(kompakt.compress(data, codec="order2", block_bytes=10_000))


def test_the_archive_is_the_same_with_any_number_of_threads() -> None:
    data = text(300_000)
    one, four = (kompakt.compress(data, codec="auto", block_bytes=20_000, threads=n) for n in (1, 4))
    assert one == four
    assert kompakt.decompress(one, threads=3) == data


def test_results_come_in_order_and_memory_is_waited_for() -> None:
    blocks = [np.frombuffer(text(size, size), np.uint8) for size in (90_000, 10, 50_000, 1, 20_000)]
    backend = PipelineBackend(4, chosen_codec("lz77+rans", 1), memory_bytes=1)
    coded = list(backend.encode(EncodeJob(n, data, spec_for_level(1)) for n, data in enumerate(blocks)))
    assert [result.number for result in coded] == [0, 1, 2, 3, 4]
    jobs = [PipelineJob(r.number, r.stream, r.stages, len(blocks[r.number])) for r in coded]
    assert [r.data.tobytes() for r in backend.decode(jobs)] == [data.tobytes() for data in blocks]


@pytest.mark.parametrize("size", [50_000, 300_000])
def test_auto_takes_the_best_of_its_budget_for_each_block(size: int) -> None:
    data = np.frombuffer(text(size), np.uint8)
    sizes = {name: parse_pipeline(name).encode(data).size for name in COSTS}
    for budget in (2, 40, 100, 300):
        pipeline, stream = Best(budget).encode(data)
        assert COSTS[pipeline.name] <= budget
        assert stream.size == min(size for name, size in sizes.items() if COSTS[name] <= budget)


def test_the_sample_of_auto_costs_no_more_than_its_share() -> None:
    data = np.zeros(1 << 24, np.uint8)
    for budget in (2, 36, 100, 500, 4000):
        best = Best(budget)
        assert sum(best.candidates.values()) * best.sample(data).size <= data.size * budget / 2


@pytest.mark.parametrize(
    "arguments",
    [
        {"codec": "zip"},
        {"codec": ""},
        {"codec": "lz77+"},
        {"codec": "lz77+lz77+lz77+lz77+rans"},
        {"codec": "lz77", "budget": 5},
        {"codec": "auto", "budget": 1},
        {"codec": "rans", "model": "text"},
        {"codec": "rans", "block_bytes": MAX_PIPELINE_BYTES + 1},
    ],
)
def test_senseless_codecs_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        kompakt.compress(b"data", **arguments)


def test_a_damaged_block_is_named_and_the_others_are_read() -> None:
    packed = bytearray(write("lz77+huffman"))
    with io.BytesIO(bytes(packed)) as file:
        reader = batch.open_archive(file, "x.kmp", Device("cpu"))
        place = reader.blocks[1].offset + 40
    packed[place] ^= 4
    archive = batch.open_archive(io.BytesIO(bytes(packed)), "x.kmp", Device("cpu"))
    verified = batch.verify(archive, Device("cpu"))
    assert [error.block for error in verified.block_errors] == [1]
    assert set(verified.file_errors) == {b"b"}


@pytest.mark.parametrize("codec", ["lz77+huffman", "bwt+mtf+rans", "dict16", "auto"])
def test_damage_gives_the_right_bytes_or_a_typed_error(codec: str) -> None:
    packed, source = write(codec), random.Random(7)
    device, found = Device("cpu", 2), 0
    for _ in range(300):
        try:
            archive = batch.open_archive(io.BytesIO(damaged(packed, source)), "x.kmp", device)
            contents = batch.read_contents(archive, archive.entries, device)
        except kompakt.ArchiveError:
            found += 1
            continue
        for entry in contents.order:
            try:
                assert b"".join(contents.chunks(entry)) == FILES[entry.name]
            except kompakt.ArchiveError:
                found += 1
    assert found > 250


def test_streams_of_unknown_stages_are_a_damaged_block() -> None:
    data = text(1000)
    header = BlockHeader.piped(b"\xc8", data, 10)
    file = io.BytesIO(archive_of([(header, bytes(10))], [data]))
    with (
        kompakt.Archive(file, "x.kmp") as opened,
        pytest.raises(CorruptBlockError, match="stage 200 is not known"),
    ):
        opened.read("file0")


def test_blocks_of_all_codecs_mix(fake_device: Device) -> None:
    """Each block is decoded by its own codec, and they come in their order."""
    datas = [text(3000, seed) for seed in range(12)]
    blocks = []
    for number, data in enumerate(datas):
        pipeline = parse_pipeline(("rans", "lz77+huffman")[number % 2])
        stream = pipeline.encode(np.frombuffer(data, np.uint8)).tobytes()
        piped = BlockHeader.piped(pipeline.ids, data, len(stream)), stream
        blocks.append((piped, deflate(data), store(data), piped, deflate(data))[number % 5])
    data = archive_of(blocks, datas)
    archive = batch.open_archive(io.BytesIO(data), "x.kmp", fake_device)
    contents = batch.read_contents(archive, archive.entries, fake_device)
    assert [b"".join(contents.chunks(entry)) for entry in contents.order] == datas


FILES = {b"a": text(9_000), b"b": text(7_000, 1), b"c": random_bytes(3_000), b"d": b"", b"e": bytes(80_000)}


def write(codec: str) -> bytes:
    """Return an archive of FILES, each in a group of its own."""
    output = io.BytesIO()
    batch.write_archive(
        output,
        "x.kmp",
        [Entry(name, Kind.FILE, 0o644, 0, len(data)) for name, data in FILES.items()],
        [Content(n, lambda d=data: io.BytesIO(d), Group(n, 8192)) for n, data in enumerate(FILES.values())],
        spec=spec_for_level(1),
        device=Device("cpu", 2),
        codec=chosen_codec(codec, 1),
    )
    return output.getvalue()


def archive_of(blocks: list[tuple[BlockHeader, bytes]], datas: list[bytes]) -> bytes:
    """Return an archive of these blocks, each of which is a file."""
    output = io.BytesIO()
    writer = ArchiveWriter(output, index_codec=store, name="x.kmp", has_pipelines=True)
    for header, stream in blocks:
        writer.add_block(header, stream)
    entries = []
    for number, data in enumerate(datas):
        extents = [Extent(number, 0, len(data))]
        entries.append(Entry(b"file%d" % number, Kind.FILE, 0o644, 0, len(data), content_hash(data), extents))
    writer.finish(entries, {})
    return output.getvalue()


def test_the_flag_is_set_where_pipelines_are() -> None:
    reader = ArchiveReader(
        io.BytesIO(archive_of([], [])), "x.kmp", decode_index=lambda header, stream: stream
    )
    assert reader.blocks == []
    assert int.from_bytes(write("rans")[10:14], "little") == PIPELINES_FLAG
    assert int.from_bytes(kompakt.compress(b"abc" * 100, codec="rans")[10:14], "little") == PIPELINES_FLAG
    assert Codec.PIPELINE == 4
