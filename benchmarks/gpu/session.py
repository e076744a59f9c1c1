"""What every stage knows: where rows go, what is measured, and when to stop.

Imports the standard library only, so that a missing package fails one stage and not the run.
"""

import argparse
import csv
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

MIB = 1 << 20
RUN_S = 515
"""Seconds for all stages together; under nine minutes, with what starting takes."""

GOLDEN = "KOMPAKT_GOLDEN"
"""Environment variable: the file of golden streams (golden_file.py)."""

GOLDEN_NAME = "golden.npz"

SKIPPED = 77
"""Exit code of a stage that has nothing to do here, and said why in its last line."""

SMALL = 32
"""How much smaller blocks are in a rehearsal."""

LEVELS = tuple(range(1, 10))
PACKAGES = (
    "kompakt-gpu",
    "numpy",
    "numba",
    "numba-cuda",
    "cupy-cuda13x",
    "cupy-cuda12x",
    "cupy",
    "llvmlite",
    "blake3",
)


def parser() -> argparse.ArgumentParser:
    """Return the command line that the run and its stages share."""
    shared = argparse.ArgumentParser(prog="benchmarks.gpu", description=__doc__.splitlines()[0])
    shared.add_argument("output", type=Path, help="folder for rows, pictures and the log")
    shared.add_argument("folder", type=Path, nargs="?", help="what is compressed; made here without one")
    shared.add_argument("--seconds", type=float, default=RUN_S, help="for all stages together")
    shared.add_argument("--stages", help="only these, with commas between them")
    shared.add_argument("--levels", default=",".join(map(str, LEVELS)))
    shared.add_argument("--commit", default="", help="of the checkout, where git cannot tell")
    shared.add_argument("--carried", type=Path, help="folder with kernels, golden streams and wheels")
    shared.add_argument("--small", action="store_true", help="a rehearsal: blocks of kilobytes")
    shared.add_argument("--ncu", action="store_true", help="also profile one kernel launch")
    shared.add_argument("--set-bytes", type=int, default=2 * 10**9, help="most bytes of the file set")
    shared.add_argument("--stage", help=argparse.SUPPRESS)
    shared.add_argument("--limit", type=float, default=RUN_S, help=argparse.SUPPRESS)
    return shared


class Skipped(Exception):
    """A stage, or a part of one, has nothing to do on this machine; the text says why."""


@dataclass
class Session:
    """One stage's view of the run. `ends_at` is a time of time.monotonic()."""

    output: Path
    folder: Path | None = None
    levels: tuple[int, ...] = LEVELS
    commit: str = ""
    set_bytes: int = 2 * 10**9
    small: bool = False
    ends_at: float = field(default_factory=lambda: time.monotonic() + RUN_S)

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Session":
        """Return the session that the command line asks for."""
        return cls(
            output=options.output,
            folder=options.folder,
            levels=tuple(int(level) for level in options.levels.split(",")),
            commit=options.commit,
            set_bytes=options.set_bytes,
            small=options.small,
            ends_at=time.monotonic() + options.limit,
        )

    @property
    def kib(self) -> int:
        """Bytes of a KiB; fewer in a rehearsal."""
        return 1024 // SMALL if self.small else 1024

    @property
    def middle_level(self) -> int:
        """The default level, or the first one if that is not to be measured."""
        from kompakt.model.spec import DEFAULT_LEVEL

        return DEFAULT_LEVEL if DEFAULT_LEVEL in self.levels else self.levels[0]

    @property
    def ordered_levels(self) -> list[int]:
        """All levels, those first that say most: the middle one, 1, 5 and 9."""
        first = (self.middle_level, 1, 5, 9)
        return sorted(
            self.levels, key=lambda level: (first.index(level) if level in first else len(first), level)
        )

    def rank(self, level: int) -> int:
        """Return the place of a level in that order."""
        return self.ordered_levels.index(level) if level in self.levels else len(self.levels)

    @property
    def left_s(self) -> float:
        """Seconds left to this stage."""
        return self.ends_at - time.monotonic()

    @cached_property
    def facts(self) -> dict[str, str]:
        """Date (UTC), commit and versions: the first columns of every row."""
        from benchmarks.run_facts import run_facts

        run = run_facts()
        versions = ", ".join(f"{name} {number}" for name, number in versions_of(PACKAGES).items() if number)
        return {"date": run.date, "commit": self.commit or run.commit, "versions": versions}

    def append(self, table: str, row: Mapping[str, object]) -> None:
        """Add a row to OUTPUT/`table`.csv at once, so that nothing is lost when time is up."""
        row = self.facts | dict(row)
        with open(self.output / f"{table}.csv", "a", newline="") as file:
            writer = csv.DictWriter(file, row, lineterminator="\n")
            if not file.tell():
                writer.writeheader()
            writer.writerow(row)

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return the rows of OUTPUT/`table`.csv that are there so far, as text."""
        path = self.output / f"{table}.csv"
        if not path.exists():
            return []
        with open(path, newline="") as file:
            return list(csv.DictReader(file))


def versions_of(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the version of each package, empty for one that is missing."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found
