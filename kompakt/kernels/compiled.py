"""Kernels as PTX, kept on disk between runs: numba-cuda is needed only where a kernel is new.

A driver turns the PTX into machine code, and caches that itself.
"""

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kompakt.errors import DeviceError
from kompakt.kernels.ptx import portable, target_for
from kompakt.model.spec import Spec

HOST_ONLY = (
    "backend.py",
    "compiled.py",
    "found.py",
    "gather.py",
    "gpu.py",
    "launches.py",
    "making.py",
    "packed.py",
    "pipelines.py",
    "ring.py",
    "staging.py",
    "starts.py",
    "tools.py",
)
"""Files of kompakt/kernels that no kernel is made of; a change in any other makes new kernels."""

COMPILER = ("numba-cuda", "llvmlite", "nvidia-nvvm", "nvidia-cuda-nvcc-cu12")
"""Packages whose version decides what a kernel's PTX is. The last two bring NVVM, for CUDA 13 and 12."""

_PACKAGE = Path(__file__).parent.parent
_compiling = threading.Lock()
_compiled_for: set[tuple[int, int]] = set()


def kernel_ptx(spec: Spec, decoding: bool, capability: tuple[int, int], notice: Callable[[str], None]) -> str:
    """Return the PTX of a kernel for a GPU of a compute capability such as (9, 0), from disk if it is there.

    notice: is told before the compiler starts
    Raises DeviceError if the compiler is needed and not installed, and for GPUs that are too old.
    """
    target = target_for(capability)
    digest = source_digest(spec, decoding, target)
    return _kept(digest, target, notice, lambda offline: offline.ptx(spec, decoding, target))


def code_ptx(name: str, capability: tuple[int, int], notice: Callable[[str], None]) -> str:
    """Return the PTX of a kernel of code_kernels.py; what holds for kernel_ptx() holds here."""
    target = target_for(capability)
    digest = source_digest(name, target)
    return _kept(digest, target, notice, lambda offline: offline.code_ptx(name, target))


def _kept(digest: str, target: tuple[int, int], notice: Callable[[str], None], make: Callable) -> str:
    compiler = compiler_versions()
    with _compiling:  # or GPUs that start together would all compile
        for path in _candidates(digest, compiler):
            with contextlib.suppress(OSError):
                return path.read_text()
        made = portable(_compile(target, notice, make))
        _keep(_path(digest, compiler), made)
        return made


def _candidates(digest: str, compiler: dict[str, str]) -> list[Path]:
    """Return where the kernel may lie: without a compiler, what any compiler made will do, newest first."""
    if "numba-cuda" in compiler:
        return [_path(digest, compiler)]
    return sorted(cache_folder().glob(f"{digest}-*.ptx"), key=lambda path: path.stat().st_mtime, reverse=True)


def _path(digest: str, compiler: dict[str, str]) -> Path:
    of_compiler = hashlib.blake2b(repr(compiler).encode(), digest_size=8).hexdigest()
    return cache_folder() / f"{digest}-{of_compiler}.ptx"


def _compile(target: tuple[int, int], notice: Callable[[str], None], make: Callable) -> str:
    if _compiled_for - {target}:  # see offline.ptx
        raise DeviceError("GPUs older and newer than compute capability 8.0: run once with each alone first")
    notice("compiling the model for the GPU (once for each level, about 10 seconds)")
    try:
        offline = import_module("kompakt.kernels.offline")
    except ImportError as error:
        remedy = "pip install 'kompakt-gpu[cuda13]', or carry kernels (kompakt-gpu kernels)"
        raise DeviceError(f"numba-cuda is missing ({error}): {remedy}") from None
    _compiled_for.add(target)
    return make(offline)


def compiler_versions() -> dict[str, str]:
    """Return what of COMPILER is installed, with its version, and the toolkit that CUDA_HOME names."""
    versions = {}
    for package in COMPILER:
        with contextlib.suppress(PackageNotFoundError):
            versions[package] = version(package)
    if toolkit := os.environ.get("CUDA_HOME") or os.environ.get("CUDA_PATH"):
        versions["toolkit"] = os.path.realpath(toolkit)
    return versions


def cache_folder() -> Path:
    """Return the folder of kept kernels."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kompakt" / "kernels"


def source_digest(*what: object) -> str:
    """Return a digest of `what` and of all source that kernels are made of, the same whatever compiles it."""
    digest = hashlib.blake2b(repr(what).encode(), digest_size=16)
    for folder in ("model", "kernels"):
        for path in sorted((_PACKAGE / folder).glob("*.py")):
            if folder == "model" or path.name not in HOST_ONLY:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _keep(path: Path, text: str) -> None:
    """Write a kernel to disk, or do without: it is only compiled again."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
