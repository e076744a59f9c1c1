# ruff: noqa: E501, SIM905
"""Turns the files of packages into plain pieces of training data."""

import gettext
import gzip
import html.parser
import io
import re
import textwrap
import zlib
from pathlib import Path


class _Text(html.parser.HTMLParser):
    """Collects the text of a page, one paragraph for each block element."""

    BLOCKS = frozenset("p div h1 h2 h3 h4 h5 h6 li dt dd tr table ul ol dl pre blockquote section br".split())
    HIDDEN = frozenset("script style head nav footer svg button form".split())

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = [""]
        self.hidden = 0
        self.preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.HIDDEN:
            self.hidden += 1
        if tag == "pre":
            self.preformatted += 1
        if tag in self.BLOCKS:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN and self.hidden:
            self.hidden -= 1
        if tag == "pre" and self.preformatted:
            self.preformatted -= 1
        if tag in self.BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        self.blocks[-1] += data if self.preformatted else re.sub(r"\s+", " ", data)


def page_text(data: bytes, width: int = 0) -> str:
    """The text of an HTML page, its paragraphs filled to ``width`` columns (0: one line each)."""
    parser = _Text()
    parser.feed(data.decode("utf-8", "replace"))
    paragraphs = []
    for block in parser.blocks:
        if "\n" in block.strip():
            paragraphs.append(block.strip("\n"))
            continue
        block = block.strip().replace("¶", "")
        if len(block) < 30:
            continue
        paragraphs.append(textwrap.fill(block, width) if width else block)
    return "\n\n".join(paragraphs) + "\n"


def manual_text(data: bytes) -> str:
    """The prose of a manual page, without its troff requests."""
    lines = []
    for line in data.decode("utf-8", "replace").splitlines():
        line = re.sub(r"\\f(\[[A-Z]*\]|[A-Z]|\([A-Z]{2})", "", line)
        line = re.sub(r"\\(m|s)\[[^]]*\]", "", line)
        for old, new in (
            (r"\-", "-"),
            (r"\(aq", "'"),
            (r"\(bu", "•"),
            (r"\(co", "©"),
            (r"\&", ""),
            (r"\e", "\\"),
        ):
            line = line.replace(old, new)
        line = (
            re.sub(r"\\\[?\(?(lq|rq|Bq|lB|rB|Fo|Fc|dq|bq)\]?", '"', line)
            .replace("\\ ", " ")
            .replace("\\~", " ")
        )
        heading = re.match(r"\.S[HS]\s+(.*)", line)
        if heading:
            lines += ["", heading[1].strip('"'), ""]
        elif re.match(r"\.(PP|P|LP|TP|IP|sp)\b", line):
            lines.append("")
        elif re.match(r"\.([BIR]|BR|RB|BI|IB|IR|RI|SM)\s", line):
            lines.append(line.split(None, 1)[1].replace('"', ""))
        elif not line.startswith((".", "'")):
            lines.append(line)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    paragraphs = (textwrap.fill(paragraph, 78) for paragraph in text.split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def catalogue_text(data: bytes, shortest: int = 40) -> str:
    """The translations in a compiled message catalogue that are long enough to be prose."""
    catalogue = gettext.GNUTranslations(io.BytesIO(data))._catalog
    messages = (
        text for key, text in catalogue.items() if key and isinstance(text, str) and len(text) >= shortest
    )
    return "\n\n".join(re.sub(r"<[^>]*>", "", message).strip() for message in messages) + "\n"


ENGLISH_WORDS = frozenset(
    "the of and to you is are be this that with for from or your can will when if it which an by have not".split()
)


def without_english(text: str) -> str:
    """A translation without the paragraphs that were left in English."""

    def is_english(paragraph: str) -> bool:
        words = re.findall(r"[^\W\d_]+", paragraph.lower())
        return sum(word in ENGLISH_WORDS for word in words) > max(1, len(words) // 8)

    return "\n\n".join(paragraph for paragraph in text.split("\n\n") if not is_english(paragraph))


def source_catalogue_text(data: bytes) -> str:
    """The translations in a .po file."""
    text = data.decode("utf-8", "replace")
    found = re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', text, re.M)
    messages = (
        "".join(re.findall(r'"(.*)"', message)).replace('\\"', '"').replace("\\n", "\n") for message in found
    )
    return (
        "\n".join(
            message.strip() for message in messages if len(message) > 15 and "Content-Type" not in message
        )
        + "\n"
    )


def campaign_text(data: bytes) -> str:
    """The spoken lines of a Wesnoth scenario."""
    text = data.decode("utf-8", "replace")
    messages = re.findall(r'\b(?:message|story|description|summary)\s*=\s*_\s*"([^"]{60,})"', text)
    return "\n\n".join(re.sub(r"<[^>]*>", "", message).strip() for message in messages) + "\n"


def novel_texts(data: bytes) -> list[str]:
    """The character vectors in an R lazy-load database (each entry: length, big-endian; zlib stream)."""
    texts = []
    position = 0
    while position + 6 < len(data):
        decoder = zlib.decompressobj()
        try:
            raw = decoder.decompress(data[position + 4 :])
        except zlib.error:
            position += 1
            continue
        position = len(data) - len(decoder.unused_data)
        lines = []
        at = 0
        while (at := raw.find(b"\x00\x04\x00\x09", at)) >= 0:
            length = int.from_bytes(raw[at + 4 : at + 8], "big")
            if length < 4096:
                lines.append(raw[at + 8 : at + 8 + length].decode("utf-8", "replace"))
            at += 8
        if len(lines) > 1000:
            texts.append("\n".join(lines) + "\n")
    return texts


def dictionary_text(data: bytes) -> str:
    """The entries of a dictd dictionary, indentation removed."""
    text = gzip.decompress(data).decode("utf-8", "replace")
    text = text[text.find("\n\n", 20000) + 2 :] if len(text) > 60000 else text
    return re.sub(r"[{}]", "", re.sub(r"\n(?:   |  )", "\n", text))


def cookies(data: bytes, banned: re.Pattern[str]) -> str:
    """A fortune file without the cookies that quote what must not be trained on."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = re.sub(".\b|\a", "", text)
    kept = [cookie.strip("\n") for cookie in re.split(r"^%\n", text, flags=re.M) if not banned.search(cookie)]
    return "\n\n".join(cookie.replace("\t", "    ") for cookie in kept if cookie) + "\n"


def body_of_metadata(data: bytes) -> bytes:
    """The README in a wheel's METADATA."""
    return data.split(b"\n\n", 1)[-1]


def unpacked(path: Path) -> bytes:
    """The content of a file; gzip is undone."""
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" and path.suffix == ".gz" else data
