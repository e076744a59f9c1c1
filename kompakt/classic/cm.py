"""Context mixing as the last stage of a pipeline, on the CPU and from an empty start.

    stream: spec id, varint │ table bits, varint │ what the model codes (docs/MODEL.md)

A decoder takes what the tables of the spec take, 22 MiB to 2 GiB, beside its output.
"""

import numpy as np

from kompakt.classic.arrays import as_bytes, check_nothing
from kompakt.classic.errors import StreamError
from kompakt.classic.varint import read_varint, varint

MAX_RATIO = 1 << 16  # 16-bit probabilities cannot code more bytes than this in one
_LONGEST = 17  # times the data: a bit of probability 2**-16 costs 16, and the coder's rounding a little


class ContextMixing:
    """The codec. `level`, 1 to 9, is that of the model which encodes; streams of all levels are decoded."""

    def __init__(self, level: int = 5):
        self._level = level

    def encode(self, data: np.ndarray) -> np.ndarray:
        """Return the stream, uint8, of `data`, uint8."""
        from kompakt.model.block import STREAM_TAIL
        from kompakt.model.spec import spec_for_level

        data = as_bytes(data)
        if not data.size:
            return data
        spec = spec_for_level(self._level)
        table_bits = spec.table_bits_for(data.size)
        coded = np.empty(
            _LONGEST * data.size + STREAM_TAIL, np.uint8
        )  # of which no more is touched than filled
        written = _run(spec, table_bits, False, data, coded)
        head = np.frombuffer(varint(spec.spec_id) + varint(table_bits), np.uint8)
        return np.concatenate([head, coded[:written]])

    def decode(self, stream: np.ndarray, raw_bytes: int) -> np.ndarray:
        """Return the uint8 (raw_bytes,) that `stream` codes; any bytes code something. Raises StreamError."""
        from kompakt.model.spec import TABLE_BITS_MIN, spec_by_id

        stream = as_bytes(stream)
        if not raw_bytes:
            return check_nothing(stream)
        spec_id, at = read_varint(stream, 0)
        table_bits, at = read_varint(stream, at)
        try:
            spec = spec_by_id(spec_id)
        except KeyError:
            raise StreamError(f"needs model spec {spec_id}, which this version lacks") from None
        if not TABLE_BITS_MIN <= table_bits <= spec.table_bits_max:
            raise StreamError(f"declares tables of 2**{table_bits} entries, which no model has")
        if raw_bytes > min((stream.size - at) * MAX_RATIO, spec.max_block_bytes):
            raise StreamError(f"{raw_bytes} bytes are too many for {stream.size} coded ones")
        data = np.zeros(raw_bytes, np.uint8)
        _run(spec, table_bits, True, stream[at:], data)
        return data


def _run(spec, table_bits: int, decoding: bool, source: np.ndarray, target: np.ndarray) -> int | None:
    from kompakt.cpu.compiled import block_loop
    from kompakt.model.state import allocate, begin, scratch, spec_arrays
    from kompakt.model.tables import tables

    loop = block_loop(spec, decoding, lambda text: None)
    state = begin(allocate(spec, table_bits), spec, table_bits)
    source = np.require(source, np.uint8, ["C", "A", "W"])
    bits, none = np.uint32(table_bits), np.uint32(0)
    return loop(state, tables(), spec_arrays(spec), scratch(spec), bits, none, source, target)


CM = ContextMixing()
"""The codec at the default level."""
