"""Streams that a CPU made elsewhere against the GPU's, both ways, without coding on this machine's CPU.

The first contact: kernels are found, loaded and run, the default level first; where the driver refuses one,
its own words. Rows in equality.csv. The streams come from `python -m benchmarks.gpu.carry`.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.gpu.driver_log import driver_log
from benchmarks.gpu.golden_file import Case, read_golden
from benchmarks.gpu.jobs import decode_jobs, encode_jobs, first_difference
from benchmarks.gpu.rows import equality_row
from benchmarks.gpu.session import GOLDEN, Session, Skipped
from kompakt.jobs import EncodeResult
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.found import kernel_for
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.shared import WARPS_MAX, SharedLayout
from kompakt.kernels.starts import start_bytes
from kompakt.model.spec import Spec, spec_by_id
from kompakt.model.state import state_bytes

AGAINST = "golden streams"
CASE_S = 25
"""Seconds after which a case is given up: a GPU that waits for ever is told apart from one that is wrong."""

FEW = 6
"""Blocks in flight in the second pass: each slot is used again, by blocks of other sizes."""


def run(session: Session) -> None:
    """Compare case by case; raise AssertionError at the end if anything differed or failed.

    A case that fails ends the process, whose GPU may be of no use any more, as does one that lasts too long.
    The next process goes on with those that have no row.
    """
    if not (path := os.environ.get(GOLDEN)):
        raise Skipped("no golden streams: --carried FOLDER has none")
    cases = [case for case in read_golden(path) if spec_by_id(case.spec_id).level in session.levels]
    cases.sort(key=lambda case: _place(session, case))
    gpu = Gpu(0)
    print(f"{gpu.name}: compute capability {gpu.capability}, {gpu.processors} processors")
    print(f"{gpu.free_bytes / 1e9:.1f} GB of device memory can be had")
    done, longest_s = _rows(session), 0.0
    for case in cases:
        if str(case) in done:
            continue
        if session.left_s < 1.5 * longest_s:
            print(f"{case}: left out, time is up")
            continue
        started = time.monotonic()
        with _watched(session, gpu, case):
            difference = compare(gpu, case)
        longest_s = max(longest_s, time.monotonic() - started)
        _append(session, gpu, case, difference, time.monotonic() - started)
    if wrong := [what for what, row in _rows(session).items() if row["equal"] != "True"]:
        raise AssertionError(
            f"{len(wrong)} of {len(cases)} comparisons differ or failed, the first: {wrong[0]}"
        )


@contextmanager
def _watched(session: Session, gpu: Gpu, case: Case) -> Iterator[None]:
    """Give the case a row also when it raises, or has not ended after CASE_S, which ends the process."""

    def give_up() -> None:
        _append(session, gpu, case, f"did not end within {CASE_S} s", CASE_S)
        os._exit(1)

    timer = threading.Timer(CASE_S, give_up)
    timer.start()
    started = time.monotonic()
    try:
        yield
    except Exception as error:
        timer.cancel()
        difference = f"{type(error).__name__}: {error}".partition("\n")[0]
        _append(session, gpu, case, difference, time.monotonic() - started)
        raise
    finally:
        timer.cancel()


def _append(session: Session, gpu: Gpu, case: Case, difference: str, elapsed_s: float) -> None:
    root_bytes = 0 if case.start is None else case.start.start().text.size
    spec = spec_by_id(case.spec_id)
    row = equality_row(gpu.name, AGAINST, str(case), spec, case.blocks, root_bytes, difference)
    session.append("equality", row | {"elapsed_s": round(elapsed_s, 2)})
    print(f"{case}: {difference or 'equal both ways'}, {elapsed_s:.1f} s")


def _rows(session: Session) -> dict[str, dict[str, str]]:
    """Return the rows that there are by their cases."""
    return {row["what"]: row for row in session.rows("equality") if row["against"] == AGAINST}


def _place(session: Session, case: Case) -> tuple:
    """Sort what says most first: the default level, 1, 5 and 9, then the others; arrays behind them."""
    spec = spec_by_id(case.spec_id)
    return spec.is_array, session.rank(spec.level), case.start is not None


def compare(gpu: Gpu, case: Case) -> str:
    """Return how the GPU differs from the streams; nothing if it does not, in all of four passes."""
    spec = spec_by_id(case.spec_id)
    for decoding in (False, True):
        _load(gpu, spec, decoding)
    largest = max(block.size for block in case.blocks)
    slot_bytes = state_bytes(spec, spec.table_bits_for(largest))
    beside = 0 if case.start is None else start_bytes(spec, case.start.start())
    problems = []
    for passes, memory_bytes in (("", None), (", slots used again", FEW * slot_bytes + 2 * beside)):
        backend = GpuBackend(gpu, memory_bytes=memory_bytes, notice=print)
        made = list(backend.encode(encode_jobs(case.blocks, spec, case.start)))
        problem = first_difference(case.streams, [result.stream for result in made])
        problems.append(problem and f"encoded{passes}: {problem}")
        coded = enumerate(zip(case.blocks, case.streams, strict=True))
        wanted = [EncodeResult(n, spec.table_bits_for(block.size), stream) for n, (block, stream) in coded]
        jobs = decode_jobs(wanted, case.blocks, spec, case.start)
        decoded = [result.data for result in backend.decode(jobs)]
        problem = first_difference([case.blocks[job.number] for job in jobs], decoded)
        problems.append(problem and f"decoded{passes}: {problem}")
    return "; ".join(filter(None, problems))


def _load(gpu: Gpu, spec: Spec, decoding: bool) -> None:
    """Load a kernel by itself; print the driver's words if it refuses."""
    kernel = kernel_for(spec.compiled_as, decoding, gpu.capability, print)
    try:
        gpu.load(kernel.images, kernel.name, SharedLayout(spec).launch_bytes, WARPS_MAX)
    except gpu.errors:
        for image in kernel.images:
            print(driver_log(image))
        raise
