"""`kompakt-gpu devices`: what there is to code with, and what is missing before it can be used."""

import json
from typing import TYPE_CHECKING

from kompakt.cli.options import Json
from kompakt.errors import DeviceError
from kompakt.model.spec import SPECS
from kompakt.sizes import format_size

if TYPE_CHECKING:
    from kompakt.driver import Found, VisibleGpu

CPU_MB_PER_S = {1: 3.72, 2: 1.85, 3: 1.43, 4: 0.79, 5: 0.68, 6: 0.53, 7: 0.44, 8: 0.41, 9: 0.27}
"""By level, 10**6 bytes a second that one thread compresses: the rows of MEASURED_IN for MEASURED_FOLDER."""

MEASURED_IN = "benchmarks/results/2026-11-24-amd-epyc-2-cores.csv"
MEASURED_FOLDER = "eight-files"
_MEASURED_ON = f"measured on an AMD EPYC, not on this machine ({MEASURED_IN})"
_NOT_MEASURED = "not measured"


def devices(as_json: Json = False) -> None:
    """Show CPU and GPUs, what each level takes, and what is missing to use a GPU."""
    from kompakt.cpu.threads import usable_threads
    from kompakt.driver import find_gpus
    from kompakt.model.state import state_bytes

    found = find_gpus()
    described = {
        "cpu": {"threads": usable_threads(), "mb_per_s_a_thread": CPU_MB_PER_S, "measured": _MEASURED_ON},
        "model_bytes": {
            spec.level: state_bytes(spec, spec.table_bits_for(spec.block_bytes)) for spec in SPECS.values()
        },
        "gpus": [_describe(gpu, found) for gpu in found.gpus],
        "missing": found.missing and {"what": found.missing.what, "remedy": found.missing.remedy},
    }
    if as_json:
        print(json.dumps(described))
    else:
        _print_tables(described)


def _describe(gpu: "VisibleGpu", found: "Found") -> dict:
    """Return what is known of a GPU. Only with CuPy can its free memory be known, and so what fits."""
    described = {
        "number": gpu.number,
        "name": gpu.name,
        "compute_capability": ".".join(map(str, gpu.capability)),
        "memory_bytes": gpu.memory_bytes,
        "free_bytes": None,
        "blocks_in_flight": None,
        "mb_per_s": None,
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
        levels.add_column("GPU, MB/s")
    model_bytes = described["model_bytes"]
    for spec in SPECS.values():
        cells = [str(spec.level), format_size(spec.block_bytes), format_size(model_bytes[spec.level])]
        cells.append(f"{CPU_MB_PER_S[spec.level]:.2f}")
        if gpus:
            cells += [_blocks_at_once(gpus, spec.level), _NOT_MEASURED]
        levels.add_row(*cells)
    console.print(levels)
    console.print(f"CPU speeds: compressing, {cpu['measured']}.", markup=False)
    if described["missing"]:
        console.print("GPUs: {what}: {remedy}".format(**described["missing"]), markup=False)


def _blocks_at_once(gpus: list[dict], level: int) -> str:
    """Return the number for each GPU, or one for all where they are alike."""
    numbers = [str((gpu["blocks_in_flight"] or {}).get(level, "?")) for gpu in gpus]
    return ", ".join(numbers if len(set(numbers)) > 1 else numbers[:1])
