"""A set of files packed and restored: in this process, with the time of each part, and by the command.

The parts are rows of split.csv, the speeds rows of throughput.csv. The set is as large as the time allows
at the speed that the stage before measured.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.gpu.data import Part, edited, sample, temporary_folder, write_set
from benchmarks.gpu.jobs import encode_jobs
from benchmarks.gpu.parts import timed_parts
from benchmarks.gpu.rows import MB, Speed
from benchmarks.gpu.session import MIB, Session
from benchmarks.gpu.timed_gpu import TimedGpu
from benchmarks.gpu.timers import Timers
from kompakt.batch import file_contents, open_archive, restore, write_archive
from kompakt.coding import Backend
from kompakt.cpu.backend import CpuBackend
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.cpu.threads import usable_threads
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.gpu import Gpu
from kompakt.model.spec import Spec, spec_for_level
from kompakt.roots import RootsBackend
from kompakt.scan import scan

BLOCK_BYTES = 256 << 10
SMALLEST_SET_BYTES = 8 * MIB
GUESS_MB_PER_S = 20.0
DEVICE = "0"
PASSES = 4
"""Two ways in this process, and two by the command."""

RATIO_BLOCKS = 16


@dataclass
class Machine:
    """What batch.py asks a device for, with a backend that is there already."""

    started: Backend

    bytes_underway = 0
    threads = usable_threads()
    notice = staticmethod(print)

    @property
    def name(self) -> str:
        """What codes, in words."""
        return self.started.name

    def backend(self, blocks: int | None = None) -> Backend:
        """Return the backend, however few blocks there are."""
        return self.started

    def index_backend(self) -> Backend:
        """Return the backend: who asks for a GPU by its number gets the index from there, too."""
        return self.started

    def pipelines(self) -> Backend:
        """Return what decodes pipelines, of which there are none here."""
        return PipelineBackend(1)


def run(session: Session) -> None:
    """Measure both paths; the first failure of the second does not lose the first."""
    gpu = TimedGpu(Gpu(0))
    spec = spec_for_level(session.middle_level)
    parts = sample(session.folder)
    _report_edits(parts, spec)
    size = _set_bytes(session, spec.level)
    with temporary_folder(3 * size) as folder:
        root = Path(folder)
        start = time.perf_counter()
        size = write_set(parts, root / "set", size)
        print(f"{size} bytes of files in {folder}, made in {time.perf_counter() - start:.1f} s")
        _in_process(session, gpu, root, spec, size)
        _by_command(session, root, spec, size)


def _report_edits(parts: list[Part], spec: Spec) -> None:
    """Print what the edits cost, on blocks from all over the sample, coded by the CPU."""
    whole = np.concatenate([part.data for part in parts])
    starts = np.linspace(0, max(whole.size - BLOCK_BYTES, 0), RATIO_BLOCKS).astype(int)
    cpu = CpuBackend(notice=print)
    ratios = []
    for data in (whole, edited(whole, 0)):
        blocks = [data[start : start + BLOCK_BYTES] for start in starts]
        coded = sum(result.stream.size for result in cpu.encode(encode_jobs(blocks, spec)))
        ratios.append(sum(block.size for block in blocks) / coded)
    print(f"ratio of {RATIO_BLOCKS} blocks: {ratios[0]:.3f} before the edits, {ratios[1]:.3f} with them")


def _set_bytes(session: Session, level: int) -> int:
    """Return the bytes that all passes can do in most of the time left."""
    speeds = [
        float(row["end_to_end_mb_per_s"])
        for row in session.rows("throughput")
        if row["level"] == str(level) and row["block_bytes"] == str(BLOCK_BYTES) and not row["error"]
    ]
    possible = int(max(session.left_s, 0) * 0.6 / PASSES * max(speeds, default=GUESS_MB_PER_S) * MB)
    return min(max(possible, SMALLEST_SET_BYTES), session.set_bytes)


def _in_process(session: Session, gpu: TimedGpu, root: Path, spec: Spec, size: int) -> None:
    machine = Machine(RootsBackend(GpuBackend(gpu, notice=print), lambda: CpuBackend(notice=print)))
    archive = root / "batch.kmp"

    def compress() -> None:
        with timers.timing("scan and plan"):
            sources = scan([root / "set"]).sources
            contents = file_contents(sources, spec, BLOCK_BYTES)
        entries = [source.entry for source in sources]
        with open(archive, "wb") as file:
            write_archive(file, "batch", entries, contents, spec=spec, device=machine)

    def decompress() -> None:
        with open(archive, "rb") as file:
            reader = open_archive(file, "batch", machine)
            restored = restore(reader, reader.entries, root / "batch", machine)
        if restored.errors:
            raise restored.errors[0]

    for direction, work in (("encode", compress), ("decode", decompress)):
        timers = Timers()
        gpu.reset(timers)
        start = time.perf_counter()
        with timed_parts(timers), timers.timing("other"):
            work()
        seconds = time.perf_counter() - start
        equal = _equal_trees(root / "set", root / "batch" / "set") if direction == "decode" else None
        speed = Speed(
            machine.name, "batch", direction, spec.level, BLOCK_BYTES,
            blocks_in_flight=gpu.warps_in_flight, raw_bytes=size, coded_bytes=archive.stat().st_size,
            kernel_s=gpu.kernel_s, end_to_end_s=seconds, equal=equal,
        )  # fmt: skip
        session.append("throughput", speed.row())
        print(speed.row())
        for part, part_s in sorted(timers.seconds.items(), key=lambda item: -item[1]):
            share = round(part_s / seconds, 4)
            row = {"machine": machine.name, "level": spec.level, "raw_bytes": size, "direction": direction}
            session.append("split", row | {"part": part, "seconds": round(part_s, 4), "share": share})
            print(f"  {part:22}{part_s:9.3f} s {share:7.1%}")
        if equal is False:
            raise AssertionError("the restored files differ")


def _by_command(session: Session, root: Path, spec: Spec, size: int) -> None:
    archive = root / "command.kmp"
    device = ("--device", DEVICE, "--json")
    compress = (
        "compress", str(root / "set"), "-o", str(archive), "--level", str(spec.level),
        "--block-size", str(BLOCK_BYTES), *device,
    )  # fmt: skip
    decompress = ("decompress", str(archive), "-o", str(root / "command"), *device)
    for direction, arguments in (("encode", compress), ("decode", decompress)):
        start = time.perf_counter()
        command = [sys.executable, "-m", "kompakt", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=max(session.left_s, 1))
        seconds = time.perf_counter() - start
        if done.returncode:
            error = f"exit code {done.returncode}"
            speed = Speed("", "command", direction, spec.level, BLOCK_BYTES, error=error)
            session.append("throughput", speed.row())
            raise AssertionError(f"{' '.join(arguments)}: {error}")
        equal = _equal_trees(root / "set", root / "command" / "set") if direction == "decode" else None
        speed = Speed(
            json.loads(done.stdout)["device"], "command", direction, spec.level, BLOCK_BYTES,
            raw_bytes=size, coded_bytes=archive.stat().st_size, end_to_end_s=seconds, equal=equal,
        )  # fmt: skip
        session.append("throughput", speed.row())
        print(speed.row())
        if equal is False:
            raise AssertionError("the restored files differ")


def _equal_trees(first: Path, second: Path) -> bool:
    """Return whether all files below `first` are below `second` with the same bytes."""
    return all(
        np.array_equal(np.fromfile(path, np.uint8), np.fromfile(second / path.relative_to(first), np.uint8))
        for path in first.rglob("*")
        if path.is_file()
    )
