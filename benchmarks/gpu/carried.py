"""What was carried to this machine in one folder: wheels, kernels, golden streams (see carry.py)."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.gpu.session import GOLDEN, GOLDEN_NAME


def unpacked(folder: Path, target: Path, told: Callable[[str], None]) -> dict[str, str]:
    """Unpack the wheels of `folder` into `target`; return the environment in which all of it is found."""
    found = {}
    wheels = sorted(folder.glob("*.whl"))
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as file:
            file.extractall(target)
    if wheels:
        found["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(target)]))
    if any(folder.glob("*.kernels")):
        found["KOMPAKT_KERNELS"] = str(folder.resolve())
    if (folder / GOLDEN_NAME).exists():
        found[GOLDEN] = str((folder / GOLDEN_NAME).resolve())
    names = ", ".join(path.name for path in sorted(folder.iterdir())) if folder.is_dir() else "no such folder"
    told(f"carried in {folder}: {names or 'nothing'}")
    return found
