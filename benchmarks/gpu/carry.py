"""What a machine with a GPU and without a network needs, into one folder: kernels, golden streams, wheels.

    python -m benchmarks.gpu.carry FOLDER [--wheels blake3] [--python 3.12] [--level 3]

Needs numba-cuda, ptxas and, for wheels, a package index. There: benchmarks/on_gpu.sh OUTPUT --carried FOLDER.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from benchmarks.gpu.data import made
from benchmarks.gpu.golden_file import Case, StoredStart, read_golden, write_golden
from benchmarks.gpu.jobs import Root, encode_jobs
from benchmarks.gpu.session import GOLDEN_NAME, LEVELS
from kompakt.cpu.backend import CpuBackend
from kompakt.errors import DeviceError
from kompakt.kernels.compiled import source_digest
from kompakt.kernels.found import spec_label
from kompakt.kernels.making import specs_of
from kompakt.kernels.packed import PackedKernels
from kompakt.kernels.ptx import TARGETS
from kompakt.model.geometry import Geometry
from kompakt.model.spec import Spec, array_spec, spec_for_level

SIZES = (0, 1, 2, 3, 7, 8, 31, 32, 33, 100, 500, 999, 1000, 1024, 2047, 4096)
ROOT_BYTES = 3000
GEOMETRIES = (Geometry(2, step=2), Geometry(4, row=50, is_float=True))
PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_24", "manylinux_2_17", "manylinux2014")


def main() -> None:
    """Fill the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wheels", nargs="*", default=["blake3"], help="packages that are missing there")
    parser.add_argument("--python", default="3.12", help="its version there")
    parser.add_argument("--level", type=int, action="append", help="only this level; may be repeated")
    parser.add_argument("--arch", default="90", help="compute capability there, without its dot")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    levels = options.level or LEVELS
    if options.wheels:
        _download(options.folder, options.wheels, options.python)
    golden, kernels = options.folder / GOLDEN_NAME, options.folder / "all.kernels"
    if not _is_current_golden(golden, levels):
        write_golden(golden, golden_cases(_specs(levels)))
    if not _are_current_kernels(kernels, levels):
        chosen = [word for level in levels for word in ("--level", str(level))]
        command = [sys.executable, "-m", "kompakt", "kernels", str(kernels), "--arch", options.arch, *chosen]
        subprocess.run([*command, "--force"], check=True)
    for path in sorted(options.folder.iterdir()):
        print(f"{path}: {path.stat().st_size} bytes")


def _is_current_golden(path: Path, levels: Sequence[int]) -> bool:
    """Tell whether there are golden streams of these levels, made by this model."""
    if not path.exists():
        return False
    try:
        found = {case.spec_id for case in read_golden(path)}
    except (OSError, KeyError, ValueError, BadZipFile):
        return False
    return found == {spec.spec_id for spec in _specs(levels)}


def _are_current_kernels(path: Path, levels: Sequence[int]) -> bool:
    """Tell whether there are kernels of these levels, made of this source."""
    if not path.exists():
        return False
    try:
        packed = PackedKernels(path)
        return all(
            packed.kernel(spec_label(spec, decoding), source_digest(spec, decoding), TARGETS[0])
            for spec in specs_of(levels)
            for decoding in (False, True)
        )
    except DeviceError:
        return False


def _specs(levels: Sequence[int]) -> list[Spec]:
    """Return the specs of some levels, those for arrays in each geometry."""
    specs = [spec_for_level(level) for level in levels]
    specs += [array_spec(level, geometry) for level in levels for geometry in GEOMETRIES]
    return list(dict.fromkeys(specs))


def golden_cases(specs: Sequence[Spec]) -> list[Case]:
    """Return the cases of some specs, each with and without a start."""
    blocks = golden_blocks()
    root = made(3 * ROOT_BYTES)[1].data
    cpu = CpuBackend(notice=print)
    cases = []
    for spec in specs:
        start = StoredStart(Root(root, spec).start())
        cases += [_case(cpu, spec, blocks, origin) for origin in (None, start)]
        print(f"{cases[-2]}: {sum(stream.size for stream in cases[-2].streams)} bytes, "
              f"{sum(stream.size for stream in cases[-1].streams)} with a start", flush=True)  # fmt: skip
    return cases


def _case(cpu: CpuBackend, spec: Spec, blocks: list[np.ndarray], origin: StoredStart | None) -> Case:
    streams = [result.stream for result in cpu.encode(encode_jobs(blocks, spec, origin))]
    return Case(spec.spec_id, blocks, streams, origin)


def golden_blocks() -> list[np.ndarray]:
    """Return text of all SIZES, and blocks of other kinds: random, constant, repeated, tables, numbers."""
    table, text, waves = (part.data for part in made(60_000))
    floats = np.sin(np.arange(700) / 9).astype("<f4").view(np.uint8)
    random = np.random.default_rng(3).integers(0, 256, 700, np.uint8)
    tags = np.frombuffer(b"<list>%s</list>" % b"".join(b'<n v="%d">x</n>\n' % n for n in range(80)), np.uint8)
    others = [
        table[:3000],
        waves[:3000],
        floats,
        random,
        tags,
        np.zeros(3000, np.uint8),
        np.tile(text[5000:6200], 3),  # a match long enough to be sure of
        np.concatenate([random, random]),
        np.arange(2560).astype(np.uint8),
    ]
    return [text[:size] for size in SIZES] + others


def _download(folder: Path, packages: list[str], python: str) -> None:
    """Take the newest wheels of packages for x86-64 Linux, without what they depend on."""
    platforms = [word for name in PLATFORMS for word in ("--platform", f"{name}_x86_64")]
    options = ["--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", python]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder)]
    subprocess.run([*command, *options, *platforms, *packages], check=True)


if __name__ == "__main__":
    main()
