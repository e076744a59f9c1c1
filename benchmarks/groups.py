"""Rows that may stand in one table: the same folder, scope, machine and number of threads."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from benchmarks.rows import Row


@dataclass(frozen=True, slots=True)
class Group:
    """The newest row for each file and codec of one kind of run."""

    folder: str
    scope: str
    cpu: str
    cores: int
    threads: int
    rows: dict[tuple[str, str], Row]  # by file and codec

    @property
    def title(self) -> str:
        threads = f"{self.threads} thread" + ("s" if self.threads > 1 else "")
        return f"{self.folder} ({self.scope}), {threads}, {self.cpu} with {self.cores} cores"

    @property
    def files(self) -> list[str]:
        return sorted({file for file, _ in self.rows})

    @property
    def codecs(self) -> list[str]:
        return list(dict.fromkeys(codec for _, codec in self.rows))

    def rows_of(self, codec: str) -> list[Row]:
        return [self.rows[file, codec] for file in self.files if (file, codec) in self.rows]

    def totals(self) -> list["Total"]:
        """Return the totals of the codecs that did every file of the group, smallest archives first."""
        complete = [rows for codec in self.codecs if len(rows := self.rows_of(codec)) == len(self.files)]
        return sorted(map(_total, complete), key=lambda total: total.bytes_out)

    def incomplete(self) -> list[str]:
        """Return the codecs that some file of the group lacks."""
        return [codec for codec in self.codecs if len(self.rows_of(codec)) < len(self.files)]


@dataclass(frozen=True, slots=True)
class Total:
    """One codec over all files of a group; speeds are bytes of all files by the sum of median seconds."""

    codec: str
    level: str
    bytes_in: int
    bytes_out: int
    compress_mb_s: float  # 10**6 bytes of input in a second
    decompress_mb_s: float
    compress_peak_bytes: int
    decompress_peak_bytes: int
    warm_up_s: float  # median of all runs
    longest_warm_up_s: float  # with compiling, if that was needed

    @property
    def ratio(self) -> float:
        return self.bytes_in / self.bytes_out

    @property
    def is_kompakt(self) -> bool:
        return self.codec.startswith("kompakt-")

    @property
    def is_plain_level(self) -> bool:
        """Whether this is a level of kompakt with its own block size."""
        return self.codec == f"kompakt-{self.level}"


def group_rows(rows: Iterable[Row]) -> list[Group]:
    """Return the groups in order of their first rows. A later row replaces one of the same file and codec."""
    groups: dict[tuple, dict[tuple[str, str], Row]] = defaultdict(dict)
    for row in rows:
        groups[row.folder, row.scope, row.cpu, row.cores, row.threads][row.file, row.codec] = row
    return [Group(*key, newest) for key, newest in groups.items()]


def _total(rows: list[Row]) -> Total:
    warm_ups_s = [s for row in rows for s in (*row.compress_warm_up_s, *row.decompress_warm_up_s)]
    bytes_in = sum(row.bytes_in for row in rows)
    return Total(
        codec=rows[0].codec,
        level=rows[0].level,
        bytes_in=bytes_in,
        bytes_out=sum(row.bytes_out for row in rows),
        compress_mb_s=bytes_in / sum(row.compress_median_s for row in rows) / 1e6,
        decompress_mb_s=bytes_in / sum(row.decompress_median_s for row in rows) / 1e6,
        compress_peak_bytes=max(row.compress_peak_bytes for row in rows),
        decompress_peak_bytes=max(row.decompress_peak_bytes for row in rows),
        warm_up_s=median(warm_ups_s),
        longest_warm_up_s=max(warm_ups_s),
    )
