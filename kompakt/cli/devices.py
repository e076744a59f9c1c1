"""`kompakt-gpu devices`: what there is to code with, and what is missing before it can be used."""

import json
from typing import TYPE_CHECKING

from kompakt.cli.options import Json
from kompakt.errors import DeviceError
from kompakt.model.spec import SPECS
from kompakt.sizes import format_size

if TYPE_CHECKING:
    from kompakt.driver import Found, VisibleGpu
    from kompakt.estimate.gpu_speed import Prediction

CPU_MB_PER_S = {1: 3.72, 2: 1.85, 3: 1.43, 4: 0.79, 5: 0.68, 6: 0.53, 7: 0.44, 8: 0.41, 9: 0.27}
"""By level, 10**6 bytes a second that one thread compresses: the rows of MEASURED_IN for MEASURED_FOLDER."""

MEASURED_IN = "benchmarks/results/2026-11-24-amd-epyc-2-cores.csv"
MEASURED_FOLDER = "eight-files"
_MEASURED_ON = f"measured on an AMD EPYC, not on this machine ({MEASURED_IN})"

BATCH_BYTES = 4 * 10**9
"""The batch for which the speeds of GPUs are told."""


def devices(as_json: Json = False) -> None:
    """Show CPU and GPUs, what each level takes, and what is missing to use a GPU."""
    from kompakt.cpu.threads import usable_threads
    from kompakt.driver import find_gpus
    from kompakt.model.state import state_bytes

    found = find_gpus()
    threads = usable_threads()
    described = {
        "cpu": {"threads": threads, "mb_per_s_a_thread": CPU_MB_PER_S, "measured": _MEASURED_ON},
        "model_bytes": {
            spec.level: state_bytes(spec, spec.table_bits_for(spec.block_bytes)) for spec in SPECS.values()
        },
        "gpus": [_describe(gpu, found, threads) for gpu in found.gpus],
        "missing": found.missing and {"what": found.missing.what, "remedy": found.missing.remedy},
    }
    if as_json:
        print(json.dumps(described))
    else:
        _print_tables(described)


def _describe(gpu: "VisibleGpu", found: "Found", threads: int) -> dict:
    """Return what is known of a GPU. Only with CuPy can its free memory be known, and so what fits."""
    speeds = {
        level: speed._asdict() for level in CPU_MB_PER_S if (speed := _speed(gpu, level, threads)) is not None
    }
    described = {
        "number": gpu.number,
        "name": gpu.name,
        "compute_capability": ".".join(map(str, gpu.capability)),
        "memory_bytes": gpu.memory_bytes,
        "free_bytes": None,
        "blocks_in_flight": None,
        "speeds": speeds or None,
        "problem": found.missing.what if found.missing else None,
    }
    if found.missing:
        return described
    from kompakt.kernels.backend import GpuBackend
    from kompakt.kernels.gpu import Gpu

    try:
        opened = Gpu(gpu.number)
        described["free_bytes"] = opened.free_bytes
        backend = GpuBackend(opened)
    except DeviceError as error:
        return described | {"problem": str(error)}
    described["blocks_in_flight"] = {
        spec.level: backend.slots_for(spec, spec.table_bits_for(spec.block_bytes)) for spec in SPECS.values()
    }
    return described


def _speed(gpu: "VisibleGpu", level: int, threads: int) -> "Prediction | None":
    """Return how fast BATCH_BYTES become an archive with one GPU and all threads of this machine."""
    from kompakt.estimate.gpu_speed import Host
    from kompakt.estimate.gpu_time import expected_on

    return expected_on(gpu, level, BATCH_BYTES, Host(threads, CPU_MB_PER_S[level]))


def _print_tables(described: dict) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    cpu, gpus = described["cpu"], described["gpus"]

    machines = Table("device", "what it is", "memory", "free", "state", box=box.SIMPLE_HEAD)
    machines.add_row("cpu", f"{cpu['threads']} thread{'s' if cpu['threads'] > 1 else ''}", "", "", "ready")
    for gpu in gpus:
        free = "" if gpu["free_bytes"] is None else format_size(gpu["free_bytes"])
        name = f"{gpu['name']}, compute capability {gpu['compute_capability']}"
        state = gpu["problem"] or "ready"
        machines.add_row(str(gpu["number"]), name, format_size(gpu["memory_bytes"]), free, state)
    console.print(machines)

    levels = Table("level", "block", "its model", "cpu, MB/s a thread", box=box.SIMPLE_HEAD)
    if gpus:
        levels.add_column("GPU, blocks at once")
    model_bytes = described["model_bytes"]
    for spec in SPECS.values():
        cells = [str(spec.level), format_size(spec.block_bytes), format_size(model_bytes[spec.level])]
        cells.append(f"{CPU_MB_PER_S[spec.level]:.2f}")
        if gpus:
            cells.append(_blocks_at_once(gpus, spec.level))
        levels.add_row(*cells)
    console.print(levels)
    console.print(f"CPU speeds: compressing, {cpu['measured']}.", markup=False)
    if any(gpu["speeds"] for gpu in gpus):
        speeds = Table("level", "GPU, MB/s", "its kernel", "limit", box=box.SIMPLE_HEAD)
        for spec in SPECS.values():
            speeds.add_row(str(spec.level), *_speeds(gpus, spec.level))
        console.print(speeds)
        console.print(_said_of_gpus(cpu["threads"]), markup=False)
    if described["missing"]:
        console.print("GPUs: {what}: {remedy}".format(**described["missing"]), markup=False)


def _said_of_gpus(threads: int) -> str:
    return (
        f"GPU speeds: one GPU compressing {BATCH_BYTES // 10**9} GB, with {threads} CPU "
        f"thread{'s' if threads > 1 else ''} beside it. “Predicted” is computed from machine code, "
        "and was never measured (docs/GPU.md)."
    )


def _blocks_at_once(gpus: list[dict], level: int) -> str:
    return _one_or_all([str((gpu["blocks_in_flight"] or {}).get(level, "?")) for gpu in gpus])


def _speeds(gpus: list[dict], level: int) -> list[str]:
    """Return the speed of all, that of the kernel, and what limits it."""
    speeds = [(gpu["speeds"] or {}).get(level) for gpu in gpus]
    whole = ["?" if speed is None else _labelled(speed, speed["end_to_end_mb_per_s"]) for speed in speeds]
    kernel = ["?" if speed is None else f"{speed['kernel_mb_per_s']:.0f}" for speed in speeds]
    limits = ["" if speed is None else speed["limit"] for speed in speeds]
    return [_one_or_all(whole), _one_or_all(kernel), _one_or_all(limits)]


def _labelled(speed: dict, mb_per_s: float) -> str:
    return f"{'measured' if speed['is_measured'] else 'predicted'} {mb_per_s:.0f}"


def _one_or_all(texts: list[str]) -> str:
    """Return the text for each GPU, or one for all where they are alike."""
    return ", ".join(texts if len(set(texts)) > 1 else texts[:1])
