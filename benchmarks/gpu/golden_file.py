"""A file of blocks, of the streams that a CPU made of them at every level, and of what some start from.

Starts are kept as what differs from the empty start, which is little after a few thousand bytes.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kompakt.model import spec as spec_module
from kompakt.model.spec import spec_by_id
from kompakt.model.state import Start, empty_start

FORMAT = 1


class StoredStart:
    """The origin of blocks that start from a start which is there already."""

    def __init__(self, start: Start):
        self.base_bits = start.base_bits
        self._start = start

    def start(self) -> Start:
        """Return the start."""
        return self._start


@dataclass(frozen=True)
class Case:
    """Blocks and their streams, uint8, at a spec; a stream as long as its block means a stored block."""

    spec_id: int
    blocks: Sequence[np.ndarray]
    streams: Sequence[np.ndarray]
    start: StoredStart | None

    def __str__(self) -> str:
        spec = spec_by_id(self.spec_id)
        arrays = f", arrays of {spec.geometry.width} bytes" if spec.is_array else ""
        return f"level {spec.level}{arrays}{', with a start' if self.start else ''}"


def model_digest() -> str:
    """Return a digest of the model's source, from which all streams follow."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(Path(spec_module.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write_golden(path: Path, cases: Sequence[Case]) -> None:
    """Write cases, all of the same blocks."""
    blocks = cases[0].blocks
    arrays = {"blocks": np.concatenate(blocks)}
    index = {
        "format": FORMAT,
        "model": model_digest(),
        "sizes": [len(block) for block in blocks],
        "cases": [],
    }
    for number, case in enumerate(cases):
        told = {"spec_id": case.spec_id, "sizes": [len(stream) for stream in case.streams]}
        arrays[f"streams{number}"] = np.concatenate(case.streams)
        if case.start is not None:
            start = case.start.start()
            told["start"] = {"base_bits": start.base_bits, "ends": list(start.ends)}
            empty = empty_start(spec_by_id(case.spec_id)).learned
            arrays |= {
                f"base{number}": start.base,
                f"text{number}": start.text,
                f"learned{number}": start.learned ^ empty,
            }
        index["cases"].append(told)
    with open(path, "wb") as file:
        np.savez_compressed(file, index=np.frombuffer(json.dumps(index).encode(), np.uint8), **arrays)


def read_golden(path: str | Path) -> list[Case]:
    """Return the cases of a file. Raises ValueError if they are of another version of the model."""
    with np.load(path, allow_pickle=False) as file:
        index = json.loads(file["index"].tobytes())
        if (index["format"], index["model"]) != (FORMAT, model_digest()):
            raise ValueError(
                f"{path}: of another version of the model: python -m benchmarks.gpu.carry FOLDER"
            )
        blocks = _parts(file["blocks"], index["sizes"])
        return [
            Case(
                told["spec_id"],
                blocks,
                _parts(file[f"streams{number}"], told["sizes"]),
                _start(file, number, told) if "start" in told else None,
            )
            for number, told in enumerate(index["cases"])
        ]


def _start(file, number: int, told: dict) -> StoredStart:
    learned = file[f"learned{number}"] ^ empty_start(spec_by_id(told["spec_id"])).learned
    base, text, of_start = file[f"base{number}"], file[f"text{number}"], told["start"]
    return StoredStart(Start(base, of_start["base_bits"], text, tuple(of_start["ends"]), learned))


def _parts(whole: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    return np.split(whole, np.cumsum(sizes)[:-1])
