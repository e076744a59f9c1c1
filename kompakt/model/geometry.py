"""How the elements of an array of numbers lie in its bytes; part of the id of the specs for arrays."""

from typing import NamedTuple

WIDTHS = (1, 2, 4, 8)
MAX_STEP = 32
MAX_ROW = (1 << 13) - 1


class Geometry(NamedTuple):
    """An array.

    width:         bytes of an element: 1, 2, 4 or 8; 0 for no array
    step:          elements from one to the next of the same channel, 1 to MAX_STEP
    row:           elements from one to that below, up to MAX_ROW; 0 where there is none
    phase:         bytes of an element that lie before the first byte of the content
    is_big_endian: whether the highest byte of an element comes first
    """

    width: int = 0
    step: int = 1
    row: int = 0
    phase: int = 0
    is_big_endian: bool = False

    @property
    def number(self) -> int:
        """Return 24 bits, the lowest first: log2 width 2, byte order 1, phase 3, step - 1 5, row 13."""
        width = WIDTHS.index(self.width)
        return width | self.is_big_endian << 2 | self.phase << 3 | (self.step - 1) << 6 | self.row << 11

    @classmethod
    def of(cls, number: int) -> "Geometry":
        """Return the geometry with this number. Raises KeyError for one that no geometry has."""
        width = WIDTHS[number & 3]
        made = cls(width, (number >> 6 & 31) + 1, number >> 11, number >> 3 & 7, bool(number >> 2 & 1))
        if made.phase >= width or number >> 24:
            raise KeyError(number)
        return made


NO_ARRAY = Geometry()
