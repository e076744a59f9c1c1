"""Samples: evenly from all over each kind, small files as a whole, copies left out."""

import itertools
from pathlib import Path

from kompakt.estimate.repeats import repeated_bytes
from kompakt.estimate.strata import STRETCH_BYTES, Slice, equal_bytes, strata_of
from kompakt.kinds import Kind
from kompakt.model.spec import spec_for_level
from kompakt.scan import scan
from tests.inputs import random_bytes, text

SPEC = spec_for_level(3)


def written(folder: Path, files: dict[str, bytes]):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return scan([folder]).sources


def strata(sources, sample_bytes: int):
    return strata_of(sources, SPEC, equal_bytes(sources), sample_bytes, threads=2)


def test_a_small_batch_is_sampled_as_a_whole(tmp_path: Path) -> None:
    sources = written(
        tmp_path, {"a": text(3000), "b": text(4000, 1), "empty": b"", "noise": random_bytes(5000)}
    )
    found = strata(sources, 1 << 20)
    assert [stratum.kind for stratum in found] == sorted(stratum.kind for stratum in found)
    assert sum(stratum.content_bytes for stratum in found) == 12_000
    for stratum in found:
        assert stratum.sampled_bytes == stratum.content_bytes
        parts = [part for stretch in stratum.stretches for part in stretch]
        assert parts == [Slice(number, 0, size) for number, size in stratum.whole if size]


def test_stretches_lie_all_over_a_large_file(tmp_path: Path) -> None:
    size = 40 * STRETCH_BYTES
    sources = written(tmp_path, {"noise": random_bytes(size)})
    (stratum,) = strata(sources, 8 * STRETCH_BYTES)
    assert stratum.kind == Kind.RANDOM
    assert len(stratum.stretches) == 8
    assert stratum.sampled_bytes == 8 * STRETCH_BYTES
    places = [stretch[0].offset for stretch in stratum.stretches]
    assert all(later - earlier == 5 * STRETCH_BYTES for earlier, later in itertools.pairwise(places))
    assert places[0] == size - places[-1] - STRETCH_BYTES


def test_small_files_are_taken_as_a_whole_and_once(tmp_path: Path) -> None:
    sources = written(tmp_path, {f"{n:03}": random_bytes(50_000, n) for n in range(200)})
    (stratum,) = strata(sources, 2 * STRETCH_BYTES)
    numbers = [part.number for stretch in stratum.stretches for part in stretch]
    assert len(set(numbers)) == len(numbers)
    assert abs(stratum.sampled_bytes - 2 * STRETCH_BYTES) <= 100_000
    assert all(part.length == 50_000 for stretch in stratum.stretches for part in stretch)


def test_copies_are_not_sampled(tmp_path: Path) -> None:
    sources = written(tmp_path, {"a": text(3000), "b": text(3000), "c": text(3000, 1)})
    assert len(equal_bytes(sources)) == 1
    assert sum(stratum.content_bytes for stratum in strata(sources, 1 << 20)) == 6000


def test_repeats_are_found_as_far_as_they_are_looked_for(tmp_path: Path) -> None:
    content = random_bytes(1 << 20)
    sources = written(tmp_path, {"a": content + content, "b": b"x" * 1000 + content})
    files = [(number, source.path.stat().st_size) for number, source in enumerate(sources)]
    files = [(number, size) for number, size in files if sources[number].path.is_file()]
    repeated, unsearched = repeated_bytes(sources, files)
    assert unsearched == 0
    assert all(0.75 * (1 << 20) < repeated[number] <= 1 << 20 for number, _ in files)
    repeated, unsearched = repeated_bytes(sources, files, files[0][1])
    assert (list(repeated), unsearched) == ([files[0][0]], files[1][1])
