import pytest

from benchmarks import codecs, compare
from benchmarks.codecs import Peer
from benchmarks.rows import read_rows
from benchmarks.speed import speed_line


@pytest.fixture(autouse=True)
def peers(monkeypatch):
    monkeypatch.setitem(codecs.PEERS, "copy", Peer("copy", "0", "cp input packed", "cp packed restored"))
    monkeypatch.setitem(codecs.PEERS, "liar", Peer("liar", "0", "cp input packed", "true"))
    monkeypatch.setitem(codecs.PEERS, "absent", Peer("absent", "0", "no-such-program a", "no-such-program b"))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "corpus"
    path.mkdir()
    (path / "a").write_bytes(b"a" * 10)
    (path / "b").write_bytes(b"b" * 20)
    return path


def compare_copy(folder, *more):
    """Run compare with the peer `copy` and return its exit code and rows."""
    out = folder.parent / "rows.csv"
    code = compare.main([str(folder), "--levels", "", "--peers", "copy", "--out", str(out), *more])
    return code, read_rows(out)


def test_per_file_gives_a_row_for_each_file(folder):
    code, rows = compare_copy(folder, "--per-file", "--repeats", "2")
    assert code == 0
    assert [(row.file, row.bytes_in, row.scope) for row in rows] == [("a", 10, "files"), ("b", 20, "files")]
    assert all(len(row.compress_s) == 2 for row in rows)


def test_without_per_file_the_input_is_one_tar(folder):
    _, [row] = compare_copy(folder, "--include", "b")
    assert (row.folder, row.file, row.scope) == ("corpus", "corpus.tar", "tar of b")


def test_only_the_start_of_each_input_is_taken_when_asked(folder):
    _, rows = compare_copy(folder, "--per-file", "--first", "15")
    assert [row.bytes_in for row in rows] == [10, 15]
    assert rows[0].scope == "files, first 15 B"


def test_missing_peers_are_named_and_left_out(folder, capsys):
    code, rows = compare_copy(folder, "--peers", "absent,copy")
    assert code == 0
    assert [row.codec for row in rows] == ["copy"]
    assert "left out: absent, because no-such-program is not installed" in capsys.readouterr().err


def test_a_codec_that_does_not_restore_the_input_ends_with_1(folder, capsys):
    code, rows = compare_copy(folder, "--peers", "liar,copy")
    assert code == 1
    assert [row.codec for row in rows] == ["copy"]
    assert "failed: corpus.tar: liar: " in capsys.readouterr().err


def test_speed_line_compares_medians_and_turns():
    line = speed_line("compress", [1.0, 2.0, 2.0], [2.0, 2.0, 6.0])
    assert line.startswith("compress: 2.000 s against 2.000 s, medians of 3; 1.000 times as fast; ")
    assert line.endswith("turn by turn 1.000 … 2.000 … 3.000")
