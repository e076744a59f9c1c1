"""The sums and lengths that formats write behind a stream."""

from zlib import adler32, crc32

import numpy as np

from kompakt.filters.deflate.layout import Around

DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_WORD = 1 << 32


def check_bytes(around: Around, raw: np.ndarray, stream_bytes: int) -> bytes:
    """Return what stands behind the stream of `raw`, uint8; zlib's sum for CHUNKS."""
    if around in (Around.ADLER32, Around.CHUNKS):
        return adler32(raw).to_bytes(4, "big")
    if around == Around.NOTHING:
        return b""
    crc = crc32(raw).to_bytes(4, "little")
    size = (raw.size % _WORD).to_bytes(4, "little")
    if around == Around.GZIP:
        return crc + size
    return DESCRIPTOR_SIGNATURE + crc + (stream_bytes % _WORD).to_bytes(4, "little") + size
