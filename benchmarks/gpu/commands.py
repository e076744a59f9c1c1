"""A set of files packed and restored: in this process, with the time of each part, and by the command.

Twice: in blocks that follow from the size of the batch, and in blocks of 256 KiB. The parts are rows of
split.csv, the speeds rows of throughput.csv. The set is as large as the time allows at the speed that the
stage before measured. The CPU codes what blocks start from, so the rows tell its threads.
"""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.gpu.data import Part, edited, sample, temporary_folder, write_set
from benchmarks.gpu.jobs import encode_jobs
from benchmarks.gpu.loops import require_cpu
from benchmarks.gpu.parts import timed_parts
from benchmarks.gpu.rows import MB, Speed
from benchmarks.gpu.session import Session
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

BLOCK_KIB = 256
SMALLEST_SET_KIB = 8 << 10
GUESS_MB_PER_S = 20.0
DEVICE = "0"
PASSES = 4
"""Passes over the set that the time must suffice for: both ways in this process, and both by the command."""

KEPT_S = 60
"""Seconds kept for the work itself while the CPU is not ready."""

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
    """Measure both paths with both sizes of blocks, as long as there is time."""
    spec = spec_for_level(session.middle_level)
    require_cpu(spec.level, session.left_s - KEPT_S)
    gpu = TimedGpu(Gpu(0))
    parts = sample(session.folder)
    size = _set_bytes(session, spec.level)
    with temporary_folder(3 * size) as folder:
        root = Path(folder)
        start = time.perf_counter()
        size = write_set(parts, root / "set", size)
        print(f"{size} bytes of files in {folder}, made in {time.perf_counter() - start:.1f} s")
        longest_s = 0.0
        for block_bytes in (None, BLOCK_KIB * session.kib):
            for work in (_in_process, _by_command):
                what = f"{work.__name__.strip('_')}, blocks of {block_bytes or 'the batch'}"
                if session.left_s < 1.2 * longest_s:
                    print(f"{what}: left out, time is up")
                    continue
                print(f"{what}:")
                start = time.perf_counter()
                work(session, gpu, root, spec, size, block_bytes)
                longest_s = max(longest_s, time.perf_counter() - start)
                for made in ("batch", "command"):
                    shutil.rmtree(root / made, ignore_errors=True)
                    (root / f"{made}.kmp").unlink(missing_ok=True)
    _report_edits(session, parts, spec)


def _report_edits(session: Session, parts: list[Part], spec: Spec) -> None:
    """Print what the edits cost, on blocks from all over the sample, coded by the CPU."""
    whole = np.concatenate([part.data for part in parts])
    block_bytes = BLOCK_KIB * session.kib
    starts = np.linspace(0, max(whole.size - block_bytes, 0), RATIO_BLOCKS).astype(int)
    cpu = CpuBackend(notice=print)
    ratios = []
    for data in (whole, edited(whole, 0)):
        blocks = [data[start : start + block_bytes] for start in starts]
        coded = sum(result.stream.size for result in cpu.encode(encode_jobs(blocks, spec)))
        ratios.append(sum(block.size for block in blocks) / coded)
    print(f"ratio of {RATIO_BLOCKS} blocks: {ratios[0]:.3f} before the edits, {ratios[1]:.3f} with them")


def _set_bytes(session: Session, level: int) -> int:
    """Return the bytes that all passes can do in most of the time left."""
    speeds = [
        float(row["end_to_end_mb_per_s"])
        for row in session.rows("throughput")
        if row["level"] == str(level) and row["path"] == "backend" and not row["error"]
    ]
    possible = int(max(session.left_s, 0) * 0.7 / PASSES * max(speeds, default=GUESS_MB_PER_S) * MB)
    return min(max(possible, SMALLEST_SET_KIB * session.kib), session.set_bytes)


def _in_process(
    session: Session, gpu: TimedGpu, root: Path, spec: Spec, size: int, block_bytes: int | None
) -> None:
    machine = Machine(RootsBackend(GpuBackend(gpu, notice=print), lambda: CpuBackend(notice=print)))
    archive = root / "batch.kmp"

    def compress() -> None:
        with timers.timing("scan and plan"):
            sources = scan([root / "set"]).sources
            contents = file_contents(sources, spec, block_bytes)
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
            machine.name, "batch", direction, spec.level, block_bytes or 0, threads=usable_threads(),
            blocks_in_flight=gpu.warps_in_flight, raw_bytes=size, coded_bytes=archive.stat().st_size,
            kernel_s=gpu.kernel_s, end_to_end_s=seconds, equal=equal,
        )  # fmt: skip
        session.append("throughput", speed.row())
        print(speed.row())
        for part, part_s in sorted(timers.seconds.items(), key=lambda item: -item[1]):
            share = round(part_s / seconds, 4)
            row = {"machine": machine.name, "level": spec.level, "raw_bytes": size, "direction": direction}
            row |= {"block_bytes": block_bytes or 0, "threads": usable_threads()}
            session.append("split", row | {"part": part, "seconds": round(part_s, 4), "share": share})
            print(f"  {part:22}{part_s:9.3f} s {share:7.1%}")
        if equal is False:
            raise AssertionError("the restored files differ")


def _by_command(
    session: Session, gpu: TimedGpu, root: Path, spec: Spec, size: int, block_bytes: int | None
) -> None:
    archive = root / "command.kmp"
    device = ("--device", DEVICE, "--json")
    compress = (
        "compress", str(root / "set"), "-o", str(archive), "--level", str(spec.level),
        *(() if block_bytes is None else ("--block-size", str(block_bytes))), *device,
    )  # fmt: skip
    decompress = ("decompress", str(archive), "-o", str(root / "command"), *device)
    for direction, arguments in (("encode", compress), ("decode", decompress)):
        start = time.perf_counter()
        command = [sys.executable, "-m", "kompakt", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=max(session.left_s, 1))
        seconds = time.perf_counter() - start
        if done.returncode:
            error = f"exit code {done.returncode}"
            speed = Speed("", "command", direction, spec.level, block_bytes or 0, error=error)
            session.append("throughput", speed.row())
            raise AssertionError(f"{' '.join(arguments)}: {error}")
        equal = _equal_trees(root / "set", root / "command" / "set") if direction == "decode" else None
        speed = Speed(
            json.loads(done.stdout)["device"], "command", direction, spec.level, block_bytes or 0,
            threads=usable_threads(), raw_bytes=size, coded_bytes=archive.stat().st_size,
            end_to_end_s=seconds, equal=equal,
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
