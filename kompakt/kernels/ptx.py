"""What a driver gets: PTX that CUDA 12 and later turn into machine code of any GPU from its target on."""

import re

from kompakt.errors import DeviceError

PTX_VERSION = "8.0"
"""The PTX of CUDA 12.0. The kernels use nothing newer, so its drivers and all later ones load them."""

TARGETS = ((8, 0), (7, 5))
"""Compute capabilities that kernels are compiled for, best first. Each also serves all that are higher."""

_NEWER_HINTS = re.compile(r'^\s*\.pragma\s+"used_bytes_mask [^"]*";\n', re.MULTILINE)
_VERSION = re.compile(r"^\.version .*$", re.MULTILINE)
_ENTRY = re.compile(r"\.visible \.entry (\w+)\(")


def target_for(capability: tuple[int, int]) -> tuple[int, int]:
    """Return the target whose kernels run on a GPU of `capability`. Raises DeviceError where none does."""
    for target in TARGETS:
        if capability >= target:
            return target
    raise DeviceError(f"compute capability {capability[0]}.{capability[1]} is too old: the kernels need 7.5")


def portable(ptx: str) -> str:
    """Return what NVVM made in the words of PTX_VERSION.

    NVVM declares the newest version it knows, and hints that 8.3 brought; both only keep older drivers out.
    """
    return _VERSION.sub(f".version {PTX_VERSION}", _NEWER_HINTS.sub("", ptx), count=1)


def entry_name(ptx: str) -> str:
    """Return the name of the one kernel in `ptx`."""
    return _ENTRY.search(ptx)[1]
