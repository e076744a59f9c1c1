"""Kernels come from carried files first, then from the cache, then from the compiler."""

from pathlib import Path

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels import found
from kompakt.kernels.compiled import source_digest
from kompakt.kernels.found import CARRIED, code_kernel_for, kernel_for, spec_label
from kompakt.kernels.packed import Kernel, Packed, write_packed
from kompakt.model.spec import spec_for_level

SPEC = spec_for_level(1)
HOPPER = (9, 0)
PTX = ".visible .entry made_now(\n"


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """What was asked of the compiler, which is a fake; and an empty cache."""
    asked: list[object] = []
    monkeypatch.setattr(found, "kernel_ptx", lambda *what: asked.append(what) or PTX)
    monkeypatch.setattr(found, "code_ptx", lambda *what: asked.append(what) or PTX)
    monkeypatch.setattr(found, "_refused", set())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(CARRIED, raising=False)
    return asked


def _write(path: Path, source: str = source_digest(SPEC, False)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        images = {"sm_90": b"code", "compute_80": b"ptx"}
        packed = {spec_label(SPEC, False): Packed(source, "carried", images)}
        packed["encode_rans"] = Packed(source_digest("encode_rans"), "rans", {"sm_90": b"rans"})
        write_packed(file, packed, {})
    return path


def test_a_carried_file_needs_no_compiler(tmp_path, monkeypatch, compiled) -> None:
    monkeypatch.setenv(CARRIED, str(_write(tmp_path / "all.kernels")))
    assert kernel_for(SPEC, False, HOPPER, pytest.fail) == Kernel("carried", (b"code", b"ptx\0"))
    assert code_kernel_for("encode_rans", HOPPER, pytest.fail) == Kernel("rans", (b"rans",))
    assert not compiled


def test_a_carried_folder_may_hold_several_files(tmp_path, monkeypatch, compiled) -> None:
    with open(tmp_path / "a.kernels", "wb") as file:
        write_packed(file, {}, {})
    _write(tmp_path / "b.kernels")
    monkeypatch.setenv(CARRIED, str(tmp_path))
    assert kernel_for(SPEC, False, HOPPER, pytest.fail).name == "carried"


def test_what_no_carried_file_has_is_compiled(tmp_path, monkeypatch, compiled) -> None:
    monkeypatch.setenv(CARRIED, str(_write(tmp_path / "all.kernels")))
    assert kernel_for(SPEC, True, HOPPER, print) == Kernel("made_now", (PTX.encode() + b"\0",))
    assert code_kernel_for("decode_rans", HOPPER, print).name == "made_now"
    assert len(compiled) == 2


@pytest.mark.parametrize("name", ["gone.kernels", "empty"])
def test_carried_files_that_are_not_there_are_an_error(tmp_path, monkeypatch, name) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(CARRIED, str(tmp_path / name))
    with pytest.raises(DeviceError, match=name):
        kernel_for(SPEC, False, HOPPER, print)


def test_outdated_carried_files_are_an_error_and_nothing_is_compiled(tmp_path, monkeypatch, compiled) -> None:
    monkeypatch.setenv(CARRIED, str(_write(tmp_path / "old.kernels", source="before")))
    with pytest.raises(DeviceError, match=r"old.kernels: encode_\d+ is of another version"):
        kernel_for(SPEC, False, HOPPER, print)
    assert not compiled


def test_a_file_in_the_cache_folder_is_found_without_being_named(tmp_path, compiled) -> None:
    _write(tmp_path / "cache" / "kompakt" / "kernels" / "all.kernels")
    assert kernel_for(SPEC, False, HOPPER, pytest.fail).name == "carried"
    assert not compiled


def test_useless_files_in_the_cache_folder_are_told_once_and_left(tmp_path, compiled) -> None:
    path = _write(tmp_path / "cache" / "kompakt" / "kernels" / "old.kernels", source="before")
    notices: list[str] = []
    for _ in range(2):
        assert kernel_for(SPEC, False, HOPPER, notices.append).name == "made_now"
    assert len(notices) == 1
    assert notices[0].startswith(f"{path}: {spec_label(SPEC, False)} is of another version")
    assert notices[0].endswith("; it is not used")
