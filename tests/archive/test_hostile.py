"""Archives that lie are refused when they are opened, at once and by name."""

import contextlib
import random
import time
import tracemalloc

import pytest

from kompakt.archive.index import Index, encode_index
from kompakt.archive.names import check_links, check_names
from kompakt.errors import ArchiveError, CorruptArchiveError, UnsafeNameError
from tests.archive.hostile import (
    CONTENT,
    HOSTILE,
    HOSTILE_LINKS,
    damage,
    forge,
    forge_columns,
    forge_entries,
    forge_hostile,
    forge_link_bomb,
    forge_overlap_bomb,
)
from tests.archive.samples import folder, mixed_sample, open_archive, raw_block, symlink


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_archive_is_refused(what):
    data, error = forge_hostile(what)
    started = time.perf_counter()
    with pytest.raises(error) as caught:
        open_archive(data)
    assert type(caught.value) is error
    assert str(caught.value).startswith("test.kmp: ")
    assert str(caught.value).isprintable()
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("what", [what for what in HOSTILE if "2**" in what])
def test_declared_sizes_take_no_memory(what):
    data, error = forge_hostile(what)
    tracemalloc.start()
    try:
        with pytest.raises(error):
            open_archive(data)
        assert tracemalloc.get_traced_memory()[1] < (200 << 20)
    finally:
        tracemalloc.stop()


def test_forged_archive_with_nothing_replaced_is_fine():
    reader = open_archive(forge_columns({}))
    assert [entry.name for entry in reader.entries] == [b"name"]
    assert raw_block(reader, 0) == CONTENT


def test_random_columns_with_right_checksums_give_typed_errors():
    sample = mixed_sample()
    columns, hashes = encode_index(
        Index([header for header, _ in sample.blocks], sample.entries, sample.info)
    )
    source = random.Random(7)
    opened = 0
    for _ in range(5000):
        damaged = damage(columns, source)
        started = time.perf_counter()
        with contextlib.suppress(ArchiveError):
            entries = open_archive(forge(damaged, hashes, sample.blocks)).entries
            check_names(entries, "test.kmp")
            opened += 1
        assert time.perf_counter() - started < 2
    assert opened < 2500


def test_files_that_all_claim_everything_are_refused():
    with pytest.raises(CorruptArchiveError, match="more pieces"):
        open_archive(forge_overlap_bomb())


@pytest.mark.parametrize("what", HOSTILE_LINKS)
def test_link_that_leads_out_is_found(what):
    entries = open_archive(forge_entries(*HOSTILE_LINKS[what], blocks=[])).entries
    with pytest.raises(UnsafeNameError, match="outside"):
        check_links(entries, "test.kmp")


def test_links_that_stay_inside_are_fine():
    links = [
        symlink(b"a", b"missing"),
        symlink(b"d/b", b"../a"),
        symlink(b"d/c", b"../d/./b"),
        symlink(b"loop", b"loop"),
        symlink(b"top", b"d/.."),
        symlink(b"d/root", b".."),
        symlink(b"d/via", b"root/a"),
    ]
    check_links([folder(b"d"), *links], "test.kmp")


def test_links_that_lead_on_without_end_cost_bounded_time():
    started = time.perf_counter()
    with pytest.raises(UnsafeNameError, match="entangled"):
        check_links(forge_link_bomb(), "test.kmp")
    assert time.perf_counter() - started < 20
