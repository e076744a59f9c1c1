import gzip
import io
import zipfile
import zlib

import numpy as np
import pytest

import kompakt
from kompakt import filters
from kompakt.archive.layout import Filter
from tests.filters.test_x86 import calls
from tests.inputs import CONTENTS, random_bytes, text


def applied(wanted: Filter, data: bytes) -> tuple[Filter, bytes]:
    """Return the filter that was applied, and what came out."""
    found, parts = filters.apply(wanted, _parts(data))
    return found, b"".join(part.tobytes() for part in parts)


def undone(found: Filter, stored: bytes, size: int) -> bytes:
    return b"".join(part.tobytes() for part in filters.undo(found, _parts(stored), size))


def _parts(data: bytes):
    """Yield parts that go bad when the next one is asked for."""
    buffer = np.empty(1000, np.uint8)
    for start in range(0, len(data), 1000):
        part = np.frombuffer(data[start : start + 1000], np.uint8)
        buffer[: part.size] = part
        yield buffer[: part.size]
        buffer[:] = 0xAA


def a_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", text(20_000, number))
    return file.getvalue()


PACKED = {
    "gzip": gzip.compress(text(60_000), mtime=0),
    "zip": a_zip(),
    "zlib among other bytes": random_bytes(500) + zlib.compress(text(40_000), 9) + random_bytes(500),
}


@pytest.mark.parametrize("wanted", Filter)
@pytest.mark.parametrize("content", [*CONTENTS.values(), *PACKED.values(), calls(3000)])
def test_everything_comes_back_through_every_filter(wanted: Filter, content: bytes) -> None:
    found, stored = applied(wanted, content)
    assert found in (wanted, Filter.NONE)
    assert undone(found, stored, len(content)) == content


@pytest.mark.parametrize("content", PACKED.values(), ids=PACKED)
def test_what_is_packed_is_unpacked(content: bytes) -> None:
    found, stored = applied(Filter.DEFLATE, content)
    assert found == Filter.DEFLATE
    assert text(10_000) in stored


@pytest.mark.parametrize(
    "stored", [b"", b"\xff" * 20, b"\x05abc", b"\x00", b"\x01\x00" + bytes(100)], ids=str
)
def test_nonsense_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError):
        undone(Filter.DEFLATE, stored, 1000)


@pytest.mark.parametrize("content", [*PACKED.values(), calls(40_000)], ids=[*PACKED, "calls"])
def test_the_whole_way_there_and_back(content: bytes) -> None:
    archive = kompakt.compress(content, level=1)
    assert kompakt.decompress(archive) == content
    with kompakt.Archive(io.BytesIO(archive), "test") as opened:
        (entry,) = opened.entries
        wanted = Filter.X86 if content == calls(40_000) else Filter.DEFLATE
        assert entry.filter == wanted
        assert entry.size == len(content)
