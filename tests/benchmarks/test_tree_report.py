from benchmarks.tree_report import table


def test_the_newest_row_of_each_plan_is_shown_and_what_is_missing_left_open():
    rows = [
        {"input": "a", "plan": "x", "bytes_in": "1000", "bytes_out": "500"},
        {"input": "a", "plan": "y", "bytes_in": "1000", "bytes_out": "400"},
        {"input": "a", "plan": "x", "bytes_in": "1000", "bytes_out": "450"},
        {"input": ".", "plan": "y", "bytes_in": "123456", "bytes_out": "7000"},
    ]
    assert table(rows).splitlines() == [
        "| input | bytes | x | y |",
        "|---|---:|---:|---:|",
        "| all, one batch | 123,456 | – | 7,000 |",
        "| a | 1,000 | 450 | 400 |",
    ]
