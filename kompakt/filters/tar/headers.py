"""The header of a member: 512 bytes, made anew from name, size and time, and from what most members share."""

from typing import NamedTuple

HEADER_BYTES = 512
_NAME = slice(0, 100)
_SIZE = slice(124, 136)
_MTIME = slice(136, 148)
_CHECK = slice(148, 156)
_MAGIC = slice(257, 265)
_PREFIX = slice(345, 500)
_POSIX = b"ustar\x0000"
_BINARY = 0x80  # first byte of a number that is not in octal digits


class Header(NamedTuple):
    """What differs between members, and the header without it.

    prefix_bytes: how much of the name stands in the second field for it, the `/` not counted
    """

    name: bytes
    prefix_bytes: int
    size: int
    mtime: int
    template: bytes


def is_tar(head: bytes) -> bool:
    """Return whether content that begins with `head`, 512 bytes, is a tar archive."""
    return (
        len(head) >= HEADER_BYTES and head[257:262] == b"ustar" and size_of(head[:HEADER_BYTES]) is not None
    )


def size_of(raw: bytes) -> int | None:
    """Return the size of the member whose header `raw` is, or None if that is no header."""
    if len(raw) != HEADER_BYTES:
        return None
    check = _octal(raw[_CHECK])
    if check is None or check != _sum(raw):
        return None
    field = raw[_SIZE]
    return int.from_bytes(field[1:], "big") if field[0] == _BINARY else _octal(field)


def parse(raw: bytes) -> Header | None:
    """Return what `raw`, a header, is made from; None unless build() makes exactly `raw` of it."""
    size, mtime = _octal(raw[_SIZE]), _octal(raw[_MTIME])
    if size is None or mtime is None:
        return None
    template = bytearray(raw)
    prefix = b""
    if raw[_MAGIC] == _POSIX:
        prefix = raw[_PREFIX].rstrip(b"\0")
        template[_PREFIX] = bytes(155)
    for field in (_NAME, _SIZE, _MTIME, _CHECK):
        template[field] = bytes(field.stop - field.start)
    name = raw[_NAME].rstrip(b"\0")
    whole = prefix + b"/" + name if prefix else name
    header = Header(whole, len(prefix), size, mtime, bytes(template))
    return header if b"\0" not in whole and build(header) == raw else None


def build(header: Header) -> bytes:
    """Return the bytes of a header. Raises ValueError for what does not fit its fields."""
    cut = header.prefix_bytes
    prefix, name = (header.name[:cut], header.name[cut + 1 :]) if cut else (b"", header.name)
    if len(name) > 100 or len(prefix) > 155 or max(header.size, header.mtime) >= 1 << 33:
        raise ValueError("a tar header does not hold what it should")
    raw = bytearray(header.template)
    raw[_NAME] = name.ljust(100, b"\0")
    if cut:
        raw[_PREFIX] = prefix.ljust(155, b"\0")
    raw[_SIZE] = b"%011o\0" % header.size
    raw[_MTIME] = b"%011o\0" % header.mtime
    raw[_CHECK] = b"%06o\0 " % _sum(raw)
    return bytes(raw)


def _sum(raw: bytes) -> int:
    """Return the sum of the bytes of a header, its own field taken for spaces."""
    return sum(raw) - sum(raw[_CHECK]) + 8 * ord(" ")


def _octal(field: bytes) -> int | None:
    digits = field.rstrip(b"\0 ")
    return int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else None
