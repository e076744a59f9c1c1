"""How the elements of an array of numbers lie in its bytes; part of the id of the specs for arrays."""

from typing import NamedTuple

WIDTHS = (1, 2, 4, 8)
MAX_STEP = 32
MAX_ROW = (1 << 20) - 1
MAX_PLANE = (1 << 24) - 1
MANTISSA_BITS = {2: 10, 4: 23, 8: 52}
"""Of floating-point numbers of these widths; all have the sign at the top, then the exponent."""


class Geometry(NamedTuple):
    """An array.

    width:         bytes of an element: 1, 2, 4 or 8; 0 for no array
    step:          elements from one to the next of the same channel, 1 to MAX_STEP
    row:           elements from one to that below, up to MAX_ROW; 0 where there is none
    phase:         bytes of an element that lie before the first byte of the content
    is_big_endian: whether the highest byte of an element comes first
    is_float:      whether elements are floating-point numbers, of the widths in MANTISSA_BITS
    plane:         elements from one to that behind, or a time step before, up to MAX_PLANE; 0: there is none
    """

    width: int = 0
    step: int = 1
    row: int = 0
    phase: int = 0
    is_big_endian: bool = False
    is_float: bool = False
    plane: int = 0

    @property
    def number(self) -> int:
        """Return 56 bits: log2 width 2, byte order 1, phase 3, float 1, step - 1 5, row 20, plane 24.

        The lowest stand first.
        """
        width = WIDTHS.index(self.width)
        low = width | self.is_big_endian << 2 | self.phase << 3 | self.is_float << 6 | (self.step - 1) << 7
        return low | self.row << 12 | self.plane << 32

    @classmethod
    def of(cls, number: int) -> "Geometry":
        """Return the geometry with this number. Raises KeyError for one that no geometry has."""
        width = WIDTHS[number & 3]
        step, row, phase = (number >> 7 & 31) + 1, number >> 12 & MAX_ROW, number >> 3 & 7
        made = cls(width, step, row, phase, bool(number >> 2 & 1), bool(number >> 6 & 1), number >> 32)
        if made.phase >= width or (made.is_float and width not in MANTISSA_BITS) or number >> 56:
            raise KeyError(number)
        return made


NO_ARRAY = Geometry()
