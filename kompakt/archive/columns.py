"""Columns of the index: what belongs together lies together, each column with its length in front.

A reader never makes more values than a column has bytes, or than the caller counted before.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, groupby, pairwise

from kompakt.archive.varint import MalformedError, append_varint, read_varint, unzigzag, zigzag


class ColumnWriter:
    """Appends columns to `data`."""

    def __init__(self) -> None:
        self.data = bytearray()

    def number(self, value: int) -> None:
        """Append one number, on its own."""
        append_varint(self.data, value)

    def blob(self, data: bytes) -> None:
        """Append bytes."""
        append_varint(self.data, len(data))
        self.data += data

    def numbers(self, values: Iterable[int]) -> None:
        """Append numbers, one varint each."""
        column = bytearray()
        for value in values:
            append_varint(column, value)
        self.blob(column)

    def runs(self, values: Iterable[int]) -> None:
        """Append numbers that repeat, as pairs of number and repeats."""
        self.numbers(n for value, run in groupby(values) for n in (value, sum(1 for _ in run)))

    def differences(self, values: Iterable[int]) -> None:
        """Append numbers, each as what it is more or less than the one before."""
        self.numbers(zigzag(value - before) for before, value in pairwise(chain([0], values)))

    def sparse(self, values: Iterable[int]) -> None:
        """Append numbers of any sign of which many are 0: pairs of how many zeros and what follows them."""
        pairs = []
        zeros = 0
        for value in values:
            if value:
                pairs += [zeros, zigzag(value)]
                zeros = 0
            else:
                zeros += 1
        self.numbers(pairs)

    def strings(self, values: Iterable[bytes]) -> None:
        """Append strings without NUL, each with a NUL behind it."""
        self.blob(b"".join(value + b"\0" for value in values))

    def fronts(self, values: Sequence[bytes]) -> None:
        """Append strings without NUL, of which each may begin like the one before."""
        shared = [shared_bytes(before, value) for before, value in pairwise([b"", *values])]
        self.numbers(shared)
        self.strings(value[count:] for value, count in zip(values, shared, strict=True))


class ColumnReader:
    """Reads in the same order what a ColumnWriter wrote. Everything raises MalformedError."""

    def __init__(self, data: bytes):
        self._data = data
        self._position = 0

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return self._position

    @property
    def data_bytes(self) -> int:
        """Bytes of all columns together."""
        return len(self._data)

    def number(self) -> int:
        """Return the next number that stands on its own."""
        value, self._position = read_varint(self._data, self._position)
        return value

    def blob(self) -> bytes:
        """Return the next column as bytes."""
        length = self.number()
        start = self._position
        if length > len(self._data) - start:
            raise MalformedError("a column is longer than the index")
        self._position = start + length
        return self._data[start : self._position]

    def numbers(self, count: int) -> list[int]:
        """Return a column of exactly `count` numbers."""
        values = self._all_numbers()
        if len(values) != count:
            raise MalformedError(f"a column of {len(values)} numbers should have {count}")
        return values

    def any_numbers(self) -> list[int]:
        """Return a column of numbers, as many as there are."""
        return self._all_numbers()

    def runs(self, count: int) -> list[int]:
        """Return a column of runs that makes exactly `count` numbers."""
        pairs = self._all_numbers()
        if len(pairs) % 2 or sum(pairs[1::2]) != count:
            raise MalformedError(f"a column of runs does not make {count} numbers")
        values: list[int] = []
        for value, repeats in zip(pairs[::2], pairs[1::2], strict=True):
            values += [value] * repeats
        return values

    def differences(self, count: int) -> list[int]:
        """Return a column of exactly `count` differences as the numbers that they make."""
        return list(accumulate(map(unzigzag, self.numbers(count))))

    def sparse(self, count: int) -> list[int]:
        """Return a sparse column that makes exactly `count` numbers."""
        pairs = self._all_numbers()
        if len(pairs) % 2 or sum(pairs[::2]) + len(pairs) // 2 > count:
            raise MalformedError(f"a sparse column does not make {count} numbers")
        values: list[int] = []
        for zeros, value in zip(pairs[::2], pairs[1::2], strict=True):
            values += [0] * zeros
            values.append(unzigzag(value))
        return values + [0] * (count - len(values))

    def strings(self, count: int) -> Sequence[bytes]:
        """Return a column of exactly `count` strings."""
        data = self.blob()
        values = data.split(b"\0")
        if values.pop() or len(values) != count:
            raise MalformedError(f"a column of {len(values)} strings should have {count}")
        return values

    def fronts(self) -> Iterator[bytes]:
        """Yield the strings of two columns of fronts, as many as there are."""
        shared = self._all_numbers()
        suffixes = self.strings(len(shared))
        return _unfold(shared, suffixes)

    def end(self) -> None:
        """Raise unless everything has been read."""
        if self._position != len(self._data):
            raise MalformedError(f"{len(self._data) - self._position} bytes follow the last column")

    def _all_numbers(self) -> list[int]:
        column = self.blob()
        values = []
        position = 0
        while position < len(column):
            value = column[position]
            position += 1
            if value > 0x7F:
                value, position = read_varint(column, position - 1)
            values.append(value)
        return values


def shared_bytes(before: bytes, name: bytes) -> int:
    """Return how many bytes both begin with."""
    count = 0
    for one, other in zip(before, name, strict=False):
        if one != other:
            break
        count += 1
    return count


def _unfold(shared: Sequence[int], suffixes: Sequence[bytes]) -> Iterator[bytes]:
    value = b""
    for count, suffix in zip(shared, suffixes, strict=True):
        if count > len(value):
            raise MalformedError("a name begins like no other")
        value = value[:count] + suffix
        yield value
