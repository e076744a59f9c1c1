"""Counts of executed kernels are found again."""

from pathlib import Path

from benchmarks.executed_rows import newest


def test_the_newest_row_of_a_kernel_counts(tmp_path: Path) -> None:
    assert newest(14, "encode", True, tmp_path) is None
    head = "spec,kernel,with_start,warp_instructions_per_bit\n"
    (tmp_path / "2026-11-30.csv").write_text(head + "14,encode,True,500\n")
    (tmp_path / "2026-12-01.csv").write_text(
        head + "14,encode,True,300\n14,encode,True,310\n14,encode,False,290\n15,encode,True,9\n"
    )
    assert newest(14, "encode", True, tmp_path)["warp_instructions_per_bit"] == "310"
    assert newest(14, "encode", False, tmp_path)["warp_instructions_per_bit"] == "290"
