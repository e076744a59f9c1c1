"""Finds where streams may begin: the headers of gzip, ZIP, PNG's IDAT chunks, and zlib."""

import numpy as np

from kompakt.filters.deflate.compiling import compiled
from kompakt.filters.deflate.inflate import BROKEN, read_block

NOTHING, GZIP, ZIP, IDAT, ZLIB = range(5)
HEADER_BYTES = 8
"""No header is looked for so close to the end."""


@compiled
def find_header(data, at, end, work):
    """Return the place of the first header from `at` on, and what it is, NOTHING at `end` if there is none.

    data: uint8 with padding. A zlib header counts if the bytes behind it can be read as DEFLATE for a while;
    IDAT's place is that of the chunk's length, 4 bytes before it.
    """
    raw = work.head
    for i in range(at, end - HEADER_BYTES):
        a = data[i]
        b = data[i + 1]
        if a & 0x0F == 0x08:
            if a <= 0x78 and not b & 0x20 and (np.int64(a) << 8 | np.int64(b)) % 31 == 0:
                block = read_block(data, i + 2 << 3, end << 3, raw, 0, raw.size, work.parser)
                if block[0] != BROKEN:
                    return i, ZLIB
        elif a == 0x1F:
            if b == 0x8B and data[i + 2] == 8:
                return i, GZIP
        elif a == 0x50:
            if b == 0x4B and data[i + 2] == 3 and data[i + 3] == 4 and data[i + 8] == 8:
                return i, ZIP
        elif a == 0x49 and b == 0x44 and i >= at + 4 and data[i + 2] == 0x41 and data[i + 3] == 0x54:
            return i - 4, IDAT
    return end, NOTHING
