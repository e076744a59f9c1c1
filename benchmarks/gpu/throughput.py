"""The backend's speed over levels, block sizes and blocks in flight, each way: throughput.csv.

A case is one wave: every block gets a warp at once, so none waits for a slot while others idle. Blocks lie in
memory; what they start from does too, and on the GPU. `kernel_s` is the kernels alone, by events,
`end_to_end_s` all that the backend does. A case that has rows already is left out, so the stage can go on
after a case that broke the GPU.
"""

import gc
import itertools
import subprocess
import threading
import time
from dataclasses import replace
from typing import NamedTuple
from unittest import mock

import numpy as np

from benchmarks.gpu.data import Part, sample, stream
from benchmarks.gpu.jobs import Root, decode_jobs, encode_jobs
from benchmarks.gpu.loops import cpu_problem
from benchmarks.gpu.rows import Speed
from benchmarks.gpu.session import Session
from benchmarks.gpu.timed_gpu import TimedGpu
from benchmarks.gpu.timers import Timers
from kompakt.kernels import backend as gpu_backend
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.starts import start_bytes
from kompakt.model.spec import spec_for_level

CLOCK = ("nvidia-smi", "--query-gpu=clocks.sm", "--format=csv,noheader,nounits", "--id=0")
CLOCK_AFTER_S = 1.0


class Case(NamedTuple):
    """As many blocks as are in flight: `blocks`, or as many as there is memory for."""

    level: int
    block_bytes: int
    blocks: int
    root_bytes: int = 0


def cases(levels: list[int], full: int, kib: int = 1 << 10) -> list[Case]:
    """Return the cases, those first that say most.

    levels: in the order of what they say
    full:   blocks that fill the GPU
    """
    middle, others = levels[0], levels[1:]
    ends = others[:3]
    mib = 1024 * kib
    wanted = [
        Case(middle, 256 * kib, full),
        Case(middle, 256 * kib, full, mib),
        Case(middle, 64 * kib, full),
        Case(middle, 64 * kib, full, mib),
        *(Case(level, 64 * kib, full) for level in ends),
        *(Case(middle, 64 * kib, count) for count in (full // 2, full // 4, 256, 64, 2 * full, 4 * full)),
        *(Case(level, 256 * kib, full) for level in ends),
        *(Case(level, 64 * kib, full) for level in others if level not in ends),
        *(Case(middle, 256 * kib, count) for count in (full // 2, full // 4, 64)),
        Case(middle, mib, full),
        *(Case(level, 256 * kib, full) for level in others if level not in ends),
        *(Case(level, mib, full) for level in ends),
    ]
    return list(dict.fromkeys(wanted))


def run(session: Session) -> None:
    """Measure until time is up.

    A case that fails gets rows that say so, and is raised: the GPU may be of no use to this process any more.
    """
    gpu = Gpu(0)
    parts = sample(session.folder)
    full = gpu_backend.WARPS_OF_PROCESSOR * gpu.processors
    done = session.rows("throughput")
    measured = {tuple(int(row[name]) for name in Case._fields) for row in done}
    pace = Pace()
    later: list[Case] = []
    wanted = cases(session.ordered_levels, full, session.kib)
    for case in itertools.chain(wanted, later):
        if case in measured:
            continue
        if pace.seconds(case) > session.left_s:
            print(f"{case}: left out, it would take about {pace.seconds(case):.0f} s")
            continue
        if case.root_bytes and (problem := cpu_problem(case.level)):
            print(f"{case}: left out, {problem}" if case in later else f"{case}: later, {problem}")
            later += [] if case in later else [case]
            continue
        started = time.monotonic()
        try:
            rows = measure(gpu, case, parts)
        except Exception as error:
            text = f"{type(error).__name__}: {error}".splitlines()[0]
            for direction in ("encode", "decode"):
                failed = Speed(gpu.name, "backend", direction, *case, error=text)
                session.append("throughput", failed.row())
            raise
        pace.learn(case, time.monotonic() - started)
        for speed in rows:
            session.append("throughput", speed.row())
            print(speed.row())
        gc.collect()  # frees the slots of this case before the next one takes its own


class Pace:
    """How long a case will take, from the last one: a block takes a warp's time, whatever runs beside it."""

    def __init__(self) -> None:
        self._seconds_of_unit = 0.0

    def learn(self, case: Case, seconds: float) -> None:
        """Take note of a case that took `seconds`."""
        self._seconds_of_unit = seconds / self._units(case)

    def seconds(self, case: Case) -> float:
        """Return the seconds to expect; 0 before anything was measured."""
        return self._seconds_of_unit * self._units(case)

    @staticmethod
    def _units(case: Case) -> float:
        return case.block_bytes * spec_for_level(case.level).inputs * (1 + case.blocks / 2000)


def measure(gpu: Gpu, case: Case, parts: list[Part]) -> list[Speed]:
    """Return the rows of a case: encoded and decoded once, compared."""
    spec = spec_for_level(case.level)
    timed = TimedGpu(gpu)
    # The bound on blocks in flight is what is to be found out; CTAs for which there is no room only wait.
    warps = -(-case.blocks // gpu.processors)
    with mock.patch.multiple(gpu_backend, WARPS_OF_PROCESSOR=warps, SHARES=1):  # one launch for all
        backend = GpuBackend(timed, notice=print, batch_bytes=case.blocks * case.block_bytes)
        root, origin, origin_bytes = stream(parts, case.root_bytes), None, 0
        if root.size:
            origin = Root(root, spec)
            origin_bytes = start_bytes(spec, origin.start())
        count = backend.slots_for(spec, spec.table_bits_for(case.block_bytes), case.blocks, origin_bytes)
        data = stream(parts, root.size + case.block_bytes * count)[root.size :]
        blocks = list(data.reshape(count, case.block_bytes))
        small = [data[:1024]]
        warmed = list(backend.encode(encode_jobs(small, spec, origin)))
        list(backend.decode(decode_jobs(warmed, small, spec, origin)))
        encode, results = _pass(timed, lambda: list(backend.encode(encode_jobs(blocks, spec, origin))))
        jobs = decode_jobs(results, blocks, spec, origin)
        decode, decoded = _pass(timed, lambda: list(backend.decode(jobs)))
    equal = all(np.array_equal(result.data, blocks[result.number]) for result in decoded)
    coded_bytes = sum(result.stream.size for result in results)
    common = Speed(gpu.name, "backend", "", *case, coded_bytes=coded_bytes, equal=equal)
    return [
        replace(common, direction="encode", raw_bytes=data.size, **encode),
        replace(common, direction="decode", raw_bytes=sum(job.raw_bytes for job in jobs), **decode),
    ]


def _pass(timed: TimedGpu, work) -> tuple[dict, list]:
    """Return the columns that one way of a case fills, and its results."""
    timers = Timers()
    timed.reset(timers)
    clock = Clock()
    start = time.perf_counter()
    results = work()
    seconds = time.perf_counter() - start
    columns = {
        "blocks_in_flight": timed.warps_in_flight,
        "kernel_s": timed.kernel_s,
        "end_to_end_s": seconds,
        "pinned_memory_s": timers.seconds["pinned memory"],
        "copy_in_s": timers.seconds["copy in"],
        "wait_s": timers.seconds["wait for GPU"],
        "copy_out_s": timers.seconds["copy out"],
        "sm_mhz": clock.read(),
    }
    return columns, results


class Clock:
    """The clock of the GPU's processors a second from now, if the work lasts that long."""

    def __init__(self) -> None:
        self._mhz = ""
        self._timer = threading.Timer(CLOCK_AFTER_S, self._ask)
        self._timer.daemon = True
        self._timer.start()

    def read(self) -> str:
        """Return MHz as text, empty if nobody could tell."""
        self._timer.cancel()
        return self._mhz

    def _ask(self) -> None:
        try:
            self._mhz = subprocess.run(CLOCK, capture_output=True, text=True, timeout=10).stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            self._mhz = ""
