import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run, check_fails, check_succeeds, command, environment
from tests.inputs import text

LINE = "{:06d} worker {} finished job {} in {} ms: status ok, retries 0\n"


@pytest.fixture
def own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with 10 logs alike; models and starts stay in it."""
    for variable in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(folder / variable))
    (folder / "logs").mkdir()
    for number in range(10):
        lines = (LINE.format(n, n % 7, n * 31 % 1000, n * n % 977) for n in range(number, number + 50))
        (folder / "logs" / f"{number}.log").write_text("".join(lines))
    return folder


def test_shipped_models_are_listed_and_shown(run: Run, own: Path) -> None:
    result = run("models", "list")
    check_succeeds(result)
    for name in (b"english", b"x86-64", b"ships with"):
        assert name in result.stdout
    listed = json.loads(run("models", "list", "--json").stdout)
    assert [model["name"] for model in listed] == [
        "english",
        "european",
        "markup",
        "source",
        "tables",
        "x86-64",
    ]
    shown = json.loads(run("models", "show", listed[0]["id"][:10], "--json").stdout)
    assert shown == listed[0]
    assert b"text bytes" in run("models", "show", "english").stdout


def test_a_model_is_trained_exported_imported_used_and_removed(run: Run, own: Path) -> None:
    result = run(
        "models", "train", "logs", "-o", "mine.kmodel", "--note", "own logs", "--json", "--level", "1"
    )
    check_succeeds(result)
    told = json.loads(result.stdout)
    assert told["learned_from_files"] == 8
    assert told["held_out"]["files"] == 2
    assert b"2 files held out" in result.stderr
    check_succeeds(run("compress", "logs", "--model", "mine.kmodel", "-o", "logs.kmp"))
    check_fails(run("test", "logs.kmp"), 3, f"needs model {told['id']}", "models import FILE")
    check_fails(run("decompress", "logs.kmp", "-o", "out"), 3, f"needs model {told['id']}")
    assert not (own / "out").exists()
    check_succeeds(run("models", "import", "mine.kmodel"))
    check_succeeds(run("test", "logs.kmp"))
    os.remove(own / "mine.kmodel")
    check_succeeds(run("models", "export", "mine", "-o", "again.kmodel"))
    check_succeeds(run("models", "rm", told["id"]))
    check_fails(run("test", "logs.kmp"), 3, "needs model")
    check_succeeds(run("compress", "logs", "--model", "again.kmodel", "--embed-model", "-o", "whole.kmp"))
    check_succeeds(run("decompress", "whole.kmp", "-o", "out"))
    assert (own / "out" / "logs" / "3.log").read_bytes() == (own / "logs" / "3.log").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("show", "klingon"), 2, "model klingon"),
        (("rm", "english"), 2, "part of the program"),
        (("export", "klingon", "-o", "x.kmodel"), 2, "klingon"),
        (("import", "logs/0.log"), 3, "logs/0.log: not a model"),
        (("import", "gone.kmodel"), 5, "gone.kmodel"),
        (("train", "gone", "-o", "x.kmodel"), 5, "gone"),
        (("train", "logs", "-o", "x.kmodel", "--size", "10"), 2, "10 bytes are too few"),
        (("train", "logs", "-o", "x.kmodel", "--name", "a b"), 2, "'a b'"),
    ],
)
def test_what_goes_wrong_is_one_line_and_leaves_nothing(
    run: Run, own: Path, arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    before = sorted(os.listdir(own))
    check_fails(run("models", *arguments), exit_code, words)
    assert sorted(os.listdir(own)) == before


def test_an_existing_model_is_not_overwritten(run: Run, own: Path) -> None:
    (own / "x.kmodel").write_text("precious")
    check_fails(run("models", "export", "english", "-o", "x.kmodel"), 5, "x.kmodel")
    assert (own / "x.kmodel").read_text() == "precious"
    check_succeeds(run("models", "export", "english", "-o", "x.kmodel", "--force"))


def test_compress_refuses_an_unknown_model(run: Run, own: Path) -> None:
    check_fails(run("compress", "logs", "--model", "klingon"), 2, "klingon")
    check_fails(run("compress", "logs", "--model", "gone.kmodel"), 5, "gone.kmodel")
    assert not (own / "logs.kmp").exists()


def _killed(most_s: float, moments: random.Random, *arguments: str) -> None:
    """Start a command with the real model and kill it at some moment before `most_s`."""
    process = subprocess.Popen(
        command(*arguments, module="kompakt"),
        env=environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    time.sleep(moments.uniform(0.2, most_s))
    process.kill()
    process.communicate()


@pytest.mark.timeout(300)
def test_killed_while_models_are_trained_built_and_used_nothing_is_half_written(run: Run, own: Path) -> None:
    train = ("models", "train", "logs", "-o", "mine.kmodel", "--level", "1")
    compress = ("compress", "logs", "--level", "1", "--block-size", "4KiB")
    started = time.monotonic()
    check_succeeds(run(*compress, "-o", "wanted.kmp", module="kompakt"))
    check_succeeds(run(*train, module="kompakt"))
    taken_s = time.monotonic() - started
    wanted, model = (own / "wanted.kmp").read_bytes(), (own / "mine.kmodel").read_bytes()
    before, moments = {path.name for path in own.iterdir()}, random.Random(4)
    for attempt in range(8):
        for start in own.glob("XDG_CACHE_HOME/kompakt/models/*.start"):
            start.unlink()
        (own / "mine.kmodel").unlink(missing_ok=True)
        (own / "again.kmp").unlink(missing_ok=True)
        _killed(
            taken_s / 2, moments, *(compress if attempt % 2 else train), *("-o", "again.kmp") * (attempt % 2)
        )
        for name, whole in (("again.kmp", wanted), ("mine.kmodel", model)):
            assert not (own / name).exists() or (own / name).read_bytes() == whole
        check_succeeds(run(*compress, "-o", "after.kmp", "--force", module="kompakt"))
        assert (own / "after.kmp").read_bytes() == wanted
    visible = {path.name for path in own.iterdir() if not path.name.startswith(".")}
    assert visible <= before | {"wanted.kmp", "after.kmp", "again.kmp", "mine.kmodel"}


def test_a_dictionary_is_trained_used_and_told_of(run: Run, folder: Path) -> None:
    (folder / "texts").mkdir()
    for number in range(12):
        (folder / "texts" / f"{number}.txt").write_bytes(text(30_000, number))
    result = run(
        "models", "train", "--dictionary", "texts", "-o", "words.kmodel", "--json", XDG_DATA_HOME=str(folder)
    )
    check_succeeds(result)
    told = json.loads(result.stdout)
    assert told["held_out"]["with"] < told["held_out"]["without"]
    (folder / "file").write_bytes(text(20_000, 99))
    options = ("--codec", "dict16+rans", "--model", "words.kmodel")
    check_succeeds(run("compress", "file", *options, XDG_DATA_HOME=str(folder)))
    check_fails(run("test", "file.kmp", XDG_DATA_HOME=str(folder)), 3, told["id"])
    check_succeeds(run("models", "import", "words.kmodel", XDG_DATA_HOME=str(folder)))
    check_succeeds(run("test", "file.kmp", XDG_DATA_HOME=str(folder)))
    shown = json.loads(run("models", "show", "words", "--json", XDG_DATA_HOME=str(folder)).stdout)
    assert (shown["kind"], shown["id"]) == ("dictionary", told["id"])
