"""Several codecs on one input, by turns, each result decoded and compared."""

import filecmp
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.child import BenchmarkError
from benchmarks.codecs import INPUT, RESTORED, Codec, Timing
from benchmarks.inputs import copy_start


@dataclass(slots=True)
class Measured:
    """What one codec did to one input: the size of the archive and every run both ways."""

    codec: Codec
    bytes_in: int
    bytes_out: int = 0
    compress: list[Timing] = field(default_factory=list)
    decompress: list[Timing] = field(default_factory=list)


def measure(
    codecs: Sequence[Codec], source: Path, *, first_bytes: int | None, threads: int, repeats: int
) -> tuple[list[Measured], list[str]]:
    """Return what the codecs did to `source`, or its first bytes, and a line for each codec that failed.

    In each repeat every codec has its turn, so a machine that grows slower or faster does so for all. A
    codec that failed once, or gave wrong bytes, is left out from then on and has no result.
    """
    with tempfile.TemporaryDirectory(prefix="kompakt-bench-") as name:
        folder = Path(name)
        bytes_in = copy_start(source, folder / INPUT, first_bytes)
        results = [Measured(codec, bytes_in) for codec in codecs]
        failures = []
        for _ in range(repeats):
            for result in list(results):
                try:
                    _round_trip(result, folder, threads)
                except BenchmarkError as error:
                    failures.append(f"{result.codec.name}: {error}")
                    results.remove(result)
    return results, failures


def _round_trip(result: Measured, folder: Path, threads: int) -> None:
    codec, packed, restored = result.codec, folder / result.codec.packed, folder / RESTORED
    packed.unlink(missing_ok=True)
    restored.unlink(missing_ok=True)
    result.compress.append(codec.compress(folder, threads))
    if not packed.is_file():
        raise BenchmarkError(f"wrote no {packed.name}")
    result.bytes_out = packed.stat().st_size
    result.decompress.append(codec.decompress(folder, threads))
    filecmp.clear_cache()  # it would trust size and time of the last repeat's file
    if not restored.is_file() or not filecmp.cmp(folder / INPUT, restored, shallow=False):
        raise BenchmarkError("gave back other bytes than it got")
