"""Content of files on a stream, without a file system."""

import os
from collections.abc import Sequence
from typing import BinaryIO

from kompakt.archive.reader import ArchiveReader
from kompakt.batch import count_files, read_contents
from kompakt.device import Device
from kompakt.errors import UsageError
from kompakt.restore import select


def write_contents(archive: ArchiveReader, names: Sequence[str], device: Device, output: BinaryIO) -> None:
    """Write the files called `names` to `output`, in that order; without names, the only file there is.

    A folder stands for all files below it, in the order of the archive.
    Raises UsageError when it is not clear which file is meant, and ArchiveError for damaged ones.
    """
    if not names and count_files(archive.entries) != 1:
        files = count_files(archive.entries)
        raise UsageError(f"{archive.name}: holds {files} files; name those to write to standard output")
    wanted = [select(archive.entries, [os.fsencode(name)]) for name in names] or [archive.entries]
    for entries in wanted:
        contents = read_contents(archive, entries, device)
        for entry in contents.order:
            for chunk in contents.chunks(entry):
                output.write(chunk)
    output.flush()
