# ruff: noqa: E501, SIM905
"""What each training set is made of: which files of which package, how much, and where in the set they stand."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import clean
import documents
import elf
import letters
import simulate

K = 1024
# Quotations from works in test corpora: no fortune cookie that names them is taken.
BANNED = re.compile(
    r"Dickens|Lewis Carroll|Alice|Wonderland|Looking.Glass|Milton|Paradise Lost|As You Like It|Shakespeare|Pickwick|Copperfield|Reymont|"
    r"@[a-z]+\.[a-z]|fuck|nigger|rape\b|Neger|Jude\b",
    re.I,
)


class Share(NamedTuple):
    """A part of a model: at most ``total`` bytes, from each file ``least`` to ``most``, spread over ``span`` of the set."""

    package: str
    kind: str
    globs: str
    total: int
    most: int = 16 * K
    convert: Callable[[bytes], list[bytes]] | None = None
    chunk: int = 0
    span: tuple[float, float] = (0.0, 1.0)
    least: int = 300
    encoding: str = ""
    avoid: str = ""


class Model(NamedTuple):
    """One training set."""

    name: str
    about: str
    is_text: bool
    repeats: int
    shares: list[Share]


def _chunks(data: bytes, size: int) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at + size) + 1 or len(data)
        yield data[at:end]
        at = end


def contents(share: Share, cache: Path, rank: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
    """The named pieces that a share may take, in their fixed shuffle."""
    kind, _, name = share.package.partition(":")
    if kind == "own":
        for number, piece in enumerate(OWN[name]()):
            yield f"{name}{number}", piece
        return
    top = cache / "x" / kind / name
    paths = {
        path
        for pattern in share.globs.split()
        for path in top.glob(pattern)
        if path.is_file() and not path.is_symlink()
    }
    if share.avoid:
        paths = {path for path in paths if not re.search(share.avoid, str(path.relative_to(top)))}
    ordered = sorted(paths, key=lambda path: rank(str(path.relative_to(top))))
    if share.chunk:
        several = []
        for path in ordered[:400]:
            for part in _converted(share, path):
                several += [(f"{path}{k}", piece) for k, piece in enumerate(_chunks(part, share.chunk))]
        yield from sorted(several, key=lambda item: rank(item[0].removeprefix(str(top))))
        return
    for path in ordered:
        for number, part in enumerate(_converted(share, path)):
            yield f"{path}{number}", part


def _converted(share: Share, path: Path) -> list[bytes]:
    data = clean.unpacked(path)
    if share.convert:
        return share.convert(data)
    return [data]


# Converters: what is made of a file's bytes.


def _page(data: bytes) -> list[bytes]:
    return [clean.page_text(data, 76).encode()]


def _page_unfilled(data: bytes) -> list[bytes]:
    return [clean.page_text(data).encode()]


def _translated_page(data: bytes) -> list[bytes]:
    return [clean.without_english(clean.page_text(data)).encode()]


def _manual(data: bytes) -> list[bytes]:
    return [clean.manual_text(data).encode()]


def _translated_manual(data: bytes) -> list[bytes]:
    return [clean.without_english(clean.manual_text(data)).encode()]


def _cookies(data: bytes) -> list[bytes]:
    return [clean.cookies(data, BANNED).encode()]


def _novels(data: bytes) -> list[bytes]:
    return [text.encode() for text in clean.novel_texts(data)]


def _dictionary(data: bytes) -> list[bytes]:
    return [
        clean.dictionary_text(
            data if data[:2] != b"\x1f\x8b" else gzip.compress(gzip.decompress(data))
        ).encode()
    ]


def _readme(data: bytes) -> list[bytes]:
    return [clean.body_of_metadata(data)]


def _campaign(data: bytes) -> list[bytes]:
    return [clean.campaign_text(data).encode()]


def _catalogue(data: bytes) -> list[bytes]:
    return [clean.catalogue_text(data, 90).encode()]


def _po(data: bytes) -> list[bytes]:
    return [clean.source_catalogue_text(data).encode()]


def _plain(data: bytes) -> list[bytes]:
    """Text that is UTF-8; anything else is left out."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return []
    return [] if b"\0" in data else [data]


def _middle_of_json(data: bytes) -> list[bytes]:
    """A large JSON list or object, indented, from a third of its length on, so that records rather than heads are taken."""
    text = json.dumps(json.loads(data), indent=2, ensure_ascii=False).encode()
    return list(_chunks(text[text.find(b"\n", len(text) // 3) + 1 :], 6 * K))[:40]


def _code(parts: int, scale: float = 1.0) -> Callable[[bytes], list[bytes]]:
    return lambda data: list(elf.pieces(data, parts, scale)) if data[:4] == b"\x7fELF" else []


def _slices(count: int, size: int, head: int = 1024) -> Callable[[bytes], list[bytes]]:
    """The head of a binary file with the first slice, then slices spread over the file."""

    def take(data: bytes) -> list[bytes]:
        if len(data) <= count * size:
            return [data]
        step = len(data) // count // 16 * 16
        return [
            (data[:head] if k == 0 else b"") + data[k * step + 16 : k * step + 16 + size]
            for k in range(count)
        ]

    return take


OWN: dict[str, Callable[[], Iterator[bytes]]] = {
    "simulate.logs": lambda: (text.encode() for text in simulate.logs(7, 130, (2500, 8000))),
    "simulate.tables": lambda: (text.encode() for text in simulate.tables(8, 110, (900, 3500))),
    "documents": lambda: (text.encode() for text in documents.documents(10, 120)),
    "letters.english": lambda: (text.encode() for text in letters.ENGLISH),
    "letters.european": lambda: (text.encode() for text in letters.EUROPEAN),
    "letters.licences": lambda: (text.encode() for text in letters.LICENCE_HEADERS),
}

SPANISH = "amistad arte ciencia familia filosofia humanos informatica lao-tse leydemurphy libertad nietzsche poder proverbios"


def _cookie_files(folder: str, names: str) -> str:
    """The patterns of fortune files, with or without their usual ending."""
    return " ".join(
        f"usr/share/games/fortunes/{folder}{name}{end}" for name in names.split() for end in ("", ".fortunes")
    )


# fmt: off  (one row for each part, as in a table)
EARLY, MIDDLE, LATE = (0.0, 0.6), (0.15, 0.9), (0.35, 1.0)
DOC = "usr/share/doc/"

ENGLISH = [
    Share(
        "deb:r-cran-janeaustenr",
        "novels",
        "usr/lib/R/site-library/janeaustenr/data/*.rdb",
        340 * K,
        9 * K,
        _novels,
        7 * K,
        EARLY,
    ),
    Share(
        "deb:dict-devil",
        "satirical dictionary",
        "usr/share/dictd/devil.dict.dz",
        56 * K,
        7 * K,
        _dictionary,
        6 * K,
        EARLY,
    ),
    Share(
        "deb:dict-foldoc",
        "encyclopaedia of computing",
        "usr/share/dictd/foldoc.dict.dz",
        120 * K,
        7 * K,
        _dictionary,
        6 * K,
    ),
    Share(
        "deb:fortunes",
        "quotations",
        _cookie_files(
            "",
            "computers cookie debian definitions disclaimer education food kids law linux linuxcookie magic medicine miscellaneous news perl platitudes politics science sports wisdom work",
        ),
        150 * K,
        8 * K,
        _cookies,
        6 * K,
        EARLY,
    ),
    Share(
        "deb:wesnoth-1.16-data",
        "dialogues of tales",
        "usr/share/games/wesnoth/1.16/data/**/*.cfg",
        80 * K,
        6 * K,
        _campaign,
        0,
        EARLY,
    ),
    Share(
        "deb:debian-handbook",
        "technical book",
        DOC + "debian-handbook/html/en-US/*.html",
        150 * K,
        9 * K,
        _page_unfilled,
    ),
    Share(
        "deb:libreoffice-help-en-us", "help pages", "usr/**/text/**/*.html", 110 * K, 3 * K, _page_unfilled
    ),
    Share(
        "deb:python3.11-doc",
        "manual",
        DOC + "python3.11/html/**/*.html",
        270 * K,
        10 * K,
        _page,
        8 * K,
        LATE,
        avoid="genindex|whatsnew/changelog",
    ),
    Share(
        "deb:postgresql-doc-15",
        "manual",
        DOC + "postgresql-doc-15/html/*.html",
        150 * K,
        6 * K,
        _page,
        0,
        avoid="release|bookindex",
    ),
    Share(
        "deb:sqlite3-doc",
        "manual, essays",
        DOC + "sqlite3/**/*.html",
        130 * K,
        8 * K,
        _page_unfilled,
        0,
        avoid="changes|releaselog|hlr|keyword_index|rtree|session/|c3ref",
    ),
    Share(
        "deb:apache2-doc", "manual", DOC + "apache2-doc/manual/en/**/*.html", 70 * K, 6 * K, _page, 0, MIDDLE
    ),
    Share(
        "deb:rust-src",
        "guides, READMEs",
        "usr/src/rustc-1.63.0/**/*.md",
        110 * K,
        6 * K,
        _plain,
        0,
        LATE,
        avoid="vendor/",
    ),
    Share(
        "deb:golang-1.19-src",
        "notes and guides",
        "usr/share/go-1.19/**/*.md usr/share/go-1.19/**/README",
        40 * K,
        6 * K,
        _plain,
        0,
        LATE,
    ),
    Share("deb:npm", "manual pages in Markdown", "usr/share/**/*.md", 60 * K, 5 * K, _plain, 0, LATE),
    *[
        Share(f"pypi:{name}", "README", "*.dist-info/METADATA", 9 * K, 9 * K, _readme, 0, LATE)
        for name in "attrs fastapi httpx jsonschema nibabel pandas plotly pydantic pytest requests rich scikit_learn scipy sqlalchemy statsmodels distlib".split()
    ],
    Share("own:letters.english", "letters, mails, minutes, reports", "", 16 * K, 8 * K, span=(0.3, 1.0)),
]

LANGUAGES = (  # code, manual pages, shares of: help, handbook, manuals, Django catalogue
    ("de", "manpages-de", 70, 66, 50, 18), ("fr", "manpages-fr", 66, 66, 46, 16), ("es", "manpages-es", 60, 60, 40, 14),
    ("it", "manpages-it", 46, 36, 30, 12), ("pt", "manpages-pt-br", 40, 26, 26, 12), ("pl", "manpages-pl", 40, 26, 28, 12),
    ("cs", "manpages-cs", 30, 0, 20, 12), ("nl", "manpages-nl", 32, 20, 20, 12), ("sv", "manpages-sv", 30, 18, 18, 10),
)  # fmt: skip
BOOK = {
    "de": "de-DE",
    "fr": "fr-FR",
    "es": "es-ES",
    "it": "it-IT",
    "pt": "pt-BR",
    "pl": "pl-PL",
    "nl": "nl-NL",
    "sv": "sv-SE",
}
LOCALE = {"pt": "pt_BR"}

EUROPEAN = [
    *[
        share
        for code, manuals, help_pages, book, pages, django in LANGUAGES
        for share in (
            Share(
                f"deb:libreoffice-help-{code}",
                f"help pages, {code}",
                "usr/**/text/**/*.html",
                help_pages * K,
                3 * K,
                _translated_page,
                0,
                LATE,
            ),
            *(
                [
                    Share(
                        "deb:debian-handbook",
                        f"technical book, {code}",
                        DOC + f"debian-handbook/html/{BOOK[code]}/*.html",
                        book * K,
                        8 * K,
                        _translated_page,
                        7 * K,
                        MIDDLE,
                    )
                ]
                if book
                else []
            ),
            Share(
                f"deb:{manuals}",
                f"manual pages, {code}",
                "usr/share/man/**/*.gz",
                pages * K,
                5 * K,
                _translated_manual,
                0,
                EARLY,
            ),
            Share(
                "pypi:django",
                f"messages, {code}",
                f"django/**/locale/{LOCALE.get(code, code)}/LC_MESSAGES/django.po",
                django * K,
                5 * K,
                _po,
                0,
                EARLY,
            ),
        )
    ],
    Share(
        "deb:fortunes-de",
        "quotations, de",
        _cookie_files(
            "de/",
            "anekdoten computer fussball infodrom kinderzitate letzteworte linuxtag mathematiker murphy regeln sicherheitshinweise sprichworte sprueche stilblueten unfug woerterbuch wusstensie zitate",
        ),
        60 * K,
        6 * K,
        _cookies,
        5 * K,
    ),
    Share(
        "deb:fortunes-de",
        "quotations, de, Latin-1",
        _cookie_files("de/", "zitate sprichworte"),
        20 * K,
        6 * K,
        _cookies,
        5 * K,
        EARLY,
        encoding="latin-1",
    ),
    Share("deb:fortunes-es", "quotations, es", _cookie_files("es/", SPANISH), 44 * K, 6 * K, _cookies, 5 * K),
    Share(
        "deb:fortunes-es",
        "quotations, es, Latin-1",
        _cookie_files("es/", SPANISH),
        16 * K,
        6 * K,
        _cookies,
        5 * K,
        EARLY,
        encoding="latin-1",
    ),
    Share(
        "deb:fortunes-it",
        "quotations, it",
        _cookie_files("it/", "computer definizioni italia leggi zuse"),
        40 * K,
        6 * K,
        _cookies,
        5 * K,
    ),
    Share(
        "deb:fortunes-br", "quotations, pt", "usr/share/games/fortunes/brasil", 24 * K, 6 * K, _cookies, 5 * K
    ),
    Share(
        "deb:fortunes-pl",
        "quotations, pl",
        _cookie_files(
            "pl/",
            "advocacy bajki debian.pl haiku komputery linux linuxpl matura misc nauka perl pld seneka sport zen",
        ),
        30 * K,
        6 * K,
        _cookies,
        5 * K,
    ),
    Share(
        "deb:fortunes-cs",
        "quotations, cs",
        _cookie_files(
            "cs/", "citace citat guth klasik-cz klasik-sk murphy parafraze pocitace prislovi stoa1 wikiquote"
        ),
        30 * K,
        6 * K,
        _cookies,
        5 * K,
    ),
    *[
        Share(
            "deb:wesnoth-1.16-data",
            f"dialogues of tales, {code}",
            f"usr/share/games/wesnoth/1.16/locale/{LOCALE.get(code, code)}/LC_MESSAGES/wesnoth-*.mo",
            size * K,
            6 * K,
            _catalogue,
            5 * K,
            MIDDLE,
            avoid="wesnoth-(manpages|manual|multiplayer|editor|lib|help|units|ai|test)",
        )
        for code, size in (
            ("de", 50),
            ("fr", 50),
            ("es", 42),
            ("it", 32),
            ("pt", 20),
            ("pl", 26),
            ("cs", 24),
            ("nl", 20),
            ("sv", 14),
        )
    ],
    Share(
        "deb:libreoffice-help-fr",
        "help pages, fr, Latin-1",
        "usr/**/text/swriter/**/*.html",
        20 * K,
        3 * K,
        _translated_page,
        0,
        EARLY,
        encoding="latin-1",
    ),
    Share("own:letters.european", "letters, mails, minutes", "", 10 * K, 8 * K, span=(0.3, 1.0)),
]

PY = "usr/lib/python3.11/"
SOURCE = [
    Share(
        "deb:libpython3.11-stdlib",
        "Python",
        PY + "**/*.py",
        190 * K,
        8 * K,
        _plain,
        0,
        LATE,
        avoid="test|idlelib|encodings|pydoc_data|_sysconfigdata",
    ),
    *[
        Share(
            f"pypi:{name}",
            "Python",
            f"{name.replace('scikit_learn', 'sklearn')}/**/*.py",
            size * K,
            6 * K,
            _plain,
            0,
            LATE,
            avoid=r"/tests?/|locale|_version",
        )
        for name, size in (
            ("django", 70),
            ("requests", 16),
            ("sqlalchemy", 40),
            ("pandas", 50),
            ("scikit_learn", 40),
            ("rich", 20),
            ("fastapi", 20),
            ("pytest", 0),
            ("httpx", 20),
            ("attrs", 2),
            ("numpy", 30),
            ("scipy", 30),
        )
        if size
    ],
    *[
        Share(
            f"src:{name}",
            "C",
            "**/*.c **/*.h",
            size * K,
            9 * K,
            _plain,
            0,
            LATE,
            avoid="test|deps/|/win/|contrib|tables|mkkeyword|amalgam",
        )
        for name, size in (
            ("lua5.4", 45),
            ("redis", 75),
            ("nginx", 65),
            ("libuv1", 50),
            ("sqlite3", 60),
            ("curl", 60),
            ("json-c", 25),
            ("jq", 20),
            ("libyaml", 14),
            ("netcdf", 24),
        )
    ],
    Share(
        "deb:libboost1.74-dev",
        "C++",
        "usr/include/boost/**/*.hpp",
        66 * K,
        6 * K,
        _plain,
        0,
        MIDDLE,
        avoid="preprocessed|typeof/vector|aux_|limit",
    ),
    Share("deb:libeigen3-dev", "C++", "usr/include/eigen3/Eigen/**/*.h", 45 * K, 7 * K, _plain, 0, MIDDLE),
    *[
        Share(f"src:{name}", "C++", "**/*.cc **/*.cpp **/*.h", size * K, 8 * K, _plain, 0, LATE)
        for name, size in (("fmtlib", 30), ("googletest", 40), ("leveldb", 45), ("spdlog", 25))
    ],
    Share(
        "deb:npm",
        "JavaScript",
        "usr/share/nodejs/npm/**/*.js",
        90 * K,
        6 * K,
        _plain,
        0,
        LATE,
        avoid="min.js|test",
    ),
    Share("src:node-express", "JavaScript", "**/*.js **/*.ts", 40 * K, 6 * K, _plain, 0, LATE),
    Share(
        "deb:node-undici",
        "JavaScript",
        "usr/share/nodejs/undici/**/*.js",
        60 * K,
        8 * K,
        _plain,
        0,
        LATE,
        avoid="min|wasm",
    ),
    Share(
        "pypi:django",
        "JavaScript",
        "django/contrib/**/js/*.js django/contrib/**/js/admin/*.js",
        8 * K,
        7 * K,
        _plain,
        0,
        LATE,
        avoid="vendor|min",
    ),
    Share("pypi:bokeh", "TypeScript", "bokeh/**/*.ts bokeh/**/*.d.ts", 80 * K, 4 * K, _plain, 0, LATE),
    Share(
        "deb:node-typescript",
        "TypeScript",
        "usr/share/nodejs/typescript/lib/lib*.d.ts",
        60 * K,
        8 * K,
        _plain,
        0,
        MIDDLE,
    ),
    *[
        Share(f"src:{name}", "Java", "**/*.java", size * K, 8 * K, _plain, 0, LATE, avoid="testdata")
        for name, size in (("guava-libraries", 60), ("libcommons-lang3-java", 55), ("commons-io", 45))
    ],
    Share(
        "deb:golang-1.19-src",
        "Go",
        "usr/share/go-1.19/src/**/*.go",
        100 * K,
        7 * K,
        _plain,
        0,
        LATE,
        avoid="tables|testdata|zsys|ztypes|zerrors|rewrite|opGen|windows|vendor|openssl|image/",
    ),
    Share("src:prometheus", "Go", "**/*.go", 60 * K, 7 * K, _plain, 0, LATE, avoid="pb.go|vendor"),
    Share(
        "deb:rust-src",
        "Rust",
        "usr/src/rustc-1.63.0/library/**/*.rs usr/src/rustc-1.63.0/compiler/**/*.rs",
        130 * K,
        7 * K,
        _plain,
        0,
        LATE,
        avoid="stdarch|/tests/|generated|unicode_data",
    ),
    Share("src:lapack", "Fortran", "**/*.f **/*.f90", 56 * K, 7 * K, _plain, 0, EARLY),
    Share(
        "deb:postgresql-15",
        "SQL",
        "usr/share/postgresql/15/**/*.sql",
        50 * K,
        6 * K,
        _plain,
        0,
        MIDDLE,
        avoid="snowball|unpackaged|--.*--",
    ),
    Share("src:redis", "shell, Tcl, make", "**/*.sh **/*.tcl **/Makefile", 40 * K, 6 * K, _plain, 0, MIDDLE),
    Share(
        "src:curl",
        "shell, make, CMake, CI",
        "**/*.sh **/CMakeLists.txt **/Makefile* **/*.yml **/*.m4 **/*.pl",
        50 * K,
        6 * K,
        _plain,
        0,
        MIDDLE,
    ),
    Share(
        "deb:rust-src",
        "shell, Docker, TOML",
        "usr/src/rustc-1.63.0/src/ci/**/*.sh usr/src/rustc-1.63.0/src/ci/**/Dockerfile usr/src/rustc-1.63.0/**/Cargo.toml",
        50 * K,
        3 * K,
        _plain,
        0,
        MIDDLE,
        avoid="vendor",
    ),
    Share(
        "deb:golang-1.19-src",
        "shell, assembler",
        "usr/share/go-1.19/**/*.bash usr/share/go-1.19/**/*.s usr/share/go-1.19/**/*.sh",
        24 * K,
        5 * K,
        _plain,
        0,
        EARLY,
    ),
    Share(
        "src:libuv1",
        "CMake, make",
        "**/CMakeLists.txt **/*.am **/*.ac **/*.in",
        20 * K,
        6 * K,
        _plain,
        0,
        MIDDLE,
    ),
    Share(
        "src:googletest", "CMake", "**/CMakeLists.txt **/*.cmake **/*.bazel", 20 * K, 5 * K, _plain, 0, MIDDLE
    ),
    Share("src:leveldb", "CMake, YAML", "**/CMakeLists.txt **/*.yml", 14 * K, 6 * K, _plain, 0, MIDDLE),
    Share(
        "src:nginx",
        "configuration, shell, vim",
        "**/conf/* **/auto/**/* **/*.vim",
        24 * K,
        4 * K,
        _plain,
        0,
        MIDDLE,
    ),
    Share(
        "pypi:django",
        "CSS, HTML templates",
        "django/contrib/admin/static/admin/css/*.css django/**/templates/**/*.html",
        60 * K,
        6 * K,
        _plain,
        0,
        MIDDLE,
        avoid="vendor",
    ),
    Share("deb:sqlite3-doc", "CSS", DOC + "sqlite3/**/*.css", 10 * K, 6 * K, _plain, 0, MIDDLE),
    Share(
        "deb:base-files",
        "licence texts",
        "usr/share/common-licenses/Apache-2.0 usr/share/common-licenses/BSD usr/share/common-licenses/GPL-2 usr/share/common-licenses/GPL-3",
        70 * K,
        40 * K,
        _plain,
        0,
        EARLY,
    ),
    Share("own:letters.licences", "licence headers of files, settings", "", 16 * K, 6 * K, span=(0.2, 0.95)),
]

MARKUP = [
    Share(
        "pypi:botocore",
        "JSON: requests and answers of APIs",
        "botocore/data/**/examples-1.json",
        120 * K,
        5 * K,
        _plain,
        0,
        LATE,
    ),
    Share(
        "pypi:botocore",
        "JSON: service descriptions",
        "botocore/data/**/service-2.json.gz botocore/data/**/waiters-2.json botocore/data/**/paginators-1.json",
        110 * K,
        5 * K,
        _plain,
        0,
        EARLY,
    ),
    Share(
        "pypi:pycountry", "JSON: code lists", "pycountry/databases/*.json", 50 * K, 7 * K, None, 6 * K, MIDDLE
    ),
    Share(
        "pypi:plotly",
        "JSON: templates",
        "plotly/package_data/templates/*.json plotly/**/package.json",
        26 * K,
        6 * K,
        _plain,
        0,
        MIDDLE,
    ),
    Share(
        "pypi:plotly",
        "GeoJSON",
        "plotly/package_data/datasets/*.geojson.gz",
        34 * K,
        8 * K,
        _middle_of_json,
        0,
        MIDDLE,
    ),
    Share(
        "pypi:plotly",
        "GeoJSON, one line",
        "plotly/package_data/datasets/*.geojson.gz",
        16 * K,
        16 * K,
        None,
        0,
        MIDDLE,
    ),
    Share(
        "deb:npm",
        "JSON: package manifests",
        "usr/share/nodejs/**/package.json",
        60 * K,
        3 * K,
        _plain,
        0,
        LATE,
    ),
    Share(
        "deb:node-typescript",
        "JSON: messages",
        "usr/share/nodejs/typescript/lib/*/diagnosticMessages.generated.json",
        16 * K,
        6 * K,
        _plain,
        0,
        EARLY,
    ),
    Share("pypi:jsonschema", "JSON", "jsonschema/**/*.json", 16 * K, 8 * K, _plain, 0, MIDDLE),
    Share(
        "pypi:nbformat",
        "JSON: schemas",
        "nbformat/v4/*4.5.schema.json nbformat/v3/*.json",
        18 * K,
        12 * K,
        _plain,
        0,
        MIDDLE,
    ),
    Share(
        "deb:rust-src",
        "JSON, YAML, TOML",
        "usr/src/rustc-1.63.0/**/*.json usr/src/rustc-1.63.0/**/*.yml usr/src/rustc-1.63.0/src/**/*.toml",
        40 * K,
        4 * K,
        _plain,
        0,
        MIDDLE,
        avoid="cargo-checksum|vendor/",
    ),
    Share(
        "deb:python-xarray-doc",
        "HTML",
        DOC + "python-xarray-doc/**/*.html",
        70 * K,
        10 * K,
        None,
        8 * K,
        LATE,
    ),
    Share(
        "deb:debian-handbook",
        "HTML",
        DOC + "debian-handbook/html/en-US/*.html",
        36 * K,
        8 * K,
        None,
        0,
        MIDDLE,
    ),
    Share("src:prometheus", "YAML, JSON", "**/*.yml **/*.yaml **/*.json", 60 * K, 5 * K, _plain, 0, LATE),
    Share("src:redis", "YAML, JSON", "**/*.yml **/*.json", 50 * K, 3 * K, _plain, 0, LATE),
    Share(
        "src:libcommons-lang3-java",
        "XML: pom, checkstyle; YAML",
        "**/*.xml **/*.yml",
        36 * K,
        8 * K,
        _plain,
        0,
        LATE,
    ),
    Share("src:commons-io", "XML: pom, site", "**/*.xml **/*.yml", 30 * K, 6 * K, _plain, 0, LATE),
    Share(
        "src:guava-libraries",
        "XML: pom",
        "**/pom.xml **/*.yml **/AndroidManifest.xml",
        24 * K,
        6 * K,
        _plain,
        0,
        LATE,
    ),
    Share(
        "pypi:astropy",
        "XML: VOTable; ECSV",
        "astropy/io/votable/tests/data/*.xml astropy/**/*.ecsv",
        50 * K,
        6 * K,
        _plain,
        0,
        MIDDLE,
    ),
    Share(
        "deb:python3.11-doc",
        "HTML",
        DOC + "python3.11/html/**/*.html",
        120 * K,
        8 * K,
        None,
        0,
        LATE,
        avoid="genindex|changelog",
    ),
    Share("deb:sqlite3-doc", "HTML", DOC + "sqlite3/**/*.html", 60 * K, 6 * K, None, 0, LATE),
    Share(
        "deb:postgresql-doc-15", "HTML", DOC + "postgresql-doc-15/html/*.html", 50 * K, 5 * K, None, 0, MIDDLE
    ),
    Share("deb:apache2-doc", "HTML", DOC + "apache2-doc/manual/en/**/*.html", 36 * K, 6 * K, None, 0, LATE),
    Share("deb:openclipart-svg", "SVG", "usr/share/**/*.svg", 110 * K, 6 * K, _plain, 0, MIDDLE),
    Share("deb:tango-icon-theme", "SVG", "usr/share/icons/**/*.svg", 46 * K, 6 * K, _plain, 0, MIDDLE),
    Share(
        "own:documents",
        "notebooks, GeoJSON, manifests, workflows, pages, feeds",
        "",
        220 * K,
        8 * K,
        span=(0.2, 1.0),
    ),
]

TABLES = [
    Share(
        "pypi:plotly",
        "CSV",
        "plotly/package_data/datasets/*.csv.gz",
        44 * K,
        6 * K,
        None,
        0,
        LATE,
        avoid="tips|iris",
    ),
    Share(
        "pypi:bokeh_sampledata",
        "CSV",
        "bokeh_sampledata/_data/airports.csv bokeh_sampledata/_data/routes.csv.gz bokeh_sampledata/_data/unemployment09.csv.gz bokeh_sampledata/_data/lincoln_weather.csv",
        60 * K,
        14 * K,
        None,
        0,
        LATE,
    ),
    Share(
        "pypi:statsmodels",
        "CSV",
        "statsmodels/datasets/**/*.csv statsmodels/**/results/*.csv",
        90 * K,
        5 * K,
        _plain,
        0,
        LATE,
    ),
    Share(
        "pypi:scikit_learn",
        "CSV",
        "sklearn/datasets/data/*.csv",
        24 * K,
        8 * K,
        _plain,
        0,
        MIDDLE,
        avoid="iris",
    ),
    Share("pypi:numpy", "CSV", "numpy/**/*.csv", 16 * K, 4 * K, _plain, 0, EARLY),
    Share("pypi:astropy", "tables", "astropy/io/ascii/tests/data/*", 36 * K, 4 * K, _plain, 0, MIDDLE),
    Share(
        "pypi:scipy",
        "tables",
        "scipy/stats/tests/data/**/*.dat scipy/**/*.txt",
        24 * K,
        4 * K,
        _plain,
        0,
        EARLY,
        avoid="dist-info|LICENSE",
    ),
    Share("own:simulate.tables", "records as JSON, CSV, XML, SQL", "", 200 * K, 8 * K, span=(0.1, 1.0)),
    Share("own:simulate.logs", "logs of all kinds", "", 620 * K, 10 * K, span=(0.1, 1.0)),
]

LIB = "usr/lib/x86_64-linux-gnu/"
X86_64 = [
    *[
        Share(
            f"deb:{name}",
            what,
            glob,
            size * K,
            64 * K,
            _code(parts, scale),
            0,
            span,
            avoid="unicodedata|_codecs",
        )
        for name, what, glob, size, parts, scale, span in (
            ("libpython3.11-minimal", "C: standard modules", "usr/lib/**/*.so", 37, 1, 1.0, LATE),
            ("libpython3.11-stdlib", "C: extension modules", "usr/lib/**/*.so", 74, 1, 0.7, LATE),
            ("python3.11-minimal", "C: interpreter", "usr/bin/python3.11", 93, 6, 0.7, LATE),
            (
                "openssh-client",
                "C: programs",
                "usr/bin/ssh usr/bin/ssh-keygen usr/bin/sftp",
                62,
                2,
                0.6,
                LATE,
            ),
            ("tmux", "C: program", "usr/bin/tmux", 43, 3, 0.6, LATE),
            ("tcpdump", "C: program", "usr/bin/tcpdump", 43, 3, 0.6, LATE),
            ("libcurl4", "C: library", LIB + "libcurl.so.4.*", 43, 2, 0.9, LATE),
            ("libxml2", "C: library", LIB + "libxml2.so.2.*", 49, 3, 0.7, LATE),
            ("libarchive13", "C: library", LIB + "libarchive.so.13.*", 37, 2, 0.7, LATE),
            ("libpq5", "C: library", LIB + "libpq.so.5.*", 24, 1, 0.8, LATE),
            ("libtiff6", "C: library", LIB + "libtiff.so.6.*", 24, 1, 0.8, LATE),
            ("libruby3.1", "C: library", LIB + "libruby-3.1.so.3.1.*", 49, 3, 0.7, LATE),
            ("libhdf5-103-1", "C: library", LIB + "libhdf5_serial.so.103.*", 37, 2, 0.8, MIDDLE),
            (
                "libopenmpi3",
                "C: MPI",
                LIB + "libmpi.so.40.* " + LIB + "libopen-pal.so.40.* " + LIB + "openmpi/lib/openmpi3/*.so",
                68,
                1,
                0.8,
                LATE,
            ),
            ("libc++1-14", "C++: library", "usr/lib/**/libc++.so.1.0", 37, 2, 0.8, MIDDLE),
            ("libprotobuf32", "C++: library", LIB + "libprotobuf.so.32.*", 49, 3, 0.7, LATE),
            ("libre2-9", "C++: library", LIB + "libre2.so.9.*", 24, 1, 1.0, LATE),
            ("liblapack3", "Fortran: library", LIB + "lapack/liblapack.so.3.*", 37, 3, 0.6, EARLY),
            ("libarpack2", "Fortran: library", LIB + "libarpack.so.2.*", 18, 1, 0.9, EARLY),
            (
                "libopenblas0-pthread",
                "kernels with SIMD",
                LIB + "openblas-pthread/libopenblas*.so",
                37,
                4,
                0.5,
                EARLY,
            ),
            ("ripgrep", "Rust: program", "usr/bin/rg", 55, 3, 0.7, MIDDLE),
            ("restic", "Go: program", "usr/bin/restic", 55, 3, 0.8, EARLY),
        )
    ],
    *[
        Share(
            f"pypi:{name}",
            "C, C++ and Cython: extension modules",
            f"{folder}/**/*.so",
            size * K,
            64 * K,
            _code(2, 0.5),
            0,
            MIDDLE,
        )
        for name, folder, size in (
            ("numpy", "numpy", 36),
            ("scipy", "scipy", 36),
            ("pandas", "pandas", 30),
            ("scikit_learn", "sklearn", 30),
        )
    ],
    Share(
        "pypi:distlib",
        "Windows: launchers",
        "distlib/*64.exe",
        60 * K,
        32 * K,
        _slices(1, 30 * K),
        0,
        MIDDLE,
        avoid="arm",
    ),
]


MODELS = [
    Model(
        "english",
        "English prose and technical documentation, most of it UTF-8 without marks beyond ASCII.",
        True,
        1,
        ENGLISH,
    ),
    Model(
        "european",
        "Nine languages of Europe in UTF-8, a small part in Latin-1: help, books, manuals, messages, quotations, tales, letters.",
        True,
        1,
        EUROPEAN,
    ),
    Model(
        "source",
        "Source code and configuration, in shares about as common as the languages are.",
        True,
        3,
        SOURCE,
    ),
    Model("markup", "JSON, XML, HTML, SVG and YAML.", True, 4, MARKUP),
    Model("tables", "CSV and other tables, records, logs.", True, 4, TABLES),
    Model(
        "x86-64",
        "Machine code: pieces of the sections of ELF files in the order of the file's layout, and some Windows code.",
        False,
        1,
        X86_64,
    ),
]

PREFACE = """# Origins of the training sets

The models that ship with Kompakt are states of the predictor after it has read the sets below. `collect.py` makes them from
packages of Debian 12 and PyPI at fixed versions; the parts and their order are in `recipes.py`. A set is cut from many files:
pieces of a few KiB from each, interleaved, with the most typical kinds towards the end. Lines and blocks that occurred before
are dropped, except short ones. Nothing comes from the test corpora: not from Silesia, Canterbury, Calgary or enwik, nor from any other
file that Kompakt is measured on.

All sources are open: no licence among them forbids commercial use or changes. Where a table names a copyleft licence, the set holds
excerpts under that licence; the packages hold the full texts and copyright notices (`/usr/share/doc/PACKAGE/copyright`,
`*.dist-info`).
"""
NOTES = """
## Notes

- Copyleft text is used where nothing suitable under a permissive licence was found: help and manuals in languages other than English
  (LibreOffice, manual pages, the Debian handbook, fortunes, Wesnoth), the English of the same three books and games, the encyclopaedia of
  computing, ISO code lists, and Eigen (MPL). All machine code comes from packages whose main licence is permissive.
- The licence column gives the main licence of the package; single files in it can have others, see its copyright file.
- Logs and record lists are generated (`simulate.py`, fixed seeds), since no suitable real ones under
  a clear licence were found among the packages looked at. Their messages follow the formats of the programs they name; hosts, people and addresses are invented.
- `bokeh_sampledata`: the files used are airports, routes, unemployment09 and lincoln_weather, which the package's `datasets.json`
  records as public domain.
- Fortune cookies that quote Dickens, Carroll, Milton or Shakespeare are left out, because their works are in test corpora.
- `fortunes*`: short quotations; the compilations are under the licence given, the quoted lines have many authors. Files that quote one
  modern author or work at length (songs and poems, Star Trek, Pratchett, Adams, comedians) are left out.
- Mail addresses are replaced by `name@example.com`.
- `plotly`'s and `scikit_learn`'s sample tables are taken under the licence of the package; their first publishers (Gapminder, UCI) are not listed.
- The Bible is left out though it is free: the large Canterbury corpus holds it.
"""
