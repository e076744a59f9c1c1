"""A batch of files on its way into an archive, and the words about what became of it."""

import json
import os
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kompakt.atomic_file import AtomicFile
from kompakt.cli.report import Report, speed
from kompakt.cli.text import counted
from kompakt.errors import FileSystemError, UsageError
from kompakt.model.spec import DEFAULT_LEVEL

if TYPE_CHECKING:
    from kompakt.archive.entry import Entry
    from kompakt.batch import Written
    from kompakt.classic.choice import Codec
    from kompakt.contents import Content
    from kompakt.device import Device
    from kompakt.models.library import Library
    from kompakt.models.none import NoModels
    from kompakt.scan import Source


@dataclass
class Batch:
    """What to pack and how, and then what became of it. `level` is None where none was asked for.

    Raises UsageError for a block size that the level or the codec does not allow.
    """

    paths: list[str]
    exclude: list[str]
    level: int | None
    block_bytes: int | None
    grows: bool
    dedup: bool
    codec: "Codec | None"
    models: "Library | NoModels"
    device: "Device"
    report: Report
    written: "Written | None" = None

    def __post_init__(self) -> None:
        from kompakt.batch import check_block_bytes
        from kompakt.model.spec import spec_for_level

        self._spec = spec_for_level(self.level or DEFAULT_LEVEL)
        self._unreadable = 0
        check_block_bytes(self._spec, self.block_bytes, self.codec)

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
        if self.paths == ["-"]:
            entries, contents = self._standard_input()
        else:
            sources = self._scan(skip)
            entries = [source.entry for source in sources]
            contents = file_contents(
                sources,
                self._spec,
                self.block_bytes,
                self.dedup,
                self.codec,
                self.report.notice,
                self.device.threads,
                self.grows,
            )
            total_bytes = sum(content.size or 0 for content in contents)
        self.report.start(total_bytes, lambda: self.device.bytes_underway)
        self.written = write_archive(
            file,
            name,
            entries,
            contents,
            spec=self._spec,
            device=self.device,
            models=self.models,
            grows=self.grows,
            dedup=self.dedup,
            codec=self.codec,
            progress=self.report.progress,
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
            spec=self._spec if self.level else None,
            device=self.device,
            models=self.models,
            grows=self.grows,
            dedup=self.dedup,
            block_bytes=self.block_bytes,
            checksum=checksum,
            start=lambda new_bytes: self.report.start(new_bytes, lambda: self.device.bytes_underway),
            progress=self.report.progress,
        )

    def _standard_input(self) -> tuple[list["Entry"], list["Content"]]:
        from kompakt.archive.entry import Entry, Kind
        from kompakt.batch import one_content
        from kompakt.look import look_at, look_at_head
        from kompakt.read_ahead import ReadAhead

        if sys.stdin.isatty():
            raise UsageError("standard input is a terminal: name a file, or put a pipe in front")
        stream = ReadAhead(sys.stdin.buffer)
        size = len(stream.head) if stream.is_whole else None
        spec = None if self.codec else self._spec
        look_at_it = look_at if stream.is_whole else look_at_head
        look = look_at_it(memoryview(stream.head), spec, self.report.notice)
        entry = Entry(b"stdin", Kind.FILE, 0o644, mtime_ns=0)
        content = one_content(lambda: stream, size, self._spec, self.block_bytes, look, self.codec)
        return [entry], [content]

    def _scan(self, skip: Collection[tuple[int, int]]) -> list["Source"]:
        from kompakt.scan import scan

        scanned = scan([Path(path) for path in self.paths], self.exclude, skip)
        for warning in scanned.warnings:
            self.report.warning(warning)
        self._unreadable = scanned.unreadable
        return scanned.sources

    def summarise(self, output: str, as_json: bool) -> int:
        """Tell what became of the batch, and return the exit code: 1 when something could not be read."""
        written = self.written
        for warning in written.warnings:
            self.report.warning(warning)
        seconds = self.report.seconds
        ratio = written.bytes_in / written.bytes_out
        if as_json:
            result = {
                "archive": output,
                "files": written.files,
                "bytes_in": written.bytes_in,
                "bytes_out": written.bytes_out,
                "ratio": round(ratio, 4),
                "seconds": round(seconds, 3),
                "device": self.device.name,
                "level": written.level,
                "codec": self.codec.name if self.codec else "cm",
            }
            if written.snapshot:
                names = ("snapshot", "changed_files", "added_bytes")
                result |= {name: getattr(written, name) for name in names}
            print(json.dumps(result))
        if written.snapshot:
            self.report.notice(
                f"{output}: snapshot {written.snapshot}: {counted(written.files, 'file')}, "
                f"{written.changed_files} of them changed, {written.added_bytes} bytes more, {seconds:.1f} s"
            )
            return 1 if self._unreadable or written.unreadable else 0
        self.report.notice(
            f"{output}: {counted(written.files, 'file')}, {written.bytes_in} -> {written.bytes_out} bytes, "
            f"ratio {ratio:.3f}, {seconds:.1f} s, {speed(written.bytes_in, seconds)}"
        )
        return 1 if self._unreadable or written.unreadable else 0


def _inode(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
