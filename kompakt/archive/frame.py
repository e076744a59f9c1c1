"""The fixed parts of an archive: the header that begins it, the footer that commits it, and the mark.

A mark ends the file while something is being appended and names the end of the last commit.
"""

from dataclasses import dataclass
from typing import Self

from blake3 import blake3

from kompakt.archive.layout import (
    APPEND_MAGIC,
    ARCHIVE_MAGIC,
    FOOTER_BYTES,
    FOOTER_CHECK_BYTES,
    FOOTER_FIELDS,
    FOOTER_MAGIC,
    FORMAT_VERSION,
    HEADER_BYTES,
    HEADER_CHECK_BYTES,
    HEADER_FIELDS,
    KNOWN_REQUIRED_FLAGS,
    MARK_BYTES,
    MARK_CHECK_BYTES,
    MARK_FIELDS,
    SHORT_VERSION,
)
from kompakt.errors import CorruptArchiveError, NotAnArchiveError, TruncatedArchiveError, UnsupportedError


def encode_header(version: int = FORMAT_VERSION, required_flags: int = 0) -> bytes:
    """Return the HEADER_BYTES that begin an archive."""
    fields = HEADER_FIELDS.pack(ARCHIVE_MAGIC, version, required_flags)
    return fields + blake3(fields).digest(HEADER_CHECK_BYTES)


def check_header(data: bytes, archive: str) -> tuple[int, int]:
    """Return version and flags in `data`, the first HEADER_BYTES of a file; raise unless it can be read.

    Raises NotAnArchiveError, TruncatedArchiveError, CorruptArchiveError and UnsupportedError.
    """
    magic = data[: len(ARCHIVE_MAGIC)]
    if not data or magic != ARCHIVE_MAGIC[: len(magic)]:
        raise NotAnArchiveError(f"{archive}: not a Kompakt archive{'' if data else ' (the file is empty)'}")
    if len(data) < HEADER_BYTES:
        raise TruncatedArchiveError(f"{archive}: ends after {len(data)} bytes, within the header")
    fields = data[: HEADER_FIELDS.size]
    if blake3(fields).digest(HEADER_CHECK_BYTES) != data[HEADER_FIELDS.size :]:
        raise CorruptArchiveError(f"{archive}: the header is damaged")
    _, version, required_flags = HEADER_FIELDS.unpack(fields)
    _check_supported(version, required_flags, archive, (FORMAT_VERSION, SHORT_VERSION))
    return version, required_flags


@dataclass(frozen=True, slots=True)
class Footer:
    """Where the index lies, which ends where the footer begins."""

    index_offset: int
    index_bytes: int
    version: int = FORMAT_VERSION
    required_flags: int = 0

    def encode(self, index: bytes) -> bytes:
        """Return the FOOTER_BYTES that end an archive with the index region `index`."""
        fields = FOOTER_FIELDS.pack(self.index_offset, self.index_bytes, self.version, self.required_flags)
        return fields + _check(index, fields) + FOOTER_MAGIC

    @classmethod
    def decode(cls, data: bytes, archive: str, archive_bytes: int) -> Self:
        """Return the footer that is `data`, the last FOOTER_BYTES of a file of `archive_bytes`.

        Nothing in it may be trusted before `verify`. Raises TruncatedArchiveError and CorruptArchiveError.
        """
        if data[-len(FOOTER_MAGIC) :] != FOOTER_MAGIC:
            raise TruncatedArchiveError(f"{archive}: has no end: it was cut short, or something was appended")
        footer = cls(*FOOTER_FIELDS.unpack(data[: FOOTER_FIELDS.size]))
        missing = footer.index_offset + footer.index_bytes + FOOTER_BYTES - archive_bytes
        if missing > 0:
            raise TruncatedArchiveError(f"{archive}: {missing} bytes are missing from the middle")
        if missing < 0 or footer.index_offset < HEADER_BYTES:
            raise CorruptArchiveError(f"{archive}: its footer describes another file, or bytes were inserted")
        return footer

    def verify(self, index: bytes, data: bytes, archive: str) -> None:
        """Raise unless the check in the footer bytes `data` fits the index region and the version is known.

        Raises CorruptArchiveError and UnsupportedError.
        """
        if _check(index, data[: FOOTER_FIELDS.size]) != data[FOOTER_FIELDS.size :][:FOOTER_CHECK_BYTES]:
            raise CorruptArchiveError(f"{archive}: the index is damaged")
        _check_supported(self.version, self.required_flags, archive, (FORMAT_VERSION,))


def encode_mark(end: int) -> bytes:
    """Return the MARK_BYTES that say that the last commit ends at `end`."""
    fields = MARK_FIELDS.pack(APPEND_MAGIC, end)
    return fields + blake3(fields).digest(MARK_CHECK_BYTES)


def end_in_mark(data: bytes) -> int | None:
    """Return the end that a mark names; None if `data`, the last MARK_BYTES of a file, is none."""
    if len(data) != MARK_BYTES or not data.startswith(APPEND_MAGIC):
        return None
    _, end = MARK_FIELDS.unpack(data[: MARK_FIELDS.size])
    return end if data == encode_mark(end) else None


def _check(index: bytes, fields: bytes) -> bytes:
    return blake3(index).update(fields).digest(FOOTER_CHECK_BYTES)


def _check_supported(version: int, required_flags: int, archive: str, known: tuple[int, ...]) -> None:
    if version not in known:
        raise UnsupportedError(
            f"{archive}: format version {version}; this Kompakt reads versions "
            f"{FORMAT_VERSION} and {SHORT_VERSION}"
        )
    unknown = required_flags & ~KNOWN_REQUIRED_FLAGS
    if unknown:
        bits = ", ".join(str(bit) for bit in range(unknown.bit_length()) if unknown >> bit & 1)
        raise UnsupportedError(
            f"{archive}: requires features that this Kompakt does not know (flag bits {bits})"
        )
