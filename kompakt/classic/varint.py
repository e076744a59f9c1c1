"""Numbers in front of a stream: LEB128, seven bits a byte, lowest first, bit 7 set in all but the last."""

from kompakt.classic.errors import StreamError

_MAX_BYTES = 9


def varint(number: int) -> bytes:
    """Return `number`, 0 <= number < 2**63, as 1 to 9 bytes."""
    coded = bytearray()
    while number > 0x7F:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    coded.append(number)
    return bytes(coded)


def read_varint(stream, at: int) -> tuple[int, int]:
    """Return the number at stream[at:] and where it ends. Raises StreamError."""
    number = 0
    for shift in range(0, 7 * _MAX_BYTES, 7):
        if at >= len(stream):
            raise StreamError("the stream ends inside a number")
        byte = int(stream[at])
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise StreamError("a number is longer than 9 bytes")
