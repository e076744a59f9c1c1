"""One pass of null_backend.py, in a process of its own: packs a folder with a backend that codes nothing.

python benchmarks/null_pass.py FOLDER WARM_UP_FOLDER THREADS LEVEL [parts]

Uses of `kompakt` only what versions have in common, so that another checkout can be measured. With `parts`,
the time of each part of the work is told, summed over threads; that costs some time itself.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from kompakt.batch import file_contents, write_archive
from kompakt.jobs import EncodeJob, EncodeResult
from kompakt.model.spec import spec_for_level
from kompakt.models.library import Library
from kompakt.scan import scan

MOST_RATIO = 60_000  # of a stream that a reader would accept

FUNCTIONS = (  # part, where its function is looked up
    ("scan", "__main__:scan"),
    ("compare equal files", "kompakt.batch:equal_files"),
    ("look", "kompakt.plan:first_look_at_file"),
    ("look for geometries", "kompakt.look:likely_geometries"),
    ("try arrays", "kompakt.look:best_spec"),
    ("plan, wait for looks", "kompakt.batch:plan"),
    ("read", "kompakt.reading:read_full"),
    ("filter", "kompakt.filters:apply"),
    ("wait for readers", "kompakt.ahead:_Lane.take"),
    ("test for randomness", "kompakt.pack:looks_random"),
    ("checksums", "kompakt.pack:block_checksum"),
    ("checksums", "kompakt.archive.block_header:block_checksum"),
    ("write", "kompakt.archive.writer:ArchiveWriter.add_block"),
    ("index", "kompakt.archive.writer:ArchiveWriter.finish"),
)
GENERATORS = (
    ("hash files", "kompakt.reading:_Reader.parts"),
    ("filter", "kompakt.filters:split"),
    ("filter", "kompakt.filters.x86:to_places"),
    ("split at runs", "kompakt.reading:split_runs"),
    ("cut into chunks", "kompakt.dedup.chunking:Chunker.feed"),
    ("cut into chunks", "kompakt.dedup.chunking:Chunker.end"),
    ("hash chunks", "kompakt.dedup.repeats:Cutter._digested"),
    ("find chunks", "kompakt.dedup.repeats:RepeatFinder.find"),
    ("copy into pieces", "kompakt.pack:Packer._add_data"),
    ("plan trees", "kompakt.tree:TreePlanner.blocks"),
)


class NullBackend:
    """Returns a few zeros for every block, at once."""

    name = "null"
    bytes_underway = 0

    def encode(self, jobs: Iterable[EncodeJob]) -> Iterator[EncodeResult]:
        """Yield a stream that says nothing for each job."""
        for job in jobs:
            yield EncodeResult(job.number, 18, np.zeros(len(job.data) // MOST_RATIO + 1, np.uint8))


class NullDevice:
    """What batch.py asks a device for."""

    name = "null"
    bytes_underway = 0
    notice = staticmethod(lambda text: None)

    def __init__(self, threads: int):
        self.threads = threads

    def backend(self, blocks: int | None = None) -> NullBackend:
        """Return the backend."""
        return NullBackend()

    index_backend = backend


def pack(folder: Path, threads: int, level: int) -> dict[str, float]:
    """Pack `folder` to a temporary file; return bytes and seconds."""
    spec = spec_for_level(level)
    times = [(time.perf_counter(), os.times())]
    sources = scan([folder]).sources
    contents = file_contents(sources, spec, threads=threads)
    times.append((time.perf_counter(), os.times()))
    entries = [source.entry for source in sources]
    with tempfile.TemporaryFile(dir=folder.parent) as file:
        device = NullDevice(threads)
        written = write_archive(file, "null", entries, contents, spec=spec, device=device, models=Library())
    times.append((time.perf_counter(), os.times()))
    result: dict[str, float] = {"bytes": written.bytes_in, "files": written.files}
    for name, (wall, cpu), (wall_end, cpu_end) in zip(("plan", "pack"), times[:-1], times[1:], strict=True):
        result[f"{name}_s"] = wall_end - wall
        result[f"{name}_cpu_s"] = cpu_end.user + cpu_end.system - cpu.user - cpu.system
    return result


def main() -> None:
    """Compile with a small folder, then measure."""
    folder, warm_up, threads, level, *parts = sys.argv[1:]
    pack(Path(warm_up), int(threads), int(level))
    timed = nullcontext()
    if parts:
        from benchmarks.gpu.parts import timed_parts
        from benchmarks.gpu.timers import Timers

        timers = Timers()
        timed = timed_parts(timers, FUNCTIONS, GENERATORS)
    with timed:
        result = pack(Path(folder), int(threads), int(level))
    if parts:
        result["parts"] = dict(timers.seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
