from importlib.util import find_spec

import pytest

from benchmarks.child import BenchmarkError
from benchmarks.groups import group_rows
from benchmarks.report import BEGIN, END, replace_results, write_report
from benchmarks.rows import append_rows
from benchmarks.tables import bytes_table, speed, totals_table
from tests.benchmarks.rows_made import ROW, row


def test_totals_use_median_seconds_and_all_bytes():
    [group] = group_rows([ROW, row(file="b.txt", bytes_in=2_000_000, bytes_out=500_000)])
    [total] = group.totals()
    assert (total.bytes_in, total.bytes_out, total.ratio) == (6_000_000, 1_500_000, 4.0)
    assert total.compress_mb_s == pytest.approx(1.0)
    assert total.decompress_mb_s == pytest.approx(3.0)
    assert (total.warm_up_s, total.longest_warm_up_s) == (1.0, 9.0)


def test_the_newest_row_of_a_file_and_codec_counts():
    [group] = group_rows([ROW, row(bytes_out=800_000)])
    assert group.totals()[0].bytes_out == 800_000


def test_different_kinds_of_runs_do_not_share_a_table():
    changes = [{}, {"threads": 2}, {"scope": "tar"}, {"cpu": "Other CPU"}, {"folder": "other"}]
    assert len(group_rows(row(**change) for change in changes)) == len(changes)


def test_a_codec_that_lacks_a_file_has_no_total():
    [group] = group_rows([ROW, row(file="b.txt"), row(codec="xz-9e")])
    assert [total.codec for total in group.totals()] == ["kompakt-5"]
    assert group.incomplete() == ["xz-9e"]


def test_tables_mark_kompakt_and_the_smallest_archives():
    [group] = group_rows([row(codec="xz-9e", level="9e", bytes_out=1_200_000), ROW])
    assert totals_table(group.totals()).splitlines()[2:] == [
        "| **kompakt-5** | 1,000,000 | 4.000 | 1.33 | 4.00 | 100 | 90 | 1.0 / 9.0 |",
        "| xz-9e | 1,200,000 | 3.333 | 1.33 | 4.00 | 100 | 90 | – |",
    ]
    assert bytes_table(group).splitlines()[2:] == ["| a.txt | 4,000,000 | 1,200,000 | **1,000,000** |"]


@pytest.mark.parametrize(
    ("mb_s", "text"), [(0.1234, "0.123"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123")]
)
def test_speeds_have_three_digits(mb_s, text):
    assert speed(mb_s) == text


def test_only_what_stands_between_the_markers_is_replaced():
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert replace_results(text, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    with pytest.raises(BenchmarkError, match="lacks the lines"):
        replace_results("no markers", "new")


def test_a_report_is_written_with_or_without_plots(tmp_path):
    results, document = tmp_path / "run.csv", tmp_path / "BENCHMARKS.md"
    append_rows(results, [ROW, row(codec="xz-9e", level="9e")])
    document.write_text(f"{BEGIN}\n{END}\n")
    write_report([results], document, tmp_path / "images")
    text = document.read_text()
    assert "### corpus (files), 1 thread, Some CPU with 2 cores" in text
    assert "commit 0123456789ab" in text
    images = list(tmp_path.glob("images/*.png"))
    assert len(images) == (find_spec("matplotlib") is not None)
    assert all(f"(images/{image.name})" in text for image in images)
