"""What the model knows of byte values: a class of 4 bits, and marks of letters and separators."""

CLASS = 0x0F
"""Bits of the class, as SHAPE remembers it."""

LETTER = 0x10
"""ASCII letters and bytes above 127: what builds words."""

SEPARATOR = 0x20
"""Spaces, tabs, punctuation and signs: what ends a field of a line."""

DIGIT_CLASS = 3

_CLASSES = {
    **dict.fromkeys(b"\0", 0),
    **dict.fromkeys(range(97, 123), 1),
    **dict.fromkeys(range(65, 91), 2),
    **dict.fromkeys(range(48, 58), DIGIT_CLASS),
    **dict.fromkeys(b" ", 4),
    **dict.fromkeys(b"\n\r", 5),
    **dict.fromkeys(set(range(1, 32)) - {10, 13}, 6),
    **dict.fromkeys(range(128, 192), 8),
    **dict.fromkeys(range(192, 256), 9),
    **dict.fromkeys(b",.;:", 10),
    **dict.fromkeys(b"\"'`", 11),
    **dict.fromkeys(b"<([{", 12),
    **dict.fromkeys(b">)]}", 13),
}
_OTHER = 14


def character(c: int) -> int:
    """Return class and marks of byte value `c`."""
    kind = _CLASSES.get(c, _OTHER)
    letter = LETTER if kind in (1, 2, 8, 9) else 0
    separator = SEPARATOR if kind >= 10 or c in b" \t" else 0
    return kind | letter | separator
