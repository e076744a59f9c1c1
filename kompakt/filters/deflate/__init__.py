"""DEFLATE streams (PNG, ZIP, PDF, gzip …) as their raw bytes, which a strong model codes much shorter.

    expand(data: uint8 (n,)) -> Expanded(layout: bytes, content: uint8) | None
    restore(layout: bytes, content: uint8, original_bytes: int) -> uint8 (original_bytes,)

`restore` raises ValueError for what `expand` has not made. A stream is read into tokens. A match finder that
chooses as classic zlib does says which token comes next; only where it is wrong, a note tells the truth, so
the way back does not depend on the zlib that is installed. A stream whose notes would be more than 1/16 of it
was made by another program and is left as it is; so is one that does not come back to the bit when it is
written again.

Sources: RFC 1950, 1951 and 1952; the published algorithm of zlib.
"""

from kompakt.filters.deflate.expanding import MAX_CONTENT_BYTES, Expanded, expand
from kompakt.filters.deflate.restoring import restore

__all__ = ["MAX_CONTENT_BYTES", "Expanded", "expand", "restore"]
