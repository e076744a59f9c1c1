"""The run for a machine with a GPU, whole and in parts, on a GPU made of NumPy."""

import csv
import importlib.util
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.gpu import facts, golden, golden_file, ncu
from benchmarks.gpu.carried import unpacked
from benchmarks.gpu.data import edited, made, sample, stream, write_set
from benchmarks.gpu.driver_log import driver_log
from benchmarks.gpu.golden_file import read_golden, write_golden
from benchmarks.gpu.jobs import first_difference
from benchmarks.gpu.process import Log, run_process
from benchmarks.gpu.session import GOLDEN, GOLDEN_NAME, Session
from benchmarks.gpu.throughput import Case, Pace, cases
from benchmarks.gpu.timers import Timers
from kompakt.model.spec import DEFAULT_LEVEL
from tests.inputs import random_bytes, text
from tests.kernels.fake_cupy import FAILING_LAUNCH

ROOT = Path(__file__).parents[2]
ALL_STAGES = "facts,golden,equality,throughput,commands,kernels,ncu,tests,pipelines,figures"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of different kinds, one in a folder below."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_bytes(text(20_000))
    (tmp_path / "in" / "deep" / "b.bin").write_bytes(random_bytes(500) * 9)
    return tmp_path / "in"


def _run(output: Path, folder: Path, *options: str, failing_launch: str = "") -> tuple[int, str]:
    """Run on the fake GPU; return exit code and log."""
    environment = os.environ | ({FAILING_LAUNCH: failing_launch} if failing_launch else {})
    command = [sys.executable, "-m", "tests.benchmarks.fake_on_gpu", str(output), str(folder)]
    done = subprocess.run(
        [*command, "--levels", "1", "--commit", "abc", "--set-bytes", "40000", "--small", *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert not done.stderr, done.stderr
    return done.returncode, (output / "log.txt").read_text()


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.timeout(900)
def test_every_stage_runs_on_a_fake_gpu(tmp_path, folder, carried):
    output = tmp_path / "out"
    options = ("--stages", ALL_STAGES, "--seconds", "800", "--carried", str(carried))
    code, log = _run(output, folder, *options)
    outcomes = {
        line.split()[2].rstrip(":"): line for line in log.splitlines() if " == " in line and ": " in line
    }
    wanted = dict.fromkeys(ALL_STAGES.split(","), "ok")
    if "ncu is not on PATH" in log:
        wanted["ncu"] = "skipped"
    assert {stage: line.split()[3].rstrip(",:") for stage, line in outcomes.items()} == wanted, log
    assert code == 0
    assert len(list(output.iterdir())) <= 8
    assert (output / "figures.png").exists() == bool(importlib.util.find_spec("matplotlib"))

    (first, *_) = kernels = _rows(output / "kernels.csv")
    columns = ("commit", "level", "registers", "warps_of_processor")
    assert [first[column] for column in columns] == ["abc", "1", "4", "16"]
    assert [(row["spec"], row["kernel"]) for row in kernels] == [
        (spec, kernel) for spec in ("14", "26") for kernel in ("encode", "decode")
    ]
    compared = _rows(output / "equality.csv")
    assert [row["against"] for row in compared] == ["golden streams"] * 2 + ["CPU"] * 2
    assert all(row["equal"] == "True" and not row["difference"] for row in compared)
    assert [row["root_bytes"] == "0" for row in compared] == [True, False, True, False]
    speeds = _rows(output / "throughput.csv")
    paths = ("backend", "batch", "command", "huffman", "rans")
    assert {(row["path"], row["direction"]) for row in speeds} == {
        (path, direction) for path in paths for direction in ("encode", "decode")
    }
    for path in ("batch", "command"):
        of_path = [row for row in speeds if row["path"] == path]
        assert [row["block_bytes"] for row in of_path] == ["0", "0", "8192", "8192"]
        assert all(int(row["threads"]) > 0 for row in of_path)
    assert not any(row["error"] for row in speeds)
    assert all(row["equal"] == "True" for row in speeds if row["direction"] == "decode")
    assert not any(row["equal"] == "False" for row in speeds)
    assert max(int(row["blocks_in_flight"]) for row in speeds) > 64
    assert all(float(row["kernel_mb_per_s"]) > 0 for row in speeds if row["path"] in ("backend", "batch"))
    parts = {row["part"] for row in _rows(output / "split.csv")}
    assert {"read", "copy in", "launch", "wait for GPU", "copy out", "write", "scan and plan"} <= parts
    assert "its time is not told apart" not in log


@pytest.mark.timeout(900)
def test_broken_gpu_costs_its_stage_and_not_the_next(tmp_path, folder, carried):
    options = ("--stages", "golden,equality,facts", "--carried", str(carried))
    code, log = _run(tmp_path / "out", folder, *options, failing_launch="1")
    assert code == 1
    assert "golden: failed with exit code 1" in log
    rows = _rows(tmp_path / "out" / "equality.csv")
    compared = [row for row in rows if row["against"] == "golden streams"]
    # Each in a process of its own.
    assert [row["what"] for row in compared] == ["level 1", "level 1, with a start"]
    assert all("an illegal memory access" in row["difference"] for row in compared)
    assert "equality: failed with exit code 1" in log
    assert "facts: ok" in log
    assert "Traceback" in log
    assert "an illegal memory access" in log


@pytest.mark.timeout(900)
def test_throughput_goes_on_in_a_new_process_after_a_case_broke_the_gpu(tmp_path, folder):
    # A case launches four kernels, so the second case of every process fails in its third.
    _, log = _run(tmp_path / "out", folder, "--stages", "throughput", "--seconds", "800", failing_launch="6")
    rows = _rows(tmp_path / "out" / "throughput.csv")
    keys = [(row["block_bytes"], row["blocks"], row["root_bytes"], row["direction"]) for row in rows]
    assert len(set(keys)) == len(keys)
    errors = [row["error"] for row in rows[::2]]
    assert errors[::2] == [""] * len(errors[::2])
    assert all("an illegal memory access" in error for error in errors[1::2])
    assert len(errors) > 4, log


def test_log_keeps_what_a_killed_process_printed(tmp_path):
    with Log(tmp_path / "log.txt") as log:
        start = time.monotonic()
        program = "import subprocess, time; print('before', flush=True); subprocess.run(['sleep', '60'])"
        assert run_process([sys.executable, "-c", program], 2, log) == "killed: time is up"
        assert time.monotonic() - start < 20
        assert (
            run_process([sys.executable, "-c", "raise ValueError('no')"], 20, log)
            == "failed with exit code 1"
        )
    lines = (tmp_path / "log.txt").read_text()
    assert "before" in lines
    assert "ValueError: no" in lines


def test_terminated_run_leaves_no_process_behind(tmp_path, folder):
    command = [sys.executable, "-m", "tests.benchmarks.fake_on_gpu", str(tmp_path / "out"), str(folder)]
    running = subprocess.Popen(
        [*command, "--stages", "throughput"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert "== throughput" in running.stdout.readline()
    time.sleep(1)
    running.send_signal(signal.SIGTERM)
    running.stdout.read()  # ends when the last process that writes there has ended
    assert running.wait(20) == 143
    running.stdout.close()


def test_stage_without_time_is_left_out(tmp_path, folder):
    code, log = _run(tmp_path / "out", folder, "--stages", "golden", "--seconds", "1")
    assert code == 1
    assert "golden: left out: no time" in log


def test_streams_that_differ_fail_the_stage_and_have_a_row(tmp_path, folder, carried):
    cases = read_golden(carried / GOLDEN_NAME)
    wrong = cases[1].streams[-1].copy()
    wrong[5] ^= 1
    (tmp_path / "carried").mkdir()
    changed = replace(cases[1], streams=[*cases[1].streams[:-1], wrong])
    write_golden(tmp_path / "carried" / GOLDEN_NAME, [cases[0], changed])
    options = ("--stages", "golden", "--carried", str(tmp_path / "carried"))
    code, log = _run(tmp_path / "out", folder, *options)
    assert code == 1
    assert "1 of 2 comparisons differ or failed, the first: level 1, with a start" in log
    equal, different = _rows(tmp_path / "out" / "equality.csv")
    assert equal["equal"] == "True"
    assert different["equal"] == "False"
    assert f"encoded: block {len(cases[0].blocks) - 1}, byte 5 of " in different["difference"]


def test_a_gpu_that_waits_for_ever_ends_its_case_with_a_row(tmp_path, carried, monkeypatch):
    ended: list[int] = []
    monkeypatch.setattr(golden, "CASE_S", 0.1)
    monkeypatch.setattr(golden.os, "_exit", ended.append)
    case = read_golden(carried / GOLDEN_NAME)[0]
    with golden._watched(Session(tmp_path), SimpleNamespace(name="GPU 0"), case):
        time.sleep(1)
    assert ended == [1]
    (row,) = _rows(tmp_path / "equality.csv")
    assert (row["what"], row["equal"], row["difference"]) == ("level 1", "False", "did not end within 0.1 s")


def test_stages_with_nothing_to_do_are_skipped_with_the_reason(tmp_path, folder):
    code, log = _run(tmp_path / "out", folder, "--stages", "golden")
    assert code == 0
    assert "golden: skipped: no golden streams: --carried FOLDER has none" in log


def test_golden_streams_of_another_model_are_refused(tmp_path, carried, monkeypatch):
    monkeypatch.setattr(golden_file, "model_digest", lambda: "another")
    with pytest.raises(ValueError, match=r"golden.npz: of another version of the model"):
        read_golden(carried / GOLDEN_NAME)


def test_carried_wheels_kernels_and_streams_are_found(tmp_path, monkeypatch):
    folder, told = tmp_path / "carried", []
    folder.mkdir()
    with zipfile.ZipFile(folder / "some-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("some/__init__.py", "number = 5")
    for name in ("all.kernels", GOLDEN_NAME):
        (folder / name).touch()
    monkeypatch.setenv("PYTHONPATH", "before")
    found = unpacked(folder, tmp_path / "packages", told.append)
    assert found == {
        "PYTHONPATH": f"before{os.pathsep}{tmp_path / 'packages'}",
        "KOMPAKT_KERNELS": str(folder),
        GOLDEN: str(folder / GOLDEN_NAME),
    }
    program = "import some; print(some.number)"
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | found, capture_output=True)
    assert done.stdout == b"5\n"
    assert unpacked(tmp_path / "none", tmp_path / "packages", told.append) == {}
    assert told[-1].endswith("no such folder")


def test_missing_package_is_named_first(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(facts, "NEEDED", ("numpy", "no-such-package"))
    facts.run(Session(tmp_path))
    assert capsys.readouterr().out.startswith("MISSING: Python package no-such-package; put it on PYTHONPATH")
    assert "no-such-package" in (tmp_path / "machine.txt").read_text()


@pytest.mark.parametrize("data", [text(30_000), bytes(30_000)], ids=["text", "zeros"])
def test_copies_have_no_kibibyte_in_common(data):
    data = np.frombuffer(data, np.uint8)
    copies = (edited(data, 0), edited(data, 1))
    chunks = [copy[start : start + 1024].tobytes() for copy in copies for start in range(0, 28_000, 1024)]
    assert len(set(chunks)) == len(chunks)
    assert not any(chunk in data.tobytes() for chunk in chunks)


def test_edits_are_few_and_the_same_each_time():
    data = np.frombuffer(text(51_200), np.uint8)
    changed = edited(data, 3)
    assert 90 <= np.count_nonzero(changed != data) <= 100
    assert np.array_equal(changed, edited(data, 3))


def test_stream_continues_with_other_copies():
    (part,) = made(30_000)[:1]
    data = stream([part], 25_000)
    assert data.size == 25_000
    assert np.count_nonzero(data[:10_000] != data[10_000:20_000]) > 10


def test_set_has_the_files_of_the_sample_in_every_copy(tmp_path, folder):
    parts = sample(folder)
    assert [(part.name, part.data.size) for part in parts] == [("a.txt", 20_000), ("deep-b.bin", 4500)]
    assert write_set(parts, tmp_path / "set", 50_000) == 50_000
    sizes = {
        str(path.relative_to(tmp_path / "set")): path.stat().st_size for path in tmp_path.glob("set/*/*")
    }
    assert sizes["copy001/a.txt"] == 20_000
    assert sizes["copy002/a.txt"] == 1000


def test_sample_takes_its_share_of_large_files(folder):
    assert [part.data.size for part in sample(folder, 10_000)] == [5500, 4500]


def test_first_difference_names_block_and_byte():
    a, b = (np.frombuffer(data, np.uint8) for data in (b"same", b"sane"))
    assert first_difference([a, a], [a, a]) == ""
    assert first_difference([a, a], [a, b]) == "block 1, byte 2 of 4: 110 for 109, 1 differ"
    assert first_difference([a], [a[:3]]) == "block 0: 3 bytes for 4, equal up to 3"


def test_inner_part_stops_the_clock_of_the_outer_one():
    timers = Timers()

    def steps():
        time.sleep(0.02)
        timers.function("inner", time.sleep)(0.05)
        yield 1

    assert list(timers.generator("outer", steps)()) == [1]
    assert 0.02 <= timers.seconds["outer"] < 0.05 <= timers.seconds["inner"]


def test_default_level_on_a_full_gpu_comes_first():
    wanted = cases(Session(Path()).ordered_levels, 2112)
    assert wanted[0] == Case(DEFAULT_LEVEL, 256 << 10, 2112)
    assert len(set(wanted)) == len(wanted)
    assert [case.level for case in wanted[:7]] == [*4 * [DEFAULT_LEVEL], 1, 5, 9]
    assert {case.level for case in wanted} == set(range(1, 10))


def test_pace_expects_larger_blocks_to_take_longer():
    pace = Pace()
    assert pace.seconds(Case(5, 1 << 18, 2112)) == 0
    pace.learn(Case(5, 1 << 18, 2112), 10)
    assert pace.seconds(Case(5, 1 << 20, 2112)) == pytest.approx(40)


def test_profiler_gets_a_program_that_launches_one_kernel(tmp_path, monkeypatch):
    (tmp_path / "ncu").write_text('#!/bin/sh\nwhile [ "$1" != -m ]; do shift; done; echo "profiled $*"\n')
    (tmp_path / "ncu").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    ncu.run(Session(tmp_path))
    words = (tmp_path / "ncu.txt").read_text().split()
    assert words[:2] == ["profiled", "-m"]
    words[2] = "tests.benchmarks.fake_on_gpu"
    command = [sys.executable, *words[1:], "--levels", "1", "--small"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("level 1: 32 blocks of 512 bytes became ")


def test_log_of_a_driver_that_is_not_there_says_so():
    assert driver_log(b".version 0.0\0").startswith(("no log of the driver", "driver, code "))
