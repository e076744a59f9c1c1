"""Both kinds of columns that an index may have, by its flags."""

from collections.abc import Sequence

from kompakt.archive.index import Index, decode_index, encode_index
from kompakt.archive.layout import FILTERS_FLAG, SHARED_FLAG
from kompakt.archive.shared_index import decode_shared, encode_shared


def encode_any(index: Index, earlier_sizes: Sequence[int] = ()) -> tuple[bytes, bytes]:
    """Return columns and hashes as encode_shared() or encode_index() does, whichever `index.flags` say."""
    encode = encode_shared if index.flags & SHARED_FLAG else encode_index
    return encode(index, earlier_sizes)


def decode_any(
    data: bytes, hashes: bytes, flags: int, archive: str, earlier_sizes: Sequence[int] = ()
) -> Index:
    """Return the index with these columns and flags. Raises MalformedError and LimitError."""
    if flags & SHARED_FLAG:
        return decode_shared(data, hashes, archive, earlier_sizes)
    return decode_index(data, hashes, bool(flags & FILTERS_FLAG), archive, earlier_sizes)
