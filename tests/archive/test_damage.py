"""Whatever happens to an archive, it gives the same content or raises a typed error, never wrong bytes.

Some streams end in bits that change nothing, so not every damage is an error.
"""

import random
import time

import pytest

from kompakt.errors import ArchiveError, NotAnArchiveError, TruncatedArchiveError
from tests.archive.samples import deflate, mixed_sample, open_archive, raw_block, store
from tests.inputs import random_bytes

_SECONDS_FOR_ONE = 2


def check_damaged(data, good):
    """Assert that `data` gives what `good` gives, or typed errors; return the type of one, or None."""
    started = time.perf_counter()
    try:
        reader = open_archive(data)
    except ArchiveError as error:
        assert str(error).startswith("test.kmp: ")
        assert "\n" not in str(error)
        return type(error)
    finally:
        assert time.perf_counter() - started < _SECONDS_FOR_ONE
    assert reader.entries == good.entries
    assert reader.info == good.info
    assert [record.header for record in reader.blocks] == [record.header for record in good.blocks]
    found = None
    for record in reader.blocks:
        try:
            raw = raw_block(reader, record.number)
        except ArchiveError as error:
            assert f"block {record.number}" in str(error)
            found = type(error)
        else:
            assert raw == raw_block(good, record.number)
    return found


def damage(data, source):
    """Return `data` after one accident."""
    start = source.randrange(len(data))
    end = min(len(data), start + source.choice([1, 2, 10, 100, 1000]))
    accident = source.randrange(8)
    if accident == 0:  # some bits flip
        damaged = bytearray(data)
        for _ in range(source.choice([1, 1, 2, 10])):
            damaged[source.randrange(len(data))] ^= 1 << source.randrange(8)
        return bytes(damaged)
    if accident == 1:
        return data[:start]
    if accident == 2:
        return data[:start] + data[end:]
    if accident == 3:
        return data[:start] + source.randbytes(end - start) + data[start:]
    if accident == 4:
        return data[:start] + source.randbytes(end - start) + data[end:]
    if accident == 5:
        return data[:start] + bytes(end - start) + data[end:]
    if accident == 6:  # a piece comes twice
        return data[:end] + data[start:]
    other = source.randrange(len(data))  # a piece is somewhere else too
    piece = data[other : other + end - start]
    return data[:start] + piece + data[start + len(piece) :]


@pytest.mark.parametrize("index_codec", [store, deflate])
def test_random_damage_is_found(index_codec):
    data = mixed_sample().archive(index_codec)
    good = open_archive(data)
    source = random.Random(20)
    errors = [
        check_damaged(damaged, good)
        for damaged in (damage(data, source) for _ in range(3000))
        if damaged != data
    ]
    assert len(errors) > 2500
    assert errors.count(None) < len(errors) // 50


def test_every_flipped_bit_outside_of_streams_is_found():
    data = mixed_sample().archive(deflate)
    good = open_archive(data)
    in_streams = set()
    for record in good.blocks:
        start = record.offset + len(record.header.encode())
        in_streams.update(range(start, start + record.header.coded_bytes))
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        found = check_damaged(bytes(damaged), good)
        assert found or bit // 8 in in_streams


def test_every_prefix_is_no_archive():
    data = mixed_sample().archive(deflate)
    for length in range(len(data)):
        with pytest.raises(TruncatedArchiveError if length else NotAnArchiveError):
            open_archive(data[:length])


@pytest.mark.parametrize("size", [1, 18, 46, 64, 1000])
def test_trailing_bytes_are_refused(size):
    with pytest.raises(TruncatedArchiveError, match="appended"):
        open_archive(mixed_sample().archive() + random_bytes(size))


def test_archive_behind_an_archive_is_refused():
    data = mixed_sample().archive()
    with pytest.raises(ArchiveError):
        open_archive(data + data)


def test_prefix_that_ends_in_an_archive_is_refused():
    inner = mixed_sample().archive()
    sample = mixed_sample()
    sample.blocks.append(store(inner))
    outer = sample.archive()
    with pytest.raises(ArchiveError):
        open_archive(outer[: outer.index(inner) + len(inner)])


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04" * 100, bytes(1000), random_bytes(1000)])
def test_other_files_are_no_archives(data):
    with pytest.raises(NotAnArchiveError):
        open_archive(data)
