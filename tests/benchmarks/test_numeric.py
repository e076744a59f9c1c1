import csv
import sys

import numpy as np
import pytest

from benchmarks import numeric
from benchmarks.child import BenchmarkError
from benchmarks.numeric_codecs import CODECS, Trial, blosc2
from benchmarks.numeric_report import table
from benchmarks.numeric_set import write_array


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "arrays"
    path.mkdir()
    write_array("ramp", np.arange(3000, dtype=np.int32) * 1000, path)
    (path / "unknown").write_bytes(bytes(range(256)) * 8)
    return path


def rows_of(folder, codecs):
    """Run the program and return its exit code and rows."""
    out = folder.parent / "rows.csv"
    code = numeric.main([str(folder), "--codecs", codecs, "--out", str(out)])
    with open(out, newline="") as file:
        return code, list(csv.DictReader(file))


def test_the_best_settings_of_a_coder_give_its_row(folder):
    code, rows = rows_of(folder, "xz-delta")
    assert code == 0
    assert [(row["file"], row["kind"]) for row in rows] == [("ramp.int32.3000.raw", "int32"), ("unknown", "")]
    assert rows[0]["settings"].startswith("--delta=dist=4 ")
    assert int(rows[0]["bytes_out"]) < 200


@pytest.mark.parametrize("package", ["blosc2", "pcodec"])
def test_coders_of_packages_restore_the_input(folder, package):
    pytest.importorskip(package)
    code, rows = rows_of(folder, package)
    assert code == 0
    assert len(rows) == (2 if package == "blosc2" else 1)
    assert int(rows[0]["bytes_out"]) < 6000


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "blosc2", None)
    with pytest.raises(BenchmarkError, match=r"blosc2: is not installed \(pip install blosc2\)"):
        next(blosc2(None))


def test_trials_that_fail_or_give_wrong_bytes_are_named_and_left_out(folder, monkeypatch, capsys):
    def fail(data):
        raise ValueError("out of luck")

    trials = [
        Trial("copy", bytes, bytes),
        Trial("nothing", lambda data: b"", lambda packed: b""),
        Trial("failure", fail, bytes),
    ]
    monkeypatch.setitem(CODECS, "trials", lambda kind: trials)
    code, rows = rows_of(folder, "trials")
    assert code == 1
    assert [row["settings"] for row in rows] == ["copy", "copy"]
    said = capsys.readouterr().err
    assert "failed: unknown: trials: nothing: gave back other bytes than it got" in said
    assert "failed: unknown: trials: failure: out of luck" in said


def test_a_name_that_is_no_coder_is_refused(folder, capsys):
    with pytest.raises(SystemExit):
        rows_of(folder, "zip")
    assert "zip: is none of bsc, xz-delta" in capsys.readouterr().err


def test_the_table_tells_the_best_peer_and_totals(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "folder,file,codec,bytes_in,bytes_out\n"
        "f,a,bsc,1000,99\nf,a,pcodec,1000,80\nf,a,kompakt-9,1000,70\nf,b,bsc,2000,50\nf,b,kompakt-9,2000,60\n"
        "f,a,bsc,1000,90\n"
    )
    assert table(path).splitlines()[2:] == [
        "| f/a | 1,000 | 90 | 80 | 70 | pcodec | 80 |",
        "| f/b | 2,000 | 50 | – | 60 | bsc | 50 |",
        "| all | 3,000 | 140 | – | 130 | | 130 |",
    ]
