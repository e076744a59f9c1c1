"""The Python interface: data in memory, and archives as objects."""

import builtins
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Self

from kompakt.archive.entry import Entry, Kind
from kompakt.archive.history import Snapshot
from kompakt.archive.reader import ArchiveReader
from kompakt.batch import check_block_bytes, one_content, open_archive, read_contents, restore, write_archive
from kompakt.device import Device
from kompakt.errors import FileSystemError, UsageError
from kompakt.look import look_at
from kompakt.model.spec import DEFAULT_LEVEL, spec_for_level
from kompakt.models.choice import codec_and_models
from kompakt.restore import select
from kompakt.versions.choice import chosen_snapshot

_DATA_NAME = b"data"
Name = str | bytes | os.PathLike[str]


def compress(
    data: bytes | bytearray | memoryview,
    level: int = DEFAULT_LEVEL,
    *,
    block_bytes: int | None = None,
    device: str = "cpu",
    threads: int | None = None,
    device_memory_bytes: int | None = None,
    model: str = "auto",
    codec: str = "cm",
    budget: int | None = None,
) -> bytes:
    """Return an archive with one file, whose content is `data`.

    level:       1 (fastest) to 9 (smallest)
    block_bytes: where to cut the data into blocks; chosen by its size by default
    device:      `cpu`, `auto`, `all`, or numbers of GPUs such as `0` and `0,1`; see kompakt/device.py
    threads:     by default all cores this process may use
    device_memory_bytes: bound on the memory taken on each GPU, by default 90 % of what is free
    model:       `auto`, `none`, or the name, the id or the file of a model to start from; whoever reads the
                 archive needs that model too; for a codec that begins with dict16, its dictionary
    codec:       `cm`, context mixing; a pipeline of classical codes such as `lz77+huffman`; or `auto`, the
                 best of them for each block (docs/CODECS.md)
    budget:      of `auto`: CPU seconds a gigabyte that a codec may take, by the table there
    Equal data, options and models give equal bytes, on any device and with any number of threads. Raises
    UsageError, ModelError and DeviceError.
    """
    if not 1 <= level <= 9:
        raise UsageError(f"level {level} is not between 1 and 9")
    spec = spec_for_level(level)
    coder, models = codec_and_models(codec, level, budget, model)
    check_block_bytes(spec, block_bytes, coder)
    output = io.BytesIO()
    view = memoryview(data).cast("B")
    look = look_at(view, None if coder else spec)
    write_archive(
        output,
        "data",
        [Entry(_DATA_NAME, Kind.FILE, 0o644, 0)],
        [one_content(lambda: io.BytesIO(view), len(view), spec, block_bytes, look, coder)],
        spec=spec,
        models=models,
        codec=coder,
        device=Device(device, threads, memory_bytes=device_memory_bytes),
    )
    return output.getvalue()


def decompress(
    data: bytes | bytearray | memoryview,
    *,
    device: str = "cpu",
    threads: int | None = None,
    device_memory_bytes: int | None = None,
) -> bytes:
    """Return the content of the only file in the archive `data`. The options are those of `compress`.

    Raises ArchiveError when it is damaged, UsageError when it holds several files or none.
    """
    options = {"device": device, "threads": threads, "device_memory_bytes": device_memory_bytes}
    with Archive(io.BytesIO(data), "data", **options) as archive:
        files = [entry for entry in archive.entries if entry.kind == Kind.FILE]
        if len(files) != 1:
            raise UsageError(f"data: holds {len(files)} files; kompakt.open reads such archives")
        return archive.read(files[0].name)


def open(
    path: str | os.PathLike[str],
    *,
    snapshot: int | str | None = None,
    device: str = "cpu",
    threads: int | None = None,
    device_memory_bytes: int | None = None,
) -> "Archive":
    """Open the archive at `path`; the other options are those of `compress`.

    snapshot: which one to show, by number or by date as in ISO 8601, which means the last one not later; None
              for the newest
    Raises UsageError, ArchiveError, FileSystemError and DeviceError.
    """
    name = os.fspath(path)
    try:
        file = builtins.open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise FileSystemError(f"{name}: {error.strerror}") from None
    archive = Archive(file, name, device=device, threads=threads, device_memory_bytes=device_memory_bytes)
    try:
        if snapshot is not None:
            archive.show(snapshot)
    except BaseException:
        archive.close()
        raise
    return archive


class Archive:
    """An open archive, for use in a `with` statement. Not for use by several threads at once."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        *,
        device: str = "cpu",
        threads: int | None = None,
        device_memory_bytes: int | None = None,
    ):
        """Read the index of the archive in the seekable `file`, called `name` in messages, and own `file`."""
        self._file = file
        try:
            self._device = Device(device, threads, memory_bytes=device_memory_bytes)
            self._reader: ArchiveReader = open_archive(file, name, self._device)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file of the archive."""
        self._file.close()

    @property
    def entries(self) -> list[Entry]:
        """Everything the index says about files, folders and links, sorted by name."""
        return self._reader.entries

    @property
    def info(self) -> dict[str, str | int]:
        """What the writer said about the archive."""
        return self._reader.info

    @property
    def snapshots(self) -> list[Snapshot]:
        """The snapshots that the archive offers, oldest first: their numbers, times and sizes."""
        return self._reader.snapshots

    def show(self, snapshot: int | str) -> None:
        """Let `entries` and what is read be of this snapshot. Raises UsageError for one that is not there."""
        self._reader.show(chosen_snapshot(str(snapshot), self.snapshots, self._reader.name))

    def names(self) -> list[str]:
        """Return all names, sorted. Bytes that are not UTF-8 come as `os.fsdecode` gives them."""
        return [os.fsdecode(entry.name) for entry in self.entries]

    def read(self, name: Name) -> bytes:
        """Return the content of a file, decoding only the blocks it lies in.

        Raises UsageError for a name that is no file of the archive, ArchiveError when it is damaged.
        """
        chosen = select(self.entries, [os.fsencode(name)])
        if len(chosen) != 1 or chosen[0].kind != Kind.FILE:
            raise UsageError(f"{self._reader.name}: {os.fsdecode(name)}: is no file")
        contents = read_contents(self._reader, chosen, self._device)
        return b"".join(contents.chunks(chosen[0]))

    def extract(
        self,
        target: str | os.PathLike[str] = ".",
        names: Sequence[Name] | None = None,
        *,
        force: bool = False,
        unsafe_links: bool = False,
    ) -> None:
        """Restore everything, or `names` and what lies below them, into the folder `target`.

        force:        replace files that exist
        unsafe_links: restore symbolic links that lead out of the folder, too
        Damaged files are left out and everything else is restored; then ArchiveError is raised for the first.
        """
        entries = (
            self.entries if names is None else select(self.entries, [os.fsencode(name) for name in names])
        )
        restored = restore(
            self._reader, entries, Path(target), self._device, force=force, unsafe_links=unsafe_links
        )
        if restored.errors:
            raise restored.errors[0]
