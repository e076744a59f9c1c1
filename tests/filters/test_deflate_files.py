"""Files of many formats: what is expanded, what is left as it is, and that all comes back."""

import gzip
import io
import random
import shutil
import subprocess
import zipfile
import zlib

import numpy as np
import pytest

from kompakt.filters.deflate import expand, restore
from kompakt.filters.deflate.layout import Around, LayoutReader, Record
from tests.filters.deflate_streams import MIXED, array, classic_zlib
from tests.inputs import random_bytes, text


def round_trip(data: bytes) -> tuple[list[Record], bytes]:
    """Return the records and the content of `data`, empty if nothing was expanded; check the way back."""
    expanded = expand(array(data))
    if expanded is None:
        return [], b""
    back = restore(expanded.layout, expanded.content, len(data))
    assert back.tobytes() == data
    reader = LayoutReader(expanded.layout, len(data))
    records = []
    while not reader.at_end():
        records.append(reader.read())
    return records, expanded.content.tobytes()


class Pipe:
    """What can only be written to."""

    def __init__(self, out: io.BytesIO) -> None:
        self.write = out.write
        self.flush = out.flush


def zip_file(files: dict[str, bytes], streaming: bool = False) -> bytes:
    """Return a ZIP; with lengths behind the streams if it is written to what cannot seek."""
    out = io.BytesIO()
    with zipfile.ZipFile(Pipe(out) if streaming else out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a PNG chunk."""
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def png_file(pixels: bytes, chunk_bytes: int, level: int = 6, strategy: int = zlib.Z_FILTERED) -> bytes:
    """Return a PNG whose rows are `pixels` as they are, in chunks of `chunk_bytes`."""
    maker = zlib.compressobj(level, zlib.DEFLATED, 15, 8, strategy)
    stream = maker.compress(pixels) + maker.flush()
    chunks = [chunk(b"IDAT", stream[at : at + chunk_bytes]) for at in range(0, len(stream), chunk_bytes)]
    header = chunk(b"IHDR", bytes([0, 0, 1, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def pdf_file(streams: list[bytes]) -> bytes:
    """Return what looks like a PDF."""
    objects = []
    for number, raw in enumerate(streams, 1):
        packed = zlib.compress(raw, 9)
        dictionary = b"<< /Length %d /Filter /FlateDecode >>" % len(packed)
        objects.append(b"%d 0 obj\n%s\nstream\r\n%s\r\nendstream\nendobj\n" % (number, dictionary, packed))
    return b"%PDF-1.7\n" + b"".join(objects) + b"trailer\n%%EOF\n"


GRADIENT = bytes((x * 3 + y) & 255 for y in range(120) for x in range(300))


@classic_zlib
@pytest.mark.parametrize("level", (1, 6, 9))
def test_gzip(level):
    data = gzip.compress(MIXED, level, mtime=0)
    records, content = round_trip(data)
    assert content == data[:10] + MIXED
    assert [(record.around, record.settings.level, record.notes) for record in records] == [
        (Around.GZIP, level, b"")
    ]


@pytest.mark.skipif(not shutil.which("gzip"), reason="there is no gzip program")
@pytest.mark.parametrize("level", (1, 6, 9))
def test_the_gzip_program(level):
    raw = MIXED + random_bytes(40_000) + MIXED
    data = subprocess.run(["gzip", "-c", f"-{level}"], input=raw, capture_output=True, check=True).stdout
    records, content = round_trip(data)
    assert raw in content
    assert len(records[0].notes) < 60  # gzip also ends a block early where that seems to pay


@classic_zlib
def test_gzip_with_all_fields_in_its_header():
    maker = zlib.compressobj(6, zlib.DEFLATED, -15)
    raw = text(5000)
    header = b"\x1f\x8b\x08\x1e" + bytes(6) + b"\x04\x00extr" + b"name\0" + b"a comment\0" + b"\x12\x34"
    tail = zlib.crc32(raw).to_bytes(4, "little") + len(raw).to_bytes(4, "little")
    records, content = round_trip(header + maker.compress(raw) + maker.flush() + tail)
    assert content == header + raw
    assert records[0].around == Around.GZIP


@classic_zlib
@pytest.mark.parametrize("streaming", (False, True))
def test_zip(streaming):
    files = {"a.txt": text(20_000), "b/noise.bin": random_bytes(3000), "c.bin": MIXED, "tiny": b"k"}
    records, content = round_trip(zip_file(files, streaming))
    assert files["a.txt"] in content
    assert MIXED in content
    assert {record.around for record in records} == {Around.DESCRIPTOR if streaming else Around.NOTHING}


@classic_zlib
@pytest.mark.parametrize("chunk_bytes", (1, 100, 8192, 1 << 20))
def test_png_has_one_stream_in_all_its_chunks(chunk_bytes):
    pixels = GRADIENT if chunk_bytes < 100 else MIXED
    records, content = round_trip(png_file(pixels, chunk_bytes))
    assert pixels in content
    assert len(content) == len(pixels) + 8 + 25 + 12
    assert [record.around for record in records] == [Around.CHUNKS]


def test_png_with_a_wrong_crc_or_an_unfinished_stream_comes_back():
    data = bytearray(png_file(MIXED, 4000))
    for at in (8 + 25 + 8 + 4000, 8 + 25 + 9, len(data) - 20):
        damaged = data.copy()
        damaged[at] ^= 1
        round_trip(bytes(damaged))


@classic_zlib
def test_pdf():
    streams = [text(3000, seed) for seed in range(5)]
    records, content = round_trip(pdf_file(streams))
    assert len(records) == 5
    assert all(raw in content for raw in streams)


@classic_zlib
def test_files_in_a_row_are_all_expanded():
    parts = [
        gzip.compress(text(4000), mtime=0),
        png_file(GRADIENT, 500),
        random_bytes(2000),
        zlib.compress(MIXED, 1),
    ]
    records, _ = round_trip(b"".join(parts))
    assert [record.around for record in records] == [Around.GZIP, Around.CHUNKS, Around.ADLER32]


def test_what_holds_no_stream_is_left_as_it_is():
    for data in (
        b"",
        b"k",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        text(50_000),
        random_bytes(50_000),
        bytes(50_000),
    ):
        assert expand(array(data)) is None
    assert expand(array(zlib.compress(b"too short to be worth it"))) is None


def test_a_stream_of_another_program_is_left_as_it_is():
    rng = random.Random(1)
    data = text(20_000)
    maker = zlib.compressobj(6, zlib.DEFLATED, -15)
    stream = b""
    at = 0
    while at < len(data):
        step = rng.randrange(5, 40)
        stream += maker.compress(data[at : at + step]) + maker.flush(zlib.Z_SYNC_FLUSH)
        at += step
    stream += maker.flush()
    assert expand(array(b"\x78\x9c" + stream + zlib.adler32(data).to_bytes(4, "big"))) is None


@pytest.mark.parametrize("share", (0.01, 0.5, 0.9, 0.999))
def test_truncated_files_come_back(share):
    for data in (gzip.compress(MIXED), png_file(MIXED, 1000), zip_file({"a": MIXED}), pdf_file([MIXED])):
        round_trip(data[: int(len(data) * share)])


def test_damaged_files_come_back():
    rng = random.Random(5)
    short = text(3000)
    for data in (
        gzip.compress(short),
        png_file(short, 300),
        zip_file({"a": short}, True),
        pdf_file([short] * 2),
    ):
        for _ in range(40):
            damaged = bytearray(data)
            damaged[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            round_trip(bytes(damaged))


def test_the_content_does_not_grow_beyond_the_limit():
    data = zlib.compress(bytes(100_000)) + zlib.compress(text(10_000))
    expanded = expand(array(data), max_content_bytes=30_000)
    assert expanded is not None
    assert expanded.content.size < 30_000
    assert restore(expanded.layout, expanded.content, len(data)).tobytes() == data


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "pattern",
    (b"\x78\x01\0\0\0\xff\xff", b"\x78\x01\0\x07\0\xf8\xff", b"\x78\x01\x02\x08\x20\x80\0", b"\x78\x9c"),
)
def test_what_only_looks_like_streams_does_not_take_long(pattern):
    assert expand(array(pattern * 200_000)) is None


def test_the_input_is_not_changed():
    data = array(gzip.compress(MIXED)).copy()
    before = data.tobytes()
    expand(data)
    assert data.tobytes() == before


def test_the_content_is_an_array_of_bytes():
    expanded = expand(array(gzip.compress(MIXED)))
    assert expanded is not None
    assert expanded.content.dtype == np.uint8
