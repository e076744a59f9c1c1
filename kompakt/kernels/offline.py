"""Kernels to PTX on a machine without a GPU, for tests and for reading the machine code."""

from collections.abc import Callable
from types import SimpleNamespace

from numba.cuda import dispatcher
from numba.cuda.compiler import compile_ptx

from kompakt.kernels.code_kernels import kernel as code_kernel
from kompakt.kernels.code_kernels import signature as code_signature
from kompakt.kernels.kernels import LAUNCH_BOUNDS, SIGNATURE, kernel
from kompakt.model.spec import Spec


def ptx(spec: Spec, decoding: bool, capability: tuple[int, int], lineinfo: bool = False) -> str:
    """Return the PTX of a kernel for compute capability `capability`, such as (9, 0).

    Device functions are compiled once a process, so ask for one capability in a process only.
    """
    return _ptx(kernel(spec, decoding), SIGNATURE, capability, lineinfo=lineinfo, launch_bounds=LAUNCH_BOUNDS)


def code_ptx(name: str, capability: tuple[int, int], lineinfo: bool = False) -> str:
    """Return the PTX of the kernel `name` of code_kernels.py; what holds for ptx() holds here."""
    return _ptx(code_kernel(name), code_signature(name), capability, lineinfo=lineinfo)


def _ptx(function: Callable, signature: object, capability: tuple[int, int], **options: object) -> str:
    device = SimpleNamespace(compute_capability=capability)
    real, dispatcher.get_current_device = dispatcher.get_current_device, lambda: device
    try:
        return compile_ptx(function, signature, cc=capability, **options)[0]
    finally:
        dispatcher.get_current_device = real
