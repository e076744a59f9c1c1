"""Numbers of any size in as few bytes as they need: LEB128, seven bits a byte, lowest first.

Each number has exactly one encoding, so equal headers are equal bytes.
"""

from kompakt.archive.layout import MAX_VARINT_BYTES


class MalformedError(ValueError):
    """Bytes that no writer writes. The message says what is wrong; the caller adds where."""


def append_varint(out: bytearray, value: int) -> None:
    """Append `value`, 0 <= value < 2 ** 70, to `out`."""
    if not 0 <= value < 1 << 7 * MAX_VARINT_BYTES:
        raise ValueError(f"{value} does not fit a varint")
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return the number that begins at `position` and the position behind it. Raises MalformedError."""
    value = shift = 0
    for index in range(position, min(len(data), position + MAX_VARINT_BYTES)):
        byte = data[index]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0 and shift:
                raise MalformedError("a number has more bytes than it needs")
            return value, index + 1
        shift += 7
    raise MalformedError("a number does not end")


def zigzag(value: int) -> int:
    """Map 0, -1, 1, -2, … to 0, 1, 2, 3, …"""
    return value << 1 if value >= 0 else (-value << 1) - 1


def unzigzag(value: int) -> int:
    """Undo `zigzag`."""
    return value >> 1 if value & 1 == 0 else -(value >> 1) - 1
