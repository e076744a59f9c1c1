"""Kompakt: a context-mixing archiver.

    kompakt.compress(data, level=5) -> bytes      one piece of data as an archive
    kompakt.decompress(data) -> bytes             and back
    kompakt.open("results.kmp") -> Archive        names(), read(name), extract(folder)

Importing this package is cheap: numpy and numba are imported by the first call that needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "ArchiveError",
    "CorruptArchiveError",
    "CorruptBlockError",
    "DeviceError",
    "FileSystemError",
    "KompaktError",
    "LimitError",
    "NotAnArchiveError",
    "TruncatedArchiveError",
    "UnknownModelError",
    "UnsafeNameError",
    "UnsupportedError",
    "UsageError",
    "__version__",
    "compress",
    "decompress",
    "open",
]

if TYPE_CHECKING:
    from kompakt.api import Archive, compress, decompress, open
    from kompakt.errors import (
        ArchiveError,
        CorruptArchiveError,
        CorruptBlockError,
        DeviceError,
        FileSystemError,
        KompaktError,
        LimitError,
        NotAnArchiveError,
        TruncatedArchiveError,
        UnknownModelError,
        UnsafeNameError,
        UnsupportedError,
        UsageError,
    )


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "kompakt.errors" if name.endswith("Error") else "kompakt.api"
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__
