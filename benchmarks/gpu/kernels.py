"""Every kernel loaded; what the driver made of it in kernels.csv. What was not carried is compiled first."""

import multiprocessing
import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor

from benchmarks.gpu.session import Session
from kompakt.cpu.threads import usable_threads
from kompakt.kernels.found import CARRIED, kernel_for, spec_label
from kompakt.kernels.gpu import MOST_DYNAMIC_SHARED_BYTES, Gpu
from kompakt.kernels.making import specs_of
from kompakt.kernels.packed import Kernel
from kompakt.kernels.shared import WARPS_MAX, SharedLayout
from kompakt.model.spec import Spec

ATTRIBUTES = {"shared_bytes": 1, "local_bytes": 3, "registers": 4, "binary_version": 6}
"""Columns by their number among CUfunction_attribute."""


def compile_kernel(spec: Spec, decoding: bool, capability: tuple[int, int]) -> None:
    """Put a kernel's PTX on disk."""
    kernel_for(spec, decoding, capability, lambda text: None)


def workers() -> Executor:
    """Return processes that share nothing with this one, whose GPU they must not touch."""
    return ProcessPoolExecutor(usable_threads(), multiprocessing.get_context("spawn"))


def run(session: Session) -> None:
    """Load every kernel, after compiling what was not carried; the first failure is raised at the end."""
    gpu = Gpu(0)
    keys = [(spec, decoding) for spec in specs_of(session.levels) for decoding in (False, True)]
    keys.sort(key=lambda key: (key[0].is_array, session.rank(key[0].level)))
    failures: list[Exception] = []
    if not os.environ.get(CARRIED):
        with workers() as pool:
            compiled = [pool.submit(compile_kernel, *key, gpu.capability) for key in keys]
            failures += [future.exception() for future in compiled if future.exception()]
    for key in keys if not failures else []:
        try:
            _report(session, gpu, *key)
        except Exception as error:
            print(f"{spec_label(*key)}: {type(error).__name__}: {error}")
            failures.append(error)
    if failures:
        raise failures[0]


def _report(session: Session, gpu: Gpu, spec: Spec, decoding: bool) -> None:
    found = kernel_for(spec, decoding, gpu.capability, print)
    start = time.perf_counter()
    shared = SharedLayout(spec)
    gpu.load(found.images, found.name, shared.launch_bytes, WARPS_MAX)
    row = {
        "machine": gpu.name,
        "level": spec.level,
        "spec": spec.spec_id,
        "kernel": "decode" if decoding else "encode",
        "load_s": round(time.perf_counter() - start, 3),
        **_attributes(found, shared.launch_bytes(WARPS_MAX)),
    }
    session.append("kernels", row)
    print(row)


def _attributes(kernel: Kernel, shared_bytes: int) -> dict[str, int]:
    """Return registers and memory of a thread, and the CTAs and warps that a processor can hold at once."""
    from cupy.cuda import driver, function

    module = function.Module()
    module.load(kernel.images[0])
    pointer = module.get_function(kernel.name).ptr
    if shared_bytes:
        driver.funcSetAttribute(pointer, MOST_DYNAMIC_SHARED_BYTES, shared_bytes)
    values = {name: driver.funcGetAttribute(number, pointer) for name, number in ATTRIBUTES.items()}
    ctas = driver.occupancyMaxActiveBlocksPerMultiprocessor(pointer, 32 * WARPS_MAX, shared_bytes)
    return values | {"ctas_of_processor": ctas, "warps_of_processor": ctas * WARPS_MAX}
