"""A window of a tar: its headers as columns, and how much content follows.

What is stored is one window behind the other: a varint, the length of the columns; the columns; content.
After the last window come the bytes behind the last member as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.varint import MalformedError
from kompakt.filters.tar.headers import HEADER_BYTES, Header, build, size_of

_MOST_HEADERS = 1 << 20
_RAW = 0  # number of the template of a header that stands as it is


@dataclass(slots=True)
class Window:
    """Some headers, what belongs to them, and whether any window follows.

    begun:   bytes of content of the member that began in an earlier window
    headers: those of the members that begin here, as they are in the tar
    sizes:   how much content each of them says it has
    held:    bytes of content of the last of them that are in this window
    pads:    what stands behind the content of a member where it is not zeros up to a whole 512 bytes, by the
             number of the member's end in this window
    """

    begun: int = 0
    headers: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    held: int = 0
    pads: dict[int, bytes] = field(default_factory=dict)
    is_last: bool = False


class Templates:
    """What windows have in common: the templates so far, in the order in which they came."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._templates: list[bytes] = []

    def write(self, window: Window, parsed: Iterable[Header | None]) -> bytes:
        """Return the columns of a window; `parsed` are its headers."""
        known = len(self._templates)
        columns = ColumnWriter()
        whole: list[Header] = []
        numbers, raw = [], []
        for header, bytes_of_header in zip(parsed, window.headers, strict=True):
            if header is None:
                numbers.append(_RAW)
                raw.append(bytes_of_header)
                continue
            if header.template not in self._numbers:
                self._templates.append(header.template)
                self._numbers[header.template] = len(self._templates)
            numbers.append(self._numbers[header.template])
            whole.append(header)
        for number in (int(window.is_last), window.begun, len(window.headers), window.held):
            columns.number(number)
        columns.runs(numbers)
        columns.blob(b"".join(self._templates[known:]))
        columns.blob(b"".join(raw))
        columns.fronts([header.name for header in whole])
        columns.sparse(header.prefix_bytes for header in whole)
        columns.numbers(header.size for header in whole)
        columns.sparse(time - before for before, time in pairwise([0, *(header.mtime for header in whole)]))
        columns.numbers(number for end, pad in window.pads.items() for number in (end, len(pad)))
        columns.blob(b"".join(window.pads.values()))
        return bytes(columns.data)

    def read(self, data: bytes) -> Window:
        """Undo write(). Raises ValueError for what it does not write."""
        columns = ColumnReader(data)
        is_last, begun, count, held = (columns.number() for _ in range(4))
        if count > _MOST_HEADERS:
            raise MalformedError("a tar has more members than a window takes")
        numbers = columns.runs(count)
        new = columns.blob()
        self._templates += [new[at : at + HEADER_BYTES] for at in range(0, len(new), HEADER_BYTES)]
        raw = columns.blob()
        whole = sum(map(bool, numbers))
        names = list(columns.fronts())
        cuts = columns.sparse(whole)
        sizes = columns.numbers(whole)
        times = accumulate(columns.sparse(whole))
        if len(raw) != HEADER_BYTES * (count - whole) or len(names) != whole or len(new) % HEADER_BYTES:
            raise MalformedError("a tar lacks headers")
        parts = iter(zip(names, cuts, sizes, times, strict=True))
        raw_headers = (raw[at : at + HEADER_BYTES] for at in range(0, len(raw), HEADER_BYTES))
        window = Window(begun, held=held, is_last=bool(is_last))
        for number in numbers:
            if number > len(self._templates):
                raise MalformedError("a tar lacks headers")
            if number == _RAW:
                window.headers.append(next(raw_headers))
            else:
                name, cut, size, time = next(parts)
                header = Header(name, cut, size, time, self._templates[number - 1])
                window.headers.append(build(header))
            size = size_of(window.headers[-1])
            if size is None:
                raise MalformedError("a tar has a header that is none")
            window.sizes.append(size)
        window.pads = _read_pads(columns)
        columns.end()
        return window


def _read_pads(columns: ColumnReader) -> dict[int, bytes]:
    pairs = columns.any_numbers()
    data = columns.blob()
    pads = {}
    place = 0
    for end, length in zip(pairs[::2], pairs[1::2], strict=True):
        pads[end] = data[place : place + length]
        place += length
    if place != len(data):
        raise MalformedError("a tar lacks bytes behind a member")
    return pads
