"""Kernels to PTX on a machine without a GPU, for tests and for reading the machine code."""

from types import SimpleNamespace

from numba.cuda import dispatcher
from numba.cuda.compiler import compile_ptx

from kompakt.kernels.kernels import LAUNCH_BOUNDS, SIGNATURE, kernel
from kompakt.model.spec import Spec


def ptx(spec: Spec, decoding: bool, capability: tuple[int, int], lineinfo: bool = False) -> str:
    """Return the PTX of a kernel for compute capability `capability`, such as (9, 0).

    Device functions are compiled once a process, so ask for one capability in a process only.
    """
    device = SimpleNamespace(compute_capability=capability)
    real, dispatcher.get_current_device = dispatcher.get_current_device, lambda: device
    try:
        return compile_ptx(
            kernel(spec, decoding), SIGNATURE, cc=capability, lineinfo=lineinfo, launch_bounds=LAUNCH_BOUNDS
        )[0]
    finally:
        dispatcher.get_current_device = real
