"""Rows of a results file: one for each codec and input of a run."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import median

from benchmarks.child import BenchmarkError

Seconds = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One codec on one input. Times are wall-clock seconds, one for each repeat."""

    date: str  # start of the run, UTC
    commit: str  # of kompakt
    cpu: str
    cores: int  # usable by the run
    versions: str
    folder: str
    scope: str  # `files`, `tar`, or what part of the files
    file: str
    codec: str
    command: str
    level: str
    block_bytes: int  # 0: not known
    threads: int
    bytes_in: int
    bytes_out: int
    compress_s: Seconds
    decompress_s: Seconds
    compress_warm_up_s: Seconds  # beside compress_s: start, imports, compiling or loading compiled code
    decompress_warm_up_s: Seconds
    compress_peak_bytes: int  # resident memory of the process, all repeats
    decompress_peak_bytes: int

    @property
    def compress_median_s(self) -> float:
        return median(self.compress_s)

    @property
    def decompress_median_s(self) -> float:
        return median(self.decompress_s)

    @property
    def peak_bytes(self) -> int:
        return max(self.compress_peak_bytes, self.decompress_peak_bytes)


COLUMNS = [column.name for column in fields(Row)]


def append_rows(path: Path, rows: Iterable[object]) -> None:
    """Add rows, of one dataclass, to the CSV file at `path`, with a header when it is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            if not file.tell():
                writer.writerow(column.name for column in fields(row))
            writer.writerow(_text(value) for value in astuple(row))


def read_rows(path: Path) -> list[Row]:
    """Return the rows of the CSV file at `path`. Raises BenchmarkError when it has other columns."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise BenchmarkError(f"{path}: has other columns than this version writes")
        return [
            Row(**{column.name: _value(column.type, text[column.name]) for column in fields(Row)})
            for text in reader
        ]


def _text(value: str | int | Seconds) -> str:
    return ";".join(f"{seconds:.6f}" for seconds in value) if isinstance(value, tuple) else str(value)


def _value(kind: type, text: str) -> str | int | Seconds:
    return tuple(map(float, text.split(";"))) if kind == Seconds else kind(text)
