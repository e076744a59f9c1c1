"""Makes a file of kernels, on a machine with compilers and without a GPU."""

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kompakt import __version__
from kompakt.errors import DeviceError
from kompakt.kernels.compiled import code_ptx, compiler_versions, kernel_ptx, source_digest
from kompakt.kernels.found import spec_label
from kompakt.kernels.packed import Packed
from kompakt.kernels.ptx import TARGETS, entry_name
from kompakt.kernels.tools import tool
from kompakt.model.geometry import Geometry
from kompakt.model.spec import Spec, array_spec, spec_for_level

ARCHITECTURES = (80, 86, 90, 100)
"""Compute capabilities, without their dot, that machine code is made for; all others take the PTX."""

CODES = ("encode_huffman", "decode_huffman", "encode_rans", "decode_rans")
"""The kernels of code_kernels.py."""

_TARGET = TARGETS[0]


def specs_of(levels: Iterable[int]) -> list[Spec]:
    """Return the specs that some levels take, for arrays too."""
    wanted = [spec_for_level(level) for level in levels]
    wanted += [array_spec(level, Geometry(1)).compiled_as for level in levels]
    return sorted(set(wanted), key=lambda spec: spec.spec_id)


def makers(specs: Sequence[Spec], codes: Sequence[str], notice: Callable[[str], None]) -> Iterator[tuple]:
    """Yield (label, source digest, PTX) of the kernels of some specs, and of some of code_kernels.py."""
    for spec in specs:
        for decoding in (False, True):
            ptx = kernel_ptx(spec, decoding, _TARGET, notice)
            yield spec_label(spec, decoding), source_digest(spec, decoding), ptx
    for name in codes:
        yield name, source_digest(name), code_ptx(name, _TARGET, notice)


def packed(
    kernels: Iterable[tuple], architectures: Sequence[int], threads: int, told: Callable[[str], None]
) -> dict[str, Packed]:
    """Return what makers() yields, with machine code for each of `architectures`.

    told: is told of each kernel that is compiled
    Raises DeviceError if ptxas is missing or refuses a kernel.
    """
    done = {}
    with ThreadPoolExecutor(threads) as pool:  # ptxas works on one kernel while the next is compiled
        waiting = {}
        for label, source, ptx in kernels:
            images = {f"sm_{number}": pool.submit(cubin, ptx, number, label) for number in architectures}
            waiting[label] = (
                Packed(source, entry_name(ptx), {f"compute_{_TARGET[0]}{_TARGET[1]}": ptx.encode()}),
                images,
            )
            told(label)
        for label, (kernel, images) in waiting.items():
            machine_code = {name: future.result() for name, future in images.items()}
            done[label] = kernel._replace(images=machine_code | dict(kernel.images))
    return done


def cubin(ptx: str, architecture: int, label: str) -> bytes:
    """Return the machine code of a kernel for an architecture such as 90."""
    with tempfile.TemporaryDirectory(prefix="kompakt-") as folder:
        source, binary = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        source.write_text(ptx)
        command = [tool("ptxas"), f"-arch=sm_{architecture}", str(source), "-o", str(binary)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            said = next(iter((run.stderr or run.stdout).splitlines()), f"exit code {run.returncode}")
            said = said.removeprefix("ptxas ").replace(str(source), "the PTX")
            said = said.replace(entry_name(ptx), "the kernel")
            raise DeviceError(f"ptxas, {label} for sm_{architecture}: {said}")
        return binary.read_bytes()


def made_by(architectures: Sequence[int]) -> dict[str, str]:
    """Return the programs that make kernels, with their versions."""
    versions = {"kompakt-gpu": __version__, **compiler_versions()}
    return versions | ({"ptxas": _ptxas_version()} if architectures else {})


def _ptxas_version() -> str:
    said = subprocess.run([tool("ptxas"), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\bV(\d[\d.]*)", said)
    return found[1] if found else "unknown"
