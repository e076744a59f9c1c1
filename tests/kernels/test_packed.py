"""Files of kernels: the best image for each GPU, and one line about files that are of no use."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels.packed import Kernel, Packed, PackedKernels, best_first, write_packed

IMAGES = {"sm_80": b"80", "sm_86": b"86", "sm_90": b"90", "sm_100": b"100", "compute_80": b"ptx"}
MADE_BY = {"numba-cuda": "1", "ptxas": "13.0.88"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one kernel."""
    path = tmp_path / "some.kernels"
    with open(path, "wb") as file:
        write_packed(file, {"encode_16": Packed("abc", "entry", IMAGES)}, MADE_BY)
    return path


def _edit(path: Path, change) -> None:
    """Write the file anew with `change` made to its index."""
    with zipfile.ZipFile(path) as old:
        contents = {name: old.read(name) for name in old.namelist()}
    index = json.loads(contents["kernels.json"])
    contents["kernels.json"] = json.dumps(change(index) or index).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in contents.items():
            new.writestr(name, content)


def test_a_file_gives_what_was_put_in_and_says_what_made_it(file: Path) -> None:
    packed = PackedKernels(file)
    assert packed.labels == ["encode_16"]
    assert packed.made_by == MADE_BY
    assert packed.kernel("encode_16", "abc", (9, 0)) == Kernel("entry", (b"90", b"ptx\0"))
    assert packed.kernel("decode_16", "abc", (9, 0)) is None


@pytest.mark.parametrize(
    "capability, names",
    [
        ((8, 0), ["sm_80", "compute_80"]),
        ((8, 6), ["sm_86", "sm_80", "compute_80"]),
        ((8, 9), ["sm_86", "sm_80", "compute_80"]),
        ((9, 0), ["sm_90", "compute_80"]),
        ((10, 3), ["sm_100", "compute_80"]),
        ((12, 0), ["compute_80"]),
        ((7, 5), []),
    ],
)
def test_a_gpu_gets_machine_code_of_its_major_version_and_ptx_behind_it(capability, names) -> None:
    assert best_first(IMAGES | {"sm_x": b"", "other": b""}, capability) == names


def test_a_gpu_for_which_there_is_nothing_gets_nothing(file: Path) -> None:
    assert PackedKernels(file).kernel("encode_16", "abc", (7, 5)) is None


def test_kernels_of_other_source_are_refused(file: Path) -> None:
    with pytest.raises(DeviceError, match=r"some.kernels: encode_16 is of another version of this program"):
        PackedKernels(file).kernel("encode_16", "other", (9, 0))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"none.kernels: No such file"):
        PackedKernels(tmp_path / "none.kernels")


@pytest.mark.parametrize("content", [b"", b"text", bytes(5000), b"PK\x03\x04" + bytes(90)])
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign.kernels").write_bytes(content)
    with pytest.raises(DeviceError, match=r"foreign.kernels: is no file of kernels") as raised:
        PackedKernels(tmp_path / "foreign.kernels")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda index: ["list"],
        lambda index: {"format": 1},
        lambda index: index.update(kernels=[1]),
        lambda index: index.update(kernels={"encode_16": None}),
        lambda index: index.update(kernels={"encode_16": {"source": "abc"}}),
    ],
)
def test_files_with_another_index_are_refused(file: Path, change) -> None:
    _edit(file, change)
    with pytest.raises(DeviceError, match=r"some.kernels: is no file of kernels, or damaged$"):
        PackedKernels(file)


def test_another_format_is_named(file: Path) -> None:
    _edit(file, lambda index: index.update(format=2))
    with pytest.raises(DeviceError, match=r"kernels in format 2, not 1"):
        PackedKernels(file)


def test_damage_anywhere_is_one_line_or_nothing_at_all(file: Path) -> None:
    whole = file.read_bytes()
    refused = 0
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x11
        file.write_bytes(damaged)
        try:
            kernel = PackedKernels(file).kernel("encode_16", "abc", (9, 0))
        except DeviceError as error:
            refused += 1
            assert "\n" not in str(error)
        else:
            assert kernel in (None, Kernel("entry", (b"90", b"ptx\0")))
    assert refused > len(whole) // 4


def test_kernels_are_packed_tightly() -> None:
    file = io.BytesIO()
    text = b"\n".join(b"add.u32 %%r%d, %%r%d, 1;" % (n, n + 1) for n in range(9000))
    write_packed(file, {"encode_16": Packed("abc", "entry", {"compute_80": text})}, MADE_BY)
    assert len(file.getvalue()) < len(text) // 3
