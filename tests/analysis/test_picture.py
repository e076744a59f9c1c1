import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install .[plot]")

from kompakt.analysis.picture import _stretches


def test_stretches_are_named_after_the_deepest_folders_and_files_that_are_long_enough():
    points = [
        (0, "a/big.bin"),
        (40, "a/sub/1"),
        (42, "a/sub/2"),
        (50, "a/sub/3"),
        (52, "tiny"),
        (53, "b/1"),
        (54, "b/2"),
        (60, "c/deep/only.txt"),
    ]
    split = [(begin, name.split("/")) for begin, name in points] + [(100, [])]
    assert list(_stretches(split, 0, 5)) == [
        (0, 40, "a/big.bin"),
        (42, 50, "a/sub/2"),
        (54, 60, "b/2"),
        (60, 100, "c/deep/only.txt"),
    ]
    assert list(_stretches(split, 0, 11)) == [
        (0, 40, "a/big.bin"),
        (40, 52, "a/sub"),
        (60, 100, "c/deep/only.txt"),
    ]
    assert list(_stretches(split, 0, 45)) == [(0, 52, "a")]
