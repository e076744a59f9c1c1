"""Where the programs of a CUDA toolkit lie: on PATH, or in the Python packages that bring them."""

import shutil
import sys
from pathlib import Path

from kompakt.errors import DeviceError

PACKAGES = {"ptxas": "nvidia-cuda-nvcc", "nvdisasm": "nvidia-cuda-nvdisasm"}
"""The programs that are used, and the package that brings each for CUDA 13."""


def tool(name: str) -> str:
    """Return the path of one of PACKAGES. Raises DeviceError if it is nowhere."""
    if found := shutil.which(name):
        return found
    for folder in map(Path, sys.path):
        if packaged := sorted(folder.glob(f"nvidia/*/bin/{name}")):
            return str(packaged[-1])
    raise DeviceError(f"{name} of the CUDA toolkit is missing: pip install {PACKAGES[name]}")
