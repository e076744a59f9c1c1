import csv

import numpy as np
import pytest

from benchmarks import classic, classic_report, codec_report, codec_table, dictionaries, order0
from benchmarks.entropy import entropy_bytes
from benchmarks.report import BEGIN, END
from benchmarks.rows import read_rows
from tests.inputs import text


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "corpus"
    path.mkdir()
    (path / "a").write_bytes(text(20_000))
    return path


def test_rows_and_tables_come_from_a_folder(folder):
    out, document = folder.parent / "rows.csv", folder.parent / "doc.md"
    options = ["--codecs", "huffman,bz2-9", "--first", "10KiB", "--out", str(out)]
    assert classic.main([str(folder), *options]) == 0
    rows = read_rows(out)
    assert [(row.codec, row.file, row.bytes_in) for row in rows] == [
        ("huffman", "a", 10240),
        ("bz2-9", "a", 10240),
    ]
    document.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    assert classic_report.main([str(out), str(folder), "--doc", str(document)]) == 0
    written = document.read_text()
    assert "| huffman |" in written
    assert "*entropy of order 1*" in written


def test_a_name_that_is_no_codec_is_refused(folder, capsys):
    with pytest.raises(SystemExit) as ended:
        classic.main([str(folder), "--codecs", "zip"])
    assert ended.value.code == 2
    assert "'zip' is no stage" in capsys.readouterr().err


def test_the_entropy_of_independent_bytes_is_that_of_their_distribution():
    data = np.frombuffer(bytes(range(16)) * 1000, np.uint8)
    assert entropy_bytes(data, 0) == 8000
    assert entropy_bytes(data, 1) < 10
    assert np.isclose(entropy_bytes(data[:8000], 0), 4000, atol=1)


def test_the_table_of_all_codecs_compares_with_bounds_parts_and_choices(folder):
    (folder / "b").write_bytes(text(70_000, seed=2))
    out, document = folder.parent / "rows.csv", folder.parent / "doc.md"
    document.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    codecs = "entropy-0,huffman,rans,lz77,lz77+huffman,lz77+rans,auto@36,zlib-huffman"
    assert codec_table.main([str(folder), "--codecs", codecs, "--out", str(out), "--doc", str(document)]) == 0
    written = document.read_text()
    assert "| entropy-0 |" in written
    for line in ("| lz77+rans | rans | -", "| 36 | lz77+", "| zlib-huffman | +"):
        assert line in written
    document.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    assert codec_report.main([str(out), "--doc", str(document)]) == 0
    assert document.read_text() == written


def test_a_trained_dictionary_is_measured_on_what_it_has_not_learned(folder):
    for number in range(20):
        (folder / f"{number}.txt").write_bytes(text(6000, seed=number))
    out = folder.parent / "rows.csv"
    assert (
        dictionaries.main([str(folder), "--codecs", "dict16+rans", "--train", "100KiB", "--out", str(out)])
        == 0
    )
    with open(out, newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["scope"], row["strings"] != "0") for row in found] == [
        (scope, trained) for scope in (dictionaries.ALONE, dictionaries.BLOCKS) for trained in (False, True)
    ]
    assert len({row["raw_bytes"] for row in found}) == 1
    assert int(found[1]["coded_bytes"]) < int(found[0]["coded_bytes"])


def test_codes_of_single_bytes_are_compared_with_the_best_prefix_code(folder):
    out = folder.parent / "rows.csv"
    assert order0.main([str(folder), "--out", str(out)]) == 0
    with open(out, newline="") as file:
        (row,) = csv.DictReader(file)
    entropy, tree, huffman, rans = (int(row[name]) for name in ("entropy", "tree", "huffman", "rans"))
    assert entropy <= tree <= huffman <= tree + 100
    assert entropy <= rans < 1.001 * entropy + int(row["rans_frequencies"]) + 20
