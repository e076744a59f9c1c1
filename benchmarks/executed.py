"""What the kernels did for each coded bit: their PTX executed on the CPU, warp by warp.

    python -m benchmarks.executed [--levels 1,3] [--commit TEXT]

Appends rows to benchmarks/results/executed/: PTX instructions that a warp went through (each once for all
lanes that can do it together), rounds of 32 banks of shared memory, and sectors of 32 bytes of device memory.
Two blocks of text are coded; what the longer one takes more, by its additional bits, leaves out what a block
costs once. No GPU is needed, and nothing is measured but counts. Needs numba-cuda.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from benchmarks.codecs import ROOT
from benchmarks.gpu.jobs import Root, decode_jobs, encode_jobs
from benchmarks.run_facts import run_facts
from kompakt.cpu.backend import CpuBackend
from kompakt.kernels.backend import GpuBackend
from kompakt.model.spec import ARRAY_SPECS, SPECS, Spec
from tests.inputs import text
from tests.kernels.ptx import cupy
from tests.kernels.ptx.launch import Executed
from tests.model.blocks import ARRAYS

SHORT_BYTES, LONG_BYTES = 500, 1500
KNOWN_BYTES = 4000
"""Of the text after which blocks with a start come."""

ARRAYS_COUNTED = {spec.compiled_as.spec_id: spec for spec in ARRAYS}


def counted(spec: Spec, decoding: bool, with_start: bool) -> tuple[float, float, float]:
    """Return instructions, wavefronts of shared memory and sectors of device memory for each coded bit."""
    origin = Root(_bytes(KNOWN_BYTES, 1), spec) if with_start else None
    done = []
    for size in (SHORT_BYTES, LONG_BYTES):
        block = [_bytes(size, 2)]
        jobs = encode_jobs(block, spec, origin)
        if decoding:
            jobs = decode_jobs(list(CpuBackend(1).encode(jobs)), block, spec, origin)
        done.append(_executed(jobs, decoding))
    less, more = done
    bits = 8 * (LONG_BYTES - SHORT_BYTES)
    names = ("instructions", "wavefronts", "sectors")
    return tuple((getattr(more, name) - getattr(less, name)) / bits for name in names)


def _bytes(size: int, seed: int) -> np.ndarray:
    return np.frombuffer(text(size, seed), np.uint8)


def _executed(jobs: Sequence, decoding: bool) -> Executed:
    """Return what the kernel did that coded these jobs."""
    sys.modules.update(cupy.modules())
    cupy.state.counting, cupy.state.executed = True, {}
    backend = GpuBackend(0)
    for _ in backend.decode(jobs) if decoding else backend.encode(jobs):
        pass
    (done,) = cupy.state.executed.values()
    return done


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each kernel, and add it to the results."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.executed", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--levels", help="only these, with commas between them; arrays are left out then")
    parser.add_argument("--commit", default="")
    options = parser.parse_args(arguments)
    specs = [*SPECS.values(), *(ARRAYS_COUNTED[number] for number in ARRAY_SPECS)]
    if options.levels:
        levels = {int(level) for level in options.levels.split(",")}
        specs = [spec for spec in SPECS.values() if spec.level in levels]
    run = run_facts()
    path = ROOT / "benchmarks" / "results" / "executed" / f"{datetime.now(UTC):%Y-%m-%d}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    for spec in specs:
        for decoding in (False, True):
            for with_start in (False, True):
                instructions, wavefronts, sectors = counted(spec, decoding, with_start)
                row = {
                    "date": run.date,
                    "commit": options.commit or run.commit,
                    "level": spec.level,
                    "spec": spec.compiled_as.spec_id,
                    "kernel": "decode" if decoding else "encode",
                    "with_start": with_start,
                    "warp_instructions_per_bit": round(instructions, 1),
                    "shared_transactions_per_bit": round(wavefronts, 1),
                    "global_sectors_per_bit": round(sectors, 1),
                }
                print(" ".join(f"{name}={value}" for name, value in list(row.items())[2:]), flush=True)
                with open(path, "a", newline="") as file:
                    writer = csv.DictWriter(file, row, lineterminator="\n")
                    if not file.tell():
                        writer.writeheader()
                    writer.writerow(row)


if __name__ == "__main__":
    main()
