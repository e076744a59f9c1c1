import pytest

from benchmarks.child import BenchmarkError
from benchmarks.rows import append_rows, read_rows
from tests.benchmarks.rows_made import ROW, row


def test_rows_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "results" / "run.csv"
    append_rows(path, [ROW])
    append_rows(path, [row(file="name, with comma", compress_s=(1.5,))])
    assert read_rows(path) == [ROW, row(file="name, with comma", compress_s=(1.5,))]


def test_reading_refuses_a_file_with_other_columns(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(BenchmarkError, match="other columns"):
        read_rows(path)
