from benchmarks.alike import cut


def test_parts_are_cut_at_line_ends_and_lose_nothing():
    data = b"".join(b"line %d\n" % number for number in range(100))
    parts = cut(data, 3)
    assert b"".join(parts) == data
    assert len(parts) == 3 and all(part.endswith(b"\n") for part in parts)


def test_without_line_ends_parts_are_equally_long():
    assert [len(part) for part in cut(bytes(90), 3)] == [30, 30, 30]
