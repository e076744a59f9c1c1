"""Every error Kompakt raises on purpose, with the exit code of the command line.

    KompaktError                   1
    ├── UsageError                 2  the call makes no sense
    ├── ArchiveError               3  the archive cannot be read, in part or at all
    │   ├── NotAnArchiveError         it does not begin like an archive
    │   ├── TruncatedArchiveError     it has no end, or bytes are missing
    │   ├── CorruptArchiveError       header, index or footer are damaged: nothing can be read
    │   ├── CorruptBlockError         one block is damaged: the files in it cannot be read
    │   ├── UnsupportedError          it needs a format version, flag, codec or spec that this version lacks
    │   ├── UnknownModelError         it needs a trained model that is not installed
    │   ├── UnsafeNameError           a name or link in it would leave the target folder
    │   └── LimitError                it declares more than this version is willing to handle
    ├── ModelError                 3  a model's file cannot be read, or is not what its id says
    ├── DeviceError                4  the device is missing or failed
    └── FileSystemError            5  missing input, existing output, permission, disk full

A message is one line and names the file, and the block where there is one.
"""

from collections.abc import Sequence

_NAMES_IN_MESSAGE = 3


class KompaktError(Exception):
    """Root of the tree. `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(KompaktError):
    """The call makes no sense: options that exclude each other, a size that cannot be read."""

    exit_code = 2


class ArchiveError(KompaktError):
    """The archive cannot be read, in part or at all."""

    exit_code = 3


class NotAnArchiveError(ArchiveError):
    """The file does not begin like a Kompakt archive."""


class TruncatedArchiveError(ArchiveError):
    """The archive has no end, or bytes are missing from it."""


class CorruptArchiveError(ArchiveError):
    """Header, index or footer are damaged, so nothing in the archive can be found."""


class CorruptBlockError(ArchiveError):
    """Block `block` of the archive is damaged; `names` are the files with bytes in it."""

    def __init__(self, archive: str, block: int, names: Sequence[bytes], reason: str):
        self.archive = archive
        self.block = block
        self.names = list(names)
        self.reason = reason
        super().__init__(f"{archive}: block {block}: {reason}{_files_hit(self.names)}")


class UnsupportedError(ArchiveError):
    """The archive needs a format version, required flag, codec or spec that this version does not know."""


class UnknownModelError(ArchiveError):
    """The archive needs a trained model that is neither in it nor installed."""


class UnsafeNameError(ArchiveError):
    """A name or link in the archive would lead out of the target folder, or is no name at all."""


class LimitError(ArchiveError):
    """The archive declares more than this version is willing to handle."""


class ModelError(KompaktError):
    """The file of a model is none, is damaged, or does not hold what its id stands for."""

    exit_code = 3


class DeviceError(KompaktError):
    """The device is missing or failed."""

    exit_code = 4


class FileSystemError(KompaktError):
    """The file system said no: missing input, existing output, permission, disk full."""

    exit_code = 5


def shown(name: bytes) -> str:
    """Return a stored name as one line of text: what is not printable UTF-8 becomes an escape."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _files_hit(names: Sequence[bytes]) -> str:
    if not names:
        return ""
    listed = ", ".join(shown(name) for name in names[:_NAMES_IN_MESSAGE])
    more = len(names) - _NAMES_IN_MESSAGE
    return f" (in {listed}{f' and {more} more' if more > 0 else ''})"
