"""Kernels as PTX, kept on disk between runs: numba-cuda is needed only where a kernel is new.

A driver of CUDA 12 or later turns the PTX into machine code, and caches that itself.
"""

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kompakt.errors import DeviceError
from kompakt.model.spec import Spec

PTX_VERSION = "8.0"
"""Oldest PTX that knows compute capability 9.0; the kernels use nothing newer, so older drivers load them."""

_PACKAGE = Path(__file__).parent.parent
_compiling = threading.Lock()
_compiled_for: set[tuple[int, int]] = set()


def kernel_ptx(spec: Spec, decoding: bool, capability: tuple[int, int], notice: Callable[[str], None]) -> str:
    """Return the PTX of a kernel for a compute capability such as (9, 0), from disk if it is there.

    notice: is told before the compiler starts
    Raises DeviceError if the compiler is needed and not installed.
    """
    from_disk = _digest((spec, decoding, capability))
    return _kept(from_disk, capability, notice, lambda offline: offline.ptx(spec, decoding, capability))


def code_ptx(name: str, capability: tuple[int, int], notice: Callable[[str], None]) -> str:
    """Return the PTX of a kernel of code_kernels.py; what holds for kernel_ptx() holds here."""
    from_disk = _digest((name, capability))
    return _kept(from_disk, capability, notice, lambda offline: offline.code_ptx(name, capability))


def _kept(digest: str, capability: tuple[int, int], notice: Callable[[str], None], make: Callable) -> str:
    path = cache_folder() / f"{digest}.ptx"
    with _compiling:  # or GPUs that start together would all compile
        try:
            return path.read_text()
        except OSError:
            made = with_version(_compile(capability, notice, make))
            _keep(path, made)
            return made


def _compile(capability: tuple[int, int], notice: Callable[[str], None], make: Callable) -> str:
    if _compiled_for - {capability}:  # see offline.ptx
        raise DeviceError("GPUs of different compute capability: run once with each of them alone first")
    notice("compiling the model for the GPU (once for each level, about 10 seconds)")
    try:
        offline = import_module("kompakt.kernels.offline")
    except ImportError as error:
        raise DeviceError(f"numba-cuda is missing ({error}): pip install 'kompakt-gpu[cuda13]'") from None
    _compiled_for.add(capability)
    return make(offline)


def entry_name(ptx: str) -> str:
    """Return the name of the one kernel in `ptx`."""
    return re.search(r"\.visible \.entry (\w+)\(", ptx)[1]


def with_version(ptx: str) -> str:
    """Return `ptx` declared as PTX_VERSION, whatever the compiler wrote."""
    return re.sub(r"^\.version .*$", f".version {PTX_VERSION}", ptx, count=1, flags=re.MULTILINE)


def cache_folder() -> Path:
    """Return the folder of kept kernels."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kompakt" / "kernels"


def _digest(what: tuple) -> str:
    try:
        compiler = version("numba-cuda")
    except PackageNotFoundError:
        compiler = "none"
    digest = hashlib.blake2b(repr((*what, compiler)).encode(), digest_size=16)
    for folder in ("model", "kernels"):
        for path in sorted((_PACKAGE / folder).glob("*.py")):
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
