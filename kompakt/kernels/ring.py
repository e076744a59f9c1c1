"""Which launch has which part of the slots: parts follow each other, and then begin anew at the front."""

from typing import Any


class SlotRing:
    """The parts of a device array of bytes, `array`.

    A part may be given away while a kernel still has it: that of the next owner must wait for it to end.
    """

    def __init__(self, array: Any):
        self.array = array
        self._next = 0
        self._owners: list[tuple[int, int, Any]] = []

    @property
    def size(self) -> int:
        """Return the bytes of all parts."""
        return self.array.size

    def next_part(self, size: int) -> tuple[int, list[Any]]:
        """Return where the next `size` bytes begin, at most all, and who has any of them."""
        begin = self._next if self._next + size <= self.size else 0
        owners = [owner for first, end, owner in self._owners if first < begin + size and begin < end]
        return begin, owners

    def give(self, begin: int, size: int, owner: Any) -> None:
        """Let `owner` have the part that next_part() returned."""
        self._owners.append((begin, begin + size, owner))
        self._next = begin + size

    def release(self, owner: Any) -> None:
        """Take note that `owner` is done."""
        self._owners = [part for part in self._owners if part[2] is not owner]
