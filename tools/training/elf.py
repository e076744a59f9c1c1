# ruff: noqa: E501
"""Cuts x86-64 ELF files into pieces of their sections."""

import struct
from collections.abc import Iterator

# Bytes taken at most of each section, in the order of the usual layout.
SHARES = (
    (".gnu.hash", 512), (".dynsym", 1536), (".dynstr", 2560), (".gnu.version", 256), (".rela.dyn", 768), (".rela.plt", 768),
    (".plt", 384), (".plt.sec", 256), (".text", 28672), (".rodata", 5120), (".eh_frame_hdr", 384), (".eh_frame", 2560),
    (".gcc_except_table", 512), (".data.rel.ro", 768), (".dynamic", 512), (".data", 512), (".gopclntab", 2048),
)  # fmt: skip


def sections(data: bytes) -> dict[str, bytes]:
    """The sections of a 64-bit little-endian ELF file by name."""
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    rows = [struct.unpack_from("<IIQQQQ", data, table + size * k) for k in range(count)]
    strings = data[rows[names][4] :]
    return {
        strings[row[0] : strings.index(b"\0", row[0])].decode(): data[row[4] : row[4] + row[5]]
        for row in rows
        if row[1] not in (0, 8)
    }


def pieces(data: bytes, parts: int, scale: float) -> Iterator[bytes]:
    """``parts`` pieces, each with a share of each section, from places spread over it; the first starts with the file's head."""
    found = sections(data)
    for part in range(parts):
        piece = bytearray(data[:1024] if part == 0 else b"")
        for name, most in SHARES:
            section = found.get(name, b"")
            want = min(len(section) // parts, int(most * scale)) & ~15
            at = (len(section) * part // parts) & ~15
            piece += section[at : at + want]
        yield bytes(piece)
