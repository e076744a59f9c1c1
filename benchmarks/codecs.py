"""Kompakt's levels and other programs, each from `input` to an archive and on to `restored`."""

import platform
import re
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from benchmarks.child import BenchmarkError, Finished, run
from kompakt import __version__
from kompakt.errors import UsageError
from kompakt.sizes import parse_size

ROOT = Path(__file__).resolve().parents[1]
INPUT, RESTORED = "input", "restored"


@dataclass(frozen=True, slots=True)
class Timing:
    """One run. warm_up_s is what the process took outside of the measured part."""

    seconds: float
    warm_up_s: float
    peak_bytes: int


class Codec(Protocol):
    """A program with its settings."""

    name: str
    level: str
    block_bytes: int  # 0 where the program does not say
    versions: str
    command: str  # `{threads}` in it is filled in
    packed: str  # name of the archive in the work folder

    def compress(self, folder: Path, threads: int) -> Timing:
        """Write the archive from `input`, both in `folder`. Raises BenchmarkError."""

    def decompress(self, folder: Path, threads: int) -> Timing:
        """Write `restored` from the archive, both in `folder`. Raises BenchmarkError."""


class Kompakt:
    """A level of the kompakt package of this checkout: its Python interface in a process of its own."""

    packed = "packed.kmp"

    def __init__(self, level: int, block_size: str = ""):
        """Let the program choose where to cut, or take `block_size` as the command line writes it."""
        self.level = str(level)
        self.name = f"kompakt-{level}" + (f"-{block_size}" if block_size else "")
        self.block_bytes = parse_size(block_size) if block_size else 0
        blocks = f", block_bytes={self.block_bytes}" if block_size else ""
        self.command = f"kompakt.compress(data, level={level}{blocks}, threads={{threads}})"

    @cached_property
    def versions(self) -> str:
        return (
            f"kompakt {__version__}, numba {version('numba')}, numpy {version('numpy')}, "
            f"Python {platform.python_version()}"
        )

    def compress(self, folder: Path, threads: int) -> Timing:
        return self._run("compress", folder, threads)

    def decompress(self, folder: Path, threads: int) -> Timing:
        return self._run("decompress", folder, threads)

    def _run(self, action: str, folder: Path, threads: int) -> Timing:
        source, target = (INPUT, self.packed) if action == "compress" else (self.packed, RESTORED)
        paths = [str(folder / source), str(folder / target)]
        settings = [self.level, str(self.block_bytes), str(threads)]
        finished = run([sys.executable, "-m", "benchmarks.worker", action, *paths, *settings], ROOT)
        seconds = float(finished.output.splitlines()[-1])
        return Timing(seconds, finished.seconds - seconds, finished.peak_bytes)


@dataclass(frozen=True)
class Peer:
    """Another program, whose commands a shell runs in the work folder.

    show_version: arguments that make the program print its version
    """

    name: str
    level: str
    command: str
    decompress_command: str
    packed: str = "packed"
    show_version: str = "--version"
    block_bytes: int = 0

    @property
    def program(self) -> str:
        return self.command.split()[0]

    @property
    def is_installed(self) -> bool:
        return shutil.which(self.program) is not None

    @cached_property
    def versions(self) -> str:
        printed = run(["sh", "-c", f"{self.program} {self.show_version} | head -n 5"], ROOT).output
        found = re.search(r"\d+(\.\d+)+", printed)
        return f"{self.program} {found[0] if found else 'of unknown version'}"

    def compress(self, folder: Path, threads: int) -> Timing:
        return _timing(run(self._shell(self.command, threads), folder))

    def decompress(self, folder: Path, threads: int) -> Timing:
        return _timing(run(self._shell(self.decompress_command, threads), folder))

    def _shell(self, command: str, threads: int) -> list[str]:
        return ["sh", "-c", "exec " + command.format(threads=threads)]


def _timing(finished: Finished) -> Timing:
    return Timing(finished.seconds, 0.0, finished.peak_bytes)


def _kanzi(level: int) -> Peer:
    """Return a level of kanzi with its largest block, 1 GiB: a file up to that is one block."""
    return Peer(
        f"kanzi-l{level}",
        str(level),
        f"kanzi -c -l {level} -b 1g -j {{threads}} -f -v 0 -i input -o packed",
        "kanzi -d -j {threads} -f -v 0 -i packed -o restored",
        show_version="-h",
        block_bytes=1 << 30,
    )


PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            "zstd-19",
            "19",
            "zstd -19 --long=27 -T{threads} -q -f input -o packed",
            "zstd -d --long=27 -q -f packed -o restored",
        ),
        Peer(
            "xz-9e",
            "9e",
            "xz -9e -T{threads} --stdout input > packed",
            "xz -d -T{threads} --stdout packed > restored",
        ),
        Peer(
            "bzip3",
            "b64",
            "bzip3 -e -b 64 -j {threads} -f input packed",
            "bzip3 -d -j {threads} -f packed restored",
            block_bytes=64 << 20,
        ),
        Peer(
            "7zz-ppmd",
            "o32",
            "7zz a -m0=PPMd:o=32:mem=1g -mmt{threads} -bd -y packed.7z input",
            "7zz e -so -mmt{threads} packed.7z > restored",
            packed="packed.7z",
            show_version="",
        ),
        Peer(
            "zpaq-m5",
            "m5",
            "zpaq add packed.zpaq input -m5 -t{threads}",
            "zpaq extract packed.zpaq input -to restored -force -t{threads}",
            packed="packed.zpaq",
            show_version="",
        ),
        Peer(
            "lrzip-z",
            "z",
            "lrzip -z -p {threads} -q -f -o packed input",
            "lrzip -d -p {threads} -q -f -o restored packed",
        ),
        *(_kanzi(level) for level in (7, 8, 9)),
        Peer(
            "mcm-x11",
            "x11",
            "mcm -x11 input packed",
            # Built from e4768c3, as 1c44c95, the newest, restores wrong bytes. d writes to the stored name.
            "sh -c 'mkdir -p out && cd out && mcm d ../packed && mv input ../restored'",
            show_version="",
        ),
        Peer(
            "bsc",
            "e2",
            "bsc e input packed -b1024e2",
            "bsc d packed restored",
            show_version="",
            block_bytes=1 << 30,
        ),
    )
}


def codec_named(name: str) -> Codec:
    """Return `kompakt-LEVEL`, `kompakt-LEVEL-BLOCKSIZE` or one of PEERS. Raises BenchmarkError."""
    if match := re.fullmatch(r"kompakt-([1-9])(?:-(.+))?", name):
        try:
            return Kompakt(int(match[1]), match[2] or "")
        except UsageError as error:
            raise BenchmarkError(f"{name}: {error}") from None
    if name in PEERS:
        return PEERS[name]
    raise BenchmarkError(f"{name}: is none of kompakt-1 … kompakt-9, {', '.join(PEERS)}")
