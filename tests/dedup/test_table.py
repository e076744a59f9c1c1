from blake3 import blake3

from kompakt.dedup.table import ChunkTable, Origin

KIB = 1 << 10


def digest(number: int) -> bytes:
    return blake3(b"%d" % number).digest()


def test_what_was_added_is_found() -> None:
    table = ChunkTable()
    for number in range(10_000):
        assert table.find(digest(number)) is None
        assert table.find_or_add(digest(number), number % 7, [number << 30]) == [None]
    for number in range(10_000):
        assert table.find(digest(number)) == Origin(number % 7, number << 30)
    assert table.find(digest(-1)) is None


def test_digests_that_begin_alike_are_told_apart() -> None:
    table = ChunkTable()
    ends = [bytes(8) + digest(number)[8:] for number in range(100)]
    for number, end in enumerate(ends):
        table.find_or_add(end, number, [0])
    assert [table.find(end).file for end in ends] == list(range(100))
    assert table.find(bytes(8) + digest(200)[8:]) is None


def test_memory_is_bounded() -> None:
    table = ChunkTable(most_chunks=1000)
    for number in range(5000):
        table.find_or_add(digest(number), number, [0])
    assert table.held_bytes < 1000 * 56
    assert table.find(digest(999)) == Origin(999, 0)
    assert table.find(digest(1000)) is None


def test_the_bound_that_the_documents_state_is_that_of_the_table() -> None:
    """docs/DEDUP.md: 52 bytes for each chunk."""
    table = ChunkTable()
    for number in range(1 << 13):
        table.find_or_add(digest(number), number, [0])
    assert table.held_bytes == 52 << 13


def test_many_are_found_at_once_and_among_themselves() -> None:
    table = ChunkTable(most_chunks=5000)
    numbers = [*range(100), 7, *range(50, 10_000), 3]
    digests = b"".join(map(digest, numbers))
    origins = table.find_or_add(digests, 1, range(len(numbers)))
    first: dict[int, int] = {}
    for place, (number, origin) in enumerate(zip(numbers, origins, strict=True)):
        expected = Origin(1, first[number]) if number in first else None
        assert origin == expected
        if len(first) < 5000:
            first.setdefault(number, place)
