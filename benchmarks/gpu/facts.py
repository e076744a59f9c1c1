"""The machine: GPU, driver, clocks, packages, and what is missing, in OUTPUT/machine.txt."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from benchmarks.gpu.session import PACKAGES, Session, versions_of
from kompakt.errors import KompaktError
from kompakt.kernels.found import CARRIED
from kompakt.kernels.packed import SUFFIX, PackedKernels

NEEDED = ("numpy", "numba", "typer", "rich", "blake3", "numba-cuda", "pytest", "pytest-timeout", "matplotlib")
CUPY = ("cupy-cuda13x", "cupy-cuda12x", "cupy")
SMI = (
    ("nvidia-smi",),
    ("nvidia-smi", "-q", "-d", "CLOCK,MEMORY,POWER,PERFORMANCE"),
    ("nvcc", "--version"),
    ("df", "-h", "/dev/shm", "/tmp"),
    ("free", "-g"),
)


def run(session: Session) -> None:
    """Print what is missing first, then write and print everything else."""
    found = versions_of((*NEEDED, *CUPY))
    missing = [name for name in NEEDED if not found[name]]
    if not any(found[name] for name in CUPY):
        missing.append("cupy-cuda13x")
    for name in missing:
        print(f"MISSING: Python package {name}; put it on PYTHONPATH (pip install --target DIR {name})")
    lines = [
        *(f"{name}: {text}" for name, text in session.facts.items()),
        f"packages: {found | versions_of(PACKAGES)}",
        f"missing: {', '.join(missing) or 'nothing'}",
        f"python: {platform.python_version()} on {platform.platform()}",
        f"cores: {len(os.sched_getaffinity(0))}",
        f"CUDA_HOME: {os.environ.get('CUDA_HOME', '')}",
        *_carried(),
    ]
    lines += [line for command in SMI for line in _output(command)]
    text = "\n".join(lines) + "\n"
    (session.output / "machine.txt").write_text(text)
    print(text)


def _carried() -> list[str]:
    """Return what the carried kernels are, and what made them."""
    if not (named := os.environ.get(CARRIED)):
        return ["kernels: none carried"]
    lines = []
    for path in sorted(Path(named).glob(f"*{SUFFIX}")):
        try:
            packed = PackedKernels(path)
            lines.append(f"kernels: {path.name}, {len(packed.labels)} made by {packed.made_by}")
        except KompaktError as error:
            lines.append(f"kernels: {error}")
    return lines


def _output(command: tuple[str, ...]) -> list[str]:
    """Return what a program says, under its command line."""
    title = "$ " + " ".join(command)
    if not shutil.which(command[0]):
        return [title, "not installed"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [title, str(error)]
    return [title, *(done.stdout + done.stderr).splitlines()]
