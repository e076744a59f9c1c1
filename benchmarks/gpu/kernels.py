"""Every kernel compiled, side by side on all cores, and loaded; what the driver made of it in kernels.csv.

The CPU's loops are compiled at the same time. Later stages find both on disk.
"""

import multiprocessing
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor

from benchmarks.gpu.session import Session
from kompakt.cpu.compiled import block_loop, training_loop
from kompakt.cpu.threads import usable_threads
from kompakt.kernels.found import kernel_for
from kompakt.kernels.gpu import Gpu
from kompakt.kernels.packed import Kernel
from kompakt.kernels.shared import WARPS_MAX
from kompakt.model.spec import spec_for_level

ATTRIBUTES = {"shared_bytes": 1, "local_bytes": 3, "registers": 4, "binary_version": 6}
"""Columns by their number among CUfunction_attribute."""


def compile_kernel(level: int, decoding: bool, capability: tuple[int, int]) -> float:
    """Put a kernel's PTX on disk; return the seconds."""
    start = time.perf_counter()
    kernel_for(spec_for_level(level), decoding, capability, lambda text: None)
    return time.perf_counter() - start


def compile_loop(level: int, decoding: bool) -> float:
    """Put the CPU's loop on disk, with the encoder that which trains bases; return the seconds."""
    start = time.perf_counter()
    block_loop(spec_for_level(level), decoding, lambda text: None)
    if not decoding:
        training_loop(spec_for_level(level), lambda text: None)
    return time.perf_counter() - start


def workers() -> Executor:
    """Return processes that share nothing with this one, whose GPU they must not touch."""
    return ProcessPoolExecutor(usable_threads(), multiprocessing.get_context("spawn"))


def run(session: Session) -> None:
    """Compile everything and load every kernel; the first failure is raised at the end."""
    gpu = Gpu(0)
    keys = [(level, decoding) for level in session.levels for decoding in (False, True)]
    failures: list[Exception] = []
    with workers() as pool:
        kernels = {key: pool.submit(compile_kernel, *key, gpu.capability) for key in keys}
        loops = {key: pool.submit(compile_loop, *key) for key in keys}
        for key in keys:
            try:
                _report(session, gpu, *key, kernels[key], loops[key])
            except Exception as error:
                print(f"level {key[0]} {_name(key[1])}: {type(error).__name__}: {error}")
                failures.append(error)
    if failures:
        raise failures[0]


def _report(session: Session, gpu: Gpu, level: int, decoding: bool, kernel: Future, loop: Future) -> None:
    compile_s = kernel.result()
    found = kernel_for(spec_for_level(level), decoding, gpu.capability, print)
    start = time.perf_counter()
    gpu.load(found.images, found.name)
    load_s = time.perf_counter() - start
    row = {
        "machine": gpu.name,
        "level": level,
        "kernel": _name(decoding),
        "ptx_s": round(compile_s, 2),
        "cpu_loop_s": round(loop.result(), 2),
        "load_s": round(load_s, 3),
        **_attributes(found),
    }
    session.append("kernels", row)
    print(row)


def _attributes(kernel: Kernel) -> dict[str, int]:
    """Return registers and memory of a thread, and the CTAs and warps that a processor can hold at once."""
    from cupy.cuda import driver, function

    module = function.Module()
    module.load(kernel.images[0])
    pointer = module.get_function(kernel.name).ptr
    values = {name: driver.funcGetAttribute(number, pointer) for name, number in ATTRIBUTES.items()}
    ctas = driver.occupancyMaxActiveBlocksPerMultiprocessor(pointer, 32 * WARPS_MAX, 0)
    return values | {"ctas_of_processor": ctas, "warps_of_processor": ctas * WARPS_MAX}


def _name(decoding: bool) -> str:
    return "decode" if decoding else "encode"
