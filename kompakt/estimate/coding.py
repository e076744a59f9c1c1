"""Codes stretches of a batch as packing would code all of it, and tells what became of each stretch."""

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kompakt.archive.entry import Entry
from kompakt.archive.entry import Kind as EntryKind
from kompakt.archive.layout import Filter
from kompakt.archive.reader import ArchiveReader
from kompakt.batch import open_archive, write_archive
from kompakt.contents import Content, Group
from kompakt.device import Device
from kompakt.estimate.strata import Slice, Stratum
from kompakt.look import look_at
from kompakt.model.spec import Spec
from kompakt.models.library import Library
from kompakt.models.none import NoModels
from kompakt.plan import LARGE_BYTES
from kompakt.scan import Source
from kompakt.tree import block_bytes_of


@dataclass(frozen=True, slots=True)
class Coded:
    """What became of a sample: (raw, coded bytes) of each stretch of each stratum, and seconds of the CPU."""

    stretches: list[list[tuple[int, int]]]
    cpu_s: float

    def raw_bytes(self, stratum: int) -> int:
        """Return the bytes of all stretches of a stratum."""
        return sum(raw for raw, _ in self.stretches[stratum])

    def coded_bytes(self, stratum: int) -> int:
        """Return the bytes that they were coded in."""
        return sum(coded for _, coded in self.stretches[stratum])


def coded(
    strata: Sequence[Stratum],
    sources: Sequence[Source],
    spec: Spec,
    device: Device,
    models: Library | NoModels,
    every: int = 1,
) -> Coded:
    """Code every so many'th stretch of each stratum, and at least one, as one batch.

    What cannot be read any more is left out.
    """
    batch_bytes = sum(stratum.sampled_bytes for stratum in strata)
    groups: dict[tuple, Group] = {}
    entries: list[Entry] = []
    contents: list[Content] = []
    places: list[tuple[int, int]] = []  # of each entry: stratum, and stretch among those coded
    shape = []
    for at, stratum in enumerate(strata):
        chosen = stratum.stretches[::every]
        shape.append(len(chosen))
        for number, stretch in enumerate(chosen):
            for part, data in _read(sources, stretch):
                look = look_at(memoryview(data), spec, device.notice)
                own = part.number if sources[part.number].entry.size >= LARGE_BYTES else -1
                cut_at = block_bytes_of(spec.level, stratum.sampled_bytes, batch_bytes)
                group = groups.setdefault((at, look.spec, own), Group(len(groups), cut_at, look.spec))
                is_whole = part.length == sources[part.number].entry.size
                applied = look.filter if is_whole or look.filter == Filter.X86 else Filter.NONE
                entries.append(Entry(b"%d" % len(entries), EntryKind.FILE, 0o644, 0, len(data)))
                contents.append(_content(len(contents), data, group, applied))
                places.append((at, number))
    contents.sort(key=lambda content: content.group.number)
    began = time.process_time()
    file = io.BytesIO()
    write_archive(file, "sample", entries, contents, spec=spec, device=device, models=models)
    cpu_s = time.process_time() - began
    sums = [np.zeros((count, 2)) for count in shape]
    archive = open_archive(file, "sample", device)
    for entry in archive.entries:
        stratum, stretch = places[int(entry.name)]
        sums[stratum][stretch] += entry.size, _share(archive, entry)
    stretches = [[(int(raw), round(bytes_)) for raw, bytes_ in rows if raw] for rows in sums]
    return Coded(stretches, cpu_s)


def _content(number: int, data: bytes, group: Group, applied: Filter) -> Content:
    return Content(number, lambda: io.BytesIO(data), group, len(data), False, applied)


def _read(sources: Sequence[Source], stretch: Sequence[Slice]) -> Iterator[tuple[Slice, bytes]]:
    for part in stretch:
        try:
            with open(sources[part.number].path, "rb", buffering=0) as file:
                file.seek(part.offset)
                data = file.read(part.length)
        except OSError:
            continue
        if data:
            yield part, data


def _share(archive: ArchiveReader, entry: Entry) -> float:
    """Return how many bytes of the streams are those of an entry."""
    headers = ((archive.blocks[extent.block].header, extent.length) for extent in entry.extents)
    return sum(header.coded_bytes * length / header.raw_bytes for header, length in headers)
