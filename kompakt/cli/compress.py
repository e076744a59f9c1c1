"""`kompakt-gpu compress`: files into a new archive, or as a snapshot into one that is there."""

import json
import os
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from kompakt.atomic_file import AtomicFile
from kompakt.cli.options import DeviceMemory, DeviceName, Force, Json, Level, Quiet, Threads
from kompakt.cli.report import Report, speed
from kompakt.cli.text import counted
from kompakt.errors import FileSystemError, UsageError
from kompakt.model.spec import DEFAULT_LEVEL
from kompakt.sizes import parse_size

if TYPE_CHECKING:
    from kompakt.archive.entry import Entry
    from kompakt.batch import Written
    from kompakt.classic.choice import Codec
    from kompakt.device import Device
    from kompakt.model.spec import Spec
    from kompakt.models.library import Library
    from kompakt.models.none import NoModels
    from kompakt.pack import Content
    from kompakt.scan import Source

Paths = Annotated[list[str], typer.Argument(metavar="PATH", help="Files and folders; - is standard input.")]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="OUT.kmp", help="PATH.kmp by default; - is standard output."),
]
BlockSize = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="Bytes coded one after the other, such as 4MiB; more is smaller."),
]
Independent = Annotated[
    bool, typer.Option("--independent", help="Let no block start from others: larger, read with less work.")
]
Model = Annotated[
    str,
    typer.Option(
        metavar="auto|none|NAME|ID|FILE", help="Trained model to start from; see `kompakt-gpu models list`."
    ),
]
NoDedup = Annotated[
    bool, typer.Option("--no-dedup", help="Do not look for content that is there several times.")
]
EmbedModel = Annotated[
    bool, typer.Option("--embed-model", help="Put the models that are used into the archive.")
]
CodecName = Annotated[
    str,
    typer.Option(
        "--codec",
        metavar="cm|auto|NAME+NAME",
        help="Context mixing; classical codes, such as lz77+huffman; or auto, the best for each block.",
    ),
]
Budget = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="SECONDS",
        help="CPU time for a gigabyte that a codec of auto may take; by default 100.",
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Leave out names that match; may be given several times."),
]

Append = Annotated[
    str | None,
    typer.Option(metavar="ARCHIVE", help="Add a snapshot to this archive, which pays only for what changed."),
]
Checksum = Annotated[
    bool, typer.Option("--checksum", help="With --append, read files that look unchanged, too.")
]


def compress(
    paths: Paths,
    output: Output = None,
    append: Append = None,
    checksum: Checksum = False,
    device: DeviceName = "auto",
    device_memory: DeviceMemory = None,
    level: Level = None,
    block_size: BlockSize = None,
    independent: Independent = False,
    model: Model = "auto",
    embed_model: EmbedModel = False,
    no_dedup: NoDedup = False,
    codec: CodecName = "cm",
    budget: Budget = None,
    threads: Threads = None,
    exclude: Exclude = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Pack files and folders into a new archive, or with --append as a snapshot into an archive."""
    from kompakt.device import Device

    block_bytes = parse_size(block_size) if block_size else None
    if "-" in paths and (append or len(paths) > 1):
        raise UsageError("standard input (-) goes into an archive of its own")
    if append and (output or force or append == "-"):
        raise UsageError("--append ARCHIVE takes neither -o nor --force, and no pipe")
    if checksum and not append:
        raise UsageError("--checksum is for --append")
    output = append or output or _default_output(paths)
    if output == "-" and as_json:
        raise UsageError("--json and the archive cannot both go to standard output")
    if output == "-" and sys.stdout.isatty():
        raise UsageError("an archive is not for a terminal: give -o FILE, or a pipe to take it")
    with Report(quiet=quiet) as report:
        machine = Device(device, threads, report.notice, device_memory)
        from kompakt.models.choice import codec_and_models

        coder, models = codec_and_models(
            codec, level or DEFAULT_LEVEL, budget, model, embed_model, report.notice
        )
        if append and coder:
            raise UsageError("--append codes with the model: it takes no --codec")
        batch = _Batch(
            paths,
            exclude or [],
            level,
            block_bytes,
            independent,
            not no_dedup,
            coder,
            models,
            machine,
            report,
        )
        if append:
            batch.append_to(Path(append), checksum)
        elif output == "-":
            batch.write(sys.stdout.buffer, "standard output", skip=())
        else:
            batch.write_file(Path(output), force)
        report.stop()
        return batch.summarise(output, as_json)


class _Batch:
    """What to pack and how, and then what became of it."""

    written: "Written"

    def __init__(
        self,
        paths: list[str],
        exclude: list[str],
        level: int | None,
        block_bytes: int | None,
        independent: bool,
        dedup: bool,
        codec: "Codec | None",
        models: "Library | NoModels",
        device: "Device",
        report: Report,
    ):
        from kompakt.batch import check_block_bytes
        from kompakt.model.spec import spec_for_level

        self._paths = paths
        self._exclude = exclude
        self._level = level
        self._spec = spec_for_level(level or DEFAULT_LEVEL)
        check_block_bytes(self._spec, block_bytes, codec)
        self._codec = codec
        self._block_bytes = block_bytes
        self._independent = independent
        self._dedup = dedup
        self._models = models
        self._device = device
        self._report = report
        self._unreadable = 0

    def write_file(self, path: Path, force: bool) -> None:
        """Write the archive to a file that appears at `path` only when it is complete."""
        with AtomicFile(path, replace=force) as output:
            skip = {_inode(os.fstat(output.file.fileno()))}
            if path.exists():
                skip.add(_inode(os.stat(path)))
            self.write(output.file, str(path), skip)
            output.commit()

    def write(self, file: BinaryIO, name: str, skip: Collection[tuple[int, int]]) -> None:
        """Write the archive called `name` to `file`; `skip` are inodes that do not belong into it."""
        from kompakt.batch import file_contents, write_archive

        total_bytes = None
        if self._paths == ["-"]:
            entries, contents = _standard_input(self._spec, self._block_bytes, self._codec)
        else:
            sources = self._scan(skip)
            entries = [source.entry for source in sources]
            contents = file_contents(sources, self._spec, self._block_bytes, self._dedup, self._codec)
            total_bytes = sum(content.size or 0 for content in contents)
        self._report.start(total_bytes, lambda: self._device.bytes_underway)
        self.written = write_archive(
            file,
            name,
            entries,
            contents,
            spec=self._spec,
            device=self._device,
            models=self._models,
            grows=not self._independent,
            dedup=self._dedup,
            codec=self._codec,
            progress=self._report.progress,
        )

    def append_to(self, path: Path, checksum: bool) -> None:
        """Add a snapshot to the archive at `path`."""
        from kompakt.versions.append import append_snapshot

        started_s = int(time.time())
        if not path.exists():
            raise FileSystemError(f"{path}: No such file: the first snapshot is made without --append")
        sources = self._scan({_inode(os.stat(path))})
        self.written = append_snapshot(
            path,
            sources,
            started_s,
            spec=self._spec if self._level else None,
            device=self._device,
            models=self._models,
            grows=not self._independent,
            dedup=self._dedup,
            block_bytes=self._block_bytes,
            checksum=checksum,
            start=lambda new_bytes: self._report.start(new_bytes, lambda: self._device.bytes_underway),
            progress=self._report.progress,
        )

    def _scan(self, skip: Collection[tuple[int, int]]) -> list["Source"]:
        from kompakt.scan import scan

        scanned = scan([Path(path) for path in self._paths], self._exclude, skip)
        for warning in scanned.warnings:
            self._report.warning(warning)
        self._unreadable = scanned.unreadable
        return scanned.sources

    def summarise(self, output: str, as_json: bool) -> int:
        """Tell what became of the batch, and return the exit code: 1 when something could not be read."""
        written = self.written
        for warning in written.warnings:
            self._report.warning(warning)
        seconds = self._report.seconds
        ratio = written.bytes_in / written.bytes_out
        if as_json:
            result = {
                "archive": output,
                "files": written.files,
                "bytes_in": written.bytes_in,
                "bytes_out": written.bytes_out,
                "ratio": round(ratio, 4),
                "seconds": round(seconds, 3),
                "device": self._device.name,
                "level": written.level,
                "codec": self._codec.name if self._codec else "cm",
            }
            if written.snapshot:
                names = ("snapshot", "changed_files", "added_bytes")
                result |= {name: getattr(written, name) for name in names}
            print(json.dumps(result))
        if written.snapshot:
            self._report.notice(
                f"{output}: snapshot {written.snapshot}: {counted(written.files, 'file')}, "
                f"{written.changed_files} of them changed, {written.added_bytes} bytes more, {seconds:.1f} s"
            )
            return 1 if self._unreadable or written.unreadable else 0
        self._report.notice(
            f"{output}: {counted(written.files, 'file')}, {written.bytes_in} -> {written.bytes_out} bytes, "
            f"ratio {ratio:.3f}, {seconds:.1f} s, {speed(written.bytes_in, seconds)}"
        )
        return 1 if self._unreadable or written.unreadable else 0


def _default_output(paths: list[str]) -> str:
    """Return the name of the archive when none is given."""
    if len(paths) > 1:
        raise UsageError("several paths need -o OUT.kmp")
    if paths == ["-"]:
        return "-"
    name = os.path.normpath(paths[0])
    return (os.path.abspath(name) if os.path.basename(name) in ("", ".", "..") else name) + ".kmp"


def _standard_input(
    spec: "Spec", block_bytes: int | None, codec: "Codec | None"
) -> tuple[list["Entry"], list["Content"]]:
    from kompakt.archive.entry import Entry, Kind
    from kompakt.batch import one_content

    if sys.stdin.isatty():
        raise UsageError("standard input is a terminal: name a file, or put a pipe in front")
    entry = Entry(b"stdin", Kind.FILE, 0o644, mtime_ns=0)
    return [entry], [one_content(lambda: sys.stdin.buffer, None, spec, block_bytes, None, codec)]


def _inode(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
