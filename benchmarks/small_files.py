"""Small files: as one archive and each by itself, with models and without, against zstd with dictionaries.

    python -m benchmarks.small_files FOLDER [--count 400] [--level 5] [--out FILE]

Slices of 1 to 16 KiB are cut from the files of FOLDER, as many from each of its subfolders, at line ends.
zstd gets a dictionary for each shipped model, trained by `zstd --train` on its texts, and for each slice the
best of them. Every archive is read back and compared.
"""

import argparse
import csv
import io
import random
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import kompakt
from benchmarks.codecs import ROOT
from benchmarks.run_facts import run_facts
from kompakt.batch import file_contents, write_archive
from kompakt.device import Device
from kompakt.model.spec import DEFAULT_LEVEL, spec_for_level
from kompakt.models.choice import chosen_models
from kompakt.models.shelf import all_models
from kompakt.scan import scan

SMALLEST, LARGEST = 1 << 10, 1 << 14
TRAINING_PIECE = 1 << 13
COLUMNS = ("date", "commit", "cpu", "level", "folder", "files", "kind", "codec", "bytes_in", "bytes_out")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each row."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.small_files", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--level", type=int, default=DEFAULT_LEVEL)
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/tree/DATE-small-files.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or ROOT / "benchmarks" / "results" / "tree" / f"{facts.date[:10]}-small-files.csv"
    slices = cut_slices(options.folder, options.count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = {
            "kompakt, each, no model": {
                kind: alone(files, options.level, "none") for kind, files in slices.items()
            },
            "kompakt, each, models": {
                kind: alone(files, options.level, "auto") for kind, files in slices.items()
            },
            "zstd -19, each, dictionaries": zstd_sizes(slices, folder),
        }
        for model in ("none", "auto"):
            sizes[f"kompakt, one archive, {model}"] = {"all": together(slices, options.level, model, folder)}
    raw = {kind: sum(map(len, files)) for kind, files in slices.items()}
    rows = []
    for codec, by_kind in sizes.items():
        for kind, size in {**by_kind, "all": sum(by_kind.values())}.items():
            bytes_in = sum(raw.values()) if kind == "all" else raw[kind]
            count = options.count if kind == "all" else len(slices[kind])
            rows.append(
                (
                    facts.date,
                    facts.commit,
                    facts.cpu,
                    options.level,
                    options.folder.name,
                    count,
                    kind,
                    codec,
                    bytes_in,
                    size,
                )
            )
            print(f"{codec:32} {kind:12} {bytes_in:>9,} -> {size:>9,}")
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not file.tell():
            writer.writerow(COLUMNS)
        writer.writerows(rows)


def cut_slices(folder: Path, count: int) -> dict[str, list[bytes]]:
    """Return `count` slices by subfolder, always the same."""
    source = random.Random(1)
    kinds = sorted(path for path in folder.iterdir() if path.is_dir())
    slices: dict[str, list[bytes]] = {}
    for number, kind in enumerate(kinds):
        files = sorted(path for path in kind.rglob("*") if path.is_file() and path.stat().st_size >= SMALLEST)
        wanted = count // len(kinds) + (number < count % len(kinds))
        slices[kind.name] = [_slice(source.choice(files), source) for _ in range(wanted)]
    return slices


def _slice(path: Path, source: random.Random) -> bytes:
    data = path.read_bytes()
    size = min(int(SMALLEST * 16 ** source.random()), LARGEST, len(data))
    start = source.randrange(len(data) - size + 1)
    start = data.rfind(b"\n", 0, start) + 1 if start else 0
    return data[start : start + size]


def alone(files: Sequence[bytes], level: int, model: str) -> int:
    """Return the bytes of an archive for each of `files`."""
    total = 0
    for data in files:
        archive = kompakt.compress(data, level=level, model=model)
        assert kompakt.decompress(archive) == data
        total += len(archive)
    return total


def together(slices: dict[str, list[bytes]], level: int, model: str, folder: Path) -> int:
    """Return the bytes of one archive of all slices."""
    batch = folder / "batch"
    for kind, files in slices.items():
        (batch / kind).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(files):
            (batch / kind / f"{number:03}").write_bytes(data)
    spec = spec_for_level(level)
    sources = scan([batch]).sources
    return write_archive(
        io.BytesIO(),
        "batch",
        [one.entry for one in sources],
        file_contents(sources, spec),
        spec=spec,
        device=Device("cpu"),
        models=chosen_models(model),
    ).bytes_out


def zstd_sizes(slices: dict[str, list[bytes]], folder: Path) -> dict[str, int]:
    """Return what `zstd -19` makes of the slices, each with the dictionary that suits it best."""
    dictionaries = [_dictionary(model.recipe, folder) for model in all_models() if model.is_shipped]
    sizes = {}
    for kind, files in slices.items():
        totals = []
        paths = []
        for number, data in enumerate(files):
            path = folder / f"zstd-{kind}-{number}"
            path.write_bytes(data)
            paths.append(path)
        for dictionary in dictionaries:
            subprocess.run(
                [
                    "zstd",
                    "-q",
                    "-f",
                    "-19",
                    "--no-check",
                    "-D",
                    dictionary,
                    "--output-dir-flat",
                    folder,
                    *paths,
                ],
                check=True,
            )
            totals.append([path.with_name(path.name + ".zst").stat().st_size for path in paths])
        sizes[kind] = sum(map(min, zip(*totals, strict=True)))
    return sizes


def _dictionary(recipe, folder: Path) -> Path:
    pieces = folder / f"{recipe.name}-pieces"
    pieces.mkdir()
    data = b"".join(part.tobytes() for part in recipe.texts)
    for number, start in enumerate(range(0, len(data), TRAINING_PIECE)):
        (pieces / f"{number}").write_bytes(data[start : start + TRAINING_PIECE])
    path = folder / f"{recipe.name}.dictionary"
    subprocess.run(["zstd", "-q", "--train", "-r", pieces, "-o", path], check=True, capture_output=True)
    return path


if __name__ == "__main__":
    main()
