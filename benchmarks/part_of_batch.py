"""Sizes of files as they would be in a much larger batch, whose blocks are cut otherwise than theirs alone.

    python -m benchmarks.part_of_batch FOLDER [--of 16GB] [--levels 3,5] [--only GLOB,GLOB] [--out FILE]

The planner is told that the batch has so many bytes; all else is as always, on one thread of the CPU. Each
file is charged its share of the blocks that it lies in. Run it with two commits to compare their plans.
Groups are those of the folder: a batch of many gigabytes has larger ones, and full windows.
"""

import argparse
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from unittest import mock

from benchmarks.arguments import names, size
from benchmarks.codecs import ROOT
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts
from kompakt import plan as planning
from kompakt.archive.entry import Kind
from kompakt.batch import file_contents, open_archive, verify, write_archive
from kompakt.device import Device
from kompakt.model.spec import spec_for_level
from kompakt.models.choice import chosen_models
from kompakt.scan import scan
from kompakt.tree import block_bytes_of, child_bits_of

ALL = "."
"""In place of a file: the archive. Its CPU seconds are those of packing all of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One file, or the archive, at one level. CPU seconds include compiling what was not compiled yet."""

    date: str
    commit: str
    cpu: str
    of_bytes: int
    level: int
    file: str
    bytes_in: int
    bytes_out: int
    cpu_s: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, check that all comes back, and print a line for each level."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.part_of_batch", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--of", type=size, default="16GB", help="bytes of the batch; default: %(default)s")
    parser.add_argument("--levels", type=names, default="3,5", help="default: %(default)s")
    parser.add_argument("--only", type=names, help="names below the folder; default: all")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/part-of-batch/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or ROOT / "benchmarks" / "results" / "part-of-batch" / facts.results_path.name
    sources = [
        source
        for source in scan([options.folder]).sources
        if source.entry.kind == Kind.FILE
        and any(fnmatch(str(source.path.relative_to(options.folder)), glob) for glob in options.only or ["*"])
    ]
    for level in map(int, options.levels):
        began = time.process_time()
        archive = _packed(sources, level, options.of)
        cpu_s = round(time.process_time() - began, 1)
        reader = open_archive(io.BytesIO(archive), "archive", Device("cpu", 1))
        verified = verify(reader, Device("cpu", 1))
        if verified.block_errors or verified.file_errors:
            raise SystemExit(f"level {level}: does not come back")
        headers = [record.header for record in reader.blocks]
        shared = facts.date, facts.commit, facts.cpu, options.of, level
        rows = []
        for entry in reader.entries:
            parts = ((headers[extent.block], extent.length) for extent in entry.extents)
            share = sum(header.coded_bytes * length / header.raw_bytes for header, length in parts)
            rows.append(Row(*shared, entry.name.decode(), entry.size, round(share), 0.0))
        bytes_in = sum(row.bytes_in for row in rows)
        append_rows(out, [*rows, Row(*shared, ALL, bytes_in, len(archive), cpu_s)])
        print(f"level {level}: {bytes_in:,} bytes in {len(archive):,}, {cpu_s} s of CPU")


def _packed(sources: Sequence, level: int, of_bytes: int) -> bytes:
    spec = spec_for_level(level)
    device = Device("cpu", 1)
    file = io.BytesIO()

    def as_of_batch(level: int, group_bytes: int | None, batch_bytes: int | None, *more: bool) -> int:
        return block_bytes_of(level, group_bytes, of_bytes, *more)

    def bits_as_of_batch(level: int, group_bytes: int, batch_bytes: int) -> int | None:
        return child_bits_of(level, group_bytes, of_bytes)

    with (
        mock.patch.object(planning, "block_bytes_of", as_of_batch),
        mock.patch.object(planning, "child_bits_of", bits_as_of_batch),
    ):
        contents = file_contents(sources, spec)
    entries = [source.entry for source in sources]
    models = chosen_models("auto")
    write_archive(file, "archive", entries, contents, spec=spec, device=device, models=models)
    return file.getvalue()


if __name__ == "__main__":
    main()
