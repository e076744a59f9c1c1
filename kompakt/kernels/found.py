"""A kernel that a GPU can load, from where it is found first: carried files, the cache, the compiler."""

import os
from collections.abc import Callable
from pathlib import Path

from kompakt.errors import DeviceError
from kompakt.kernels.compiled import cache_folder, code_ptx, kernel_ptx, source_digest
from kompakt.kernels.packed import SUFFIX, Kernel, PackedKernels
from kompakt.kernels.ptx import entry_name
from kompakt.model.spec import Spec

CARRIED = "KOMPAKT_KERNELS"
"""Environment variable: a file of kernels, or a folder of such files."""

_refused: set[Path] = set()


def kernel_for(
    spec: Spec, decoding: bool, capability: tuple[int, int], notice: Callable[[str], None]
) -> Kernel:
    """Return the kernel of a spec for a GPU of a compute capability such as (9, 0).

    notice: is told before the compiler starts, and of files in the cache that are of no use
    Raises DeviceError if what CARRIED names is of no use, if a compiler is needed and missing, and for GPUs
    that are too old.
    """
    source = source_digest(spec, decoding)
    return carried(spec_label(spec, decoding), source, capability, notice) or _of_ptx(
        kernel_ptx(spec, decoding, capability, notice)
    )


def code_kernel_for(name: str, capability: tuple[int, int], notice: Callable[[str], None]) -> Kernel:
    """Return a kernel of code_kernels.py; what holds for kernel_for() holds here."""
    return carried(name, source_digest(name), capability, notice) or _of_ptx(
        code_ptx(name, capability, notice)
    )


def spec_label(spec: Spec, decoding: bool) -> str:
    """Return under what name files of kernels know the kernel of a spec."""
    return f"{'decode' if decoding else 'encode'}_{spec.spec_id}"


def carried(
    label: str, source: str, capability: tuple[int, int], notice: Callable[[str], None]
) -> Kernel | None:
    """Return a kernel from the files of kernels, None if it is in none of them."""
    if named := os.environ.get(CARRIED):
        for path in _files(Path(named)):
            if kernel := PackedKernels(path).kernel(label, source, capability):
                return kernel
    for path in sorted(cache_folder().glob(f"*{SUFFIX}")):
        try:
            if kernel := PackedKernels(path).kernel(label, source, capability):
                return kernel
        except DeviceError as error:
            if path not in _refused:
                _refused.add(path)
                notice(f"{error}; it is not used")
    return None


def _files(named: Path) -> list[Path]:
    if not named.is_dir():
        return [named]
    if files := sorted(named.glob(f"*{SUFFIX}")):
        return files
    raise DeviceError(f"{CARRIED}: {named}: holds no file named *{SUFFIX}")


def _of_ptx(ptx: str) -> Kernel:
    return Kernel(entry_name(ptx), (ptx.encode() + b"\0",))
