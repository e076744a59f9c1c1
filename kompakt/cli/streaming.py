"""Content of files on a stream, without a file system."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from kompakt.archive.reader import ArchiveReader
from kompakt.batch import count_files, read_contents
from kompakt.device import Device
from kompakt.errors import UsageError
from kompakt.restore import select


@dataclass(frozen=True, slots=True)
class Touched:
    """What it took to read some files: their number and bytes, and how many blocks were decoded for them."""

    files: int
    bytes: int
    blocks_decoded: int


def write_contents(archive: ArchiveReader, names: Sequence[str], device: Device, output: BinaryIO) -> Touched:
    """Write the files called `names` to `output`, in that order; without names, the only file there is.

    A folder stands for all files below it, in the order of the archive.
    Raises UsageError when it is not clear which file is meant, and ArchiveError for damaged ones.
    """
    if not names and count_files(archive.entries) != 1:
        files = count_files(archive.entries)
        raise UsageError(f"{archive.name}: holds {files} files; name those to write to standard output")
    wanted = [select(archive.entries, [os.fsencode(name)]) for name in names] or [archive.entries]
    files = size = blocks = 0
    for entries in wanted:
        contents = read_contents(archive, entries, device)
        for entry in contents.order:
            for chunk in contents.chunks(entry):
                output.write(chunk)
        files += len(contents.order)
        size += contents.content_bytes
        blocks += contents.blocks_decoded
    output.flush()
    return Touched(files, size, blocks)
