import subprocess
import sys
from pathlib import Path

import pytest

import kompakt
from kompakt.device import Device
from tests.inputs import random_bytes, text
from tests.trees import check_equal_trees, make_tree
from tests.versions.versions import append, make_archive

pytestmark = pytest.mark.usefixtures("fake_device")

INPUTS = {
    "empty": b"",
    "one byte": b"x",
    "all equal": bytes(300_000),
    "random": random_bytes(100_000),
    "text": text(200_000),
}


@pytest.mark.parametrize("data", INPUTS.values(), ids=INPUTS.keys())
def test_data_comes_back(data: bytes) -> None:
    assert kompakt.decompress(kompakt.compress(data)) == data


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_all_kinds_of_bytes_will_do(kind: type) -> None:
    data = text(10_000)
    assert kompakt.decompress(kind(kompakt.compress(kind(data), level=1))) == data


def test_equal_data_gives_equal_archives() -> None:
    assert kompakt.compress(text(100_000)) == kompakt.compress(text(100_000))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"level": 0}, kompakt.UsageError),
        ({"level": 10}, kompakt.UsageError),
        ({"block_bytes": 0}, kompakt.UsageError),
        ({"device": "tpu"}, kompakt.UsageError),
        ({"device": "0"}, kompakt.DeviceError),
    ],
)
def test_senseless_arguments_are_refused(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        kompakt.compress(b"data", **arguments)


def test_damaged_data_is_refused() -> None:
    data = bytearray(kompakt.compress(text(10_000)))
    data[100] ^= 1
    with pytest.raises(kompakt.CorruptBlockError) as caught:
        kompakt.decompress(data)
    assert caught.value.block == 0
    with pytest.raises(kompakt.TruncatedArchiveError):
        kompakt.decompress(data[:-1])
    with pytest.raises(kompakt.NotAnArchiveError):
        kompakt.decompress(b"nothing of the kind")


@pytest.fixture
def archive(tmp_path: Path, fake_device: Device) -> Path:
    """An archive of a folder `tree` beside it."""
    from kompakt.batch import file_contents, write_archive
    from kompakt.model.spec import spec_for_level
    from kompakt.scan import scan

    sources = scan([make_tree(tmp_path)]).sources
    with open(tmp_path / "tree.kmp", "wb") as file:
        write_archive(
            file,
            "tree.kmp",
            [source.entry for source in sources],
            file_contents(sources, spec_for_level(1), 32768),
            spec=spec_for_level(1),
            device=fake_device,
        )
    return tmp_path / "tree.kmp"


def test_an_archive_gives_names_and_contents(archive: Path) -> None:
    with kompakt.open(archive) as opened:
        assert opened.names() == sorted(
            opened.names(), key=lambda name: name.encode("utf-8", "surrogateescape")
        )
        assert opened.read("tree/text.txt") == text(100_000)
        assert opened.read(b"tree/text.txt") == text(100_000)
        assert opened.read("tree/deep/same text.txt") == text(100_000)
        (odd,) = (name for name in opened.names() if "utf-8" in name)
        assert opened.read(odd) == b"bytes"
        assert opened.info["level"] == 1
        assert len(opened.entries) == len(opened.names())


@pytest.mark.parametrize("name", ["tree", "tree/link", "tree/nothing", "", "/"])
def test_only_files_can_be_read(archive: Path, name: str) -> None:
    with kompakt.open(archive) as opened, pytest.raises(kompakt.UsageError):
        opened.read(name)


def test_an_archive_is_extracted_whole_or_in_part(archive: Path, tmp_path: Path) -> None:
    with kompakt.open(archive) as opened:
        opened.extract(tmp_path / "whole")
        check_equal_trees(tmp_path / "tree", tmp_path / "whole" / "tree")
        opened.extract(tmp_path / "part", ["tree/tool.sh"])
        assert [path.name for path in (tmp_path / "part" / "tree").iterdir()] == ["tool.sh"]
        with pytest.raises(kompakt.FileSystemError):
            opened.extract(tmp_path / "part", ["tree/tool.sh"])
        opened.extract(tmp_path / "part", ["tree/tool.sh"], force=True)


def test_extracting_a_damaged_archive_restores_the_rest_and_raises(archive: Path, tmp_path: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[20_000] ^= 1
    archive.write_bytes(data)
    with kompakt.open(archive) as opened, pytest.raises(kompakt.CorruptBlockError):
        opened.extract(tmp_path / "out")
    assert (tmp_path / "out" / "tree" / "empty").exists()


def test_missing_archives_are_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(kompakt.FileSystemError, match="nowhere"):
        kompakt.open(tmp_path / "nowhere")


def test_an_archive_of_several_files_is_no_data(archive: Path) -> None:
    with pytest.raises(kompakt.UsageError, match="files"):
        kompakt.decompress(archive.read_bytes())


def test_snapshots_are_shown_by_number_and_date(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "file").write_bytes(text(5000))
    make_archive(tmp_path / "x.kmp", folder, Device("cpu"))
    (folder / "file").write_bytes(text(5000, 1))
    append(tmp_path / "x.kmp", folder, Device("cpu"))
    with kompakt.open(tmp_path / "x.kmp") as opened:
        assert [known.number for known in opened.snapshots] == [1, 2]
        assert opened.read("data/file") == text(5000, 1)
        opened.show(1)
        assert opened.read("data/file") == text(5000)
        opened.show("2100-01-01")
        assert opened.read("data/file") == text(5000, 1)
        with pytest.raises(kompakt.UsageError, match="no snapshot 3"):
            opened.show(3)
    with kompakt.open(tmp_path / "x.kmp", snapshot=1) as opened:
        assert opened.read("data/file") == text(5000)
    with pytest.raises(kompakt.UsageError, match="no snapshot 7"):
        kompakt.open(tmp_path / "x.kmp", snapshot=7)


def test_the_public_names_are_these() -> None:
    assert sorted(kompakt.__all__) == [
        "Archive",
        "ArchiveError",
        "CorruptArchiveError",
        "CorruptBlockError",
        "DeviceError",
        "FileSystemError",
        "KompaktError",
        "LimitError",
        "NotAnArchiveError",
        "TruncatedArchiveError",
        "UnknownModelError",
        "UnsafeNameError",
        "UnsupportedError",
        "UsageError",
        "__version__",
        "compress",
        "decompress",
        "open",
    ]
    assert all(hasattr(kompakt, name) for name in kompakt.__all__)
    assert not hasattr(kompakt, "zip")


def test_importing_the_package_is_cheap() -> None:
    script = "import sys, kompakt; print(*{'numba', 'numpy', 'blake3', 'typer'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout.split() == []
    )
