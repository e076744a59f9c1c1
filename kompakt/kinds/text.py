"""Text: which language, or which order of fields.

The rules count single bytes and pairs of neighbours, per 1000 bytes. They were set on texts, sources, tables
and documents of a Debian system and of Python packages; each rule leaves a wide margin on clear cases.
"""

import numpy as np

from kompakt.kinds.kind import Kind

_CONTROLS = [*range(1, 9), 11, *range(14, 27), *range(28, 32), 127]
_NO_LEADS = [0xC0, 0xC1, *range(0xF5, 0x100)]
_PER = 1000
_SMALLEST_STRUCTURE = 64  # fewer bytes have no frequencies


def _byte_class(values: bytes) -> np.ndarray:
    members = np.zeros(256, bool)
    members[list(values)] = True
    return members


_ASCII_LETTERS = [*range(65, 91), *range(97, 123)]
_CODE = list(b"_=(){};")
_DIGITS = list(b"0123456789")
_IS_LETTER = _byte_class(bytes([*_ASCII_LETTERS, *range(128, 256)]))
_IS_FIELD_END = _byte_class(b",;\t|")
_IS_BLANK = _byte_class(b" \t\r\n")


def is_text(counts: np.ndarray) -> bool:
    """Return whether bytes counted in `counts`, int64 (256,), are text in an encoding that extends ASCII."""
    total = int(counts.sum())
    high = int(counts[128:].sum())
    if int(counts[_CONTROLS].sum()) * 100 > total or int(counts[0]) * 8 > total:  # archives pad with zeros
        return False
    return high * 50 <= total or _is_utf8(counts) or _is_single_byte_text(counts, total, high)


def _is_utf8(counts: np.ndarray) -> bool:
    """Return whether there are as many continuation bytes as the leading ones announce, give or take 3 %."""
    two, three, four = (int(counts[a:b].sum()) for a, b in ((0xC2, 0xE0), (0xE0, 0xF0), (0xF0, 0xF5)))
    announced = two + 2 * three + 3 * four
    following = int(counts[0x80:0xC0].sum())
    stray = int(counts[_NO_LEADS].sum())
    return abs(following - announced) * 32 <= announced + 64 and stray * 32 <= announced + 32


def _is_single_byte_text(counts: np.ndarray, total: int, high: int) -> bool:
    """Return whether bytes above 127 are mostly letters of one 8-bit alphabet, with blanks between words."""
    blanks = int(counts[[9, 10, 13, 32]].sum())
    letters = int(counts[0xA1:].sum()) + int(counts[_ASCII_LETTERS].sum())
    return blanks * 20 >= total and letters * 2 >= total and int(counts[0x80:0xA0].sum()) * 4 <= high


def text_kind(windows: np.ndarray, counts: np.ndarray) -> Kind:
    """Return the kind of the text of which `windows` are rows (uint8) and `counts` the bytes in them."""
    shape = _structure(windows, counts)
    return _language(counts) if shape is None else shape


def _structure(windows: np.ndarray, counts: np.ndarray) -> Kind | None:
    size = windows.size
    if size < _SMALLEST_STRUCTURE:
        return None

    def per_mille(count: int) -> int:
        return int(count) * _PER // size

    first, second = windows[:, :-1], windows[:, 1:]

    def pairs(left: np.ndarray, right: np.ndarray) -> int:
        return per_mille(np.count_nonzero(left & right))

    is_letter = _IS_LETTER.take(first)
    words = pairs(is_letter, second == ord(" "))
    closing_tags = pairs(first == ord("<"), second == ord("/"))
    keys = pairs(first == ord('"'), second == ord(":"))
    attributes = pairs(first == ord("="), second == ord('"'))
    fields = pairs(_IS_FIELD_END.take(first), ~_IS_BLANK.take(second))
    digits = per_mille(counts[_DIGITS].sum())
    code = per_mille(counts[_CODE].sum())
    blanks = per_mille(counts[[9, 10, 13, 32]].sum())
    quotes = per_mille(counts[ord('"')])
    if closing_tags >= 4 or keys >= 5 or attributes >= 6:
        return Kind.MARKUP
    if digits >= 90 and digits * 2 >= 5 * code and (words < 50 or digits >= 160):
        return Kind.TABLE
    if fields >= 60:
        return Kind.TABLE
    if code >= 20 and code * 2 >= words:
        return Kind.SOURCE
    if words < 10 and (fields >= 40 or (blanks < 20 and not counts[128:].any())):
        return Kind.TABLE
    if quotes >= 60:
        return Kind.MARKUP
    return None


def _language(counts: np.ndarray) -> Kind:
    ascii_letters = int(counts[_ASCII_LETTERS].sum())
    high = int(counts[128:].sum())
    if _is_utf8(counts):
        european = int(counts[0xC3:0xCD].sum())
        other = int(counts[0xCD:0xE0].sum()) + int(counts[[0xE0, 0xE1, *range(0xE3, 0xEE)]].sum())
    else:
        is_accented_latin = high * 4 <= ascii_letters
        european, other = (high, 0) if is_accented_latin else (0, high)
    if other * 5 >= ascii_letters + european:
        return Kind.OTHER_TEXT
    return Kind.EUROPEAN if european * 200 >= ascii_letters else Kind.ENGLISH
