"""The report as a page: the picture and its numbers, in one file."""

import base64
import html
from collections.abc import Sequence

from kompakt.analysis.analyse import Analysis
from kompakt.analysis.picture import KINDS, codec_name, picture
from kompakt.sizes import format_size

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Kompakt: what these data are made of</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1430px; margin: 2em auto; color: #222 }
img { width: 100% }
table { border-collapse: collapse }
td, th { padding: .2em .9em; border-bottom: 1px solid #ddd; text-align: right }
td:first-child, th:first-child { text-align: left }
</style>
<h1>What these data are made of</h1>
<img alt="Bits per byte along the content; cost by class of bytes; bytes by kind; ratio and speed of codecs"
     src="data:image/png;base64,PICTURE">
TABLES
</html>
"""


def report_bytes(analysis: Analysis, suffix: str) -> bytes:
    """Return the report as PNG for the suffix `.png`, or as HTML that needs no other file for `.html`."""
    told = analysis.as_table()
    drawn = picture(analysis, told)
    return drawn if suffix == ".png" else _page(told, drawn)


def _page(told: dict, drawn: bytes) -> bytes:
    duplicates = told["duplicates"]
    sections = [
        _html_table(
            f"Codecs, on a sample of {format_size(told['sample_bytes'])}, in blocks of 1 MiB, one thread",
            ("codec", "bytes", "ratio", "encode MB/s", "decode MB/s"),
            [
                (
                    codec_name(row["codec"], told),
                    f"{row['bytes']:,}",
                    f"{row['ratio']:.3f}",
                    f"{row['encode_mb_s']:.3g}",
                    f"{row['decode_mb_s']:.3g}",
                )
                for row in sorted(told["codecs"], key=lambda row: row["bytes"])
            ],
        ),
        _html_table(
            "Kinds, judged in stretches of 64 KiB",
            ("kind", "files that begin so", "bytes"),
            [
                (KINDS.get(row["kind"], row["kind"]), row["files"], f"{row['bytes']:,}")
                for row in told["kinds"]
            ],
        ),
        _html_table(
            "Entropy of the sample, by its own counts (of little data, high orders come out too low)",
            ("bytes before that are known", "bits per byte"),
            [(order, f"{bits:.3f}") for order, bits in enumerate(told["entropy_bits_per_byte"])],
        ),
        _html_table(
            "Duplicates",
            ("what", "bytes"),
            [
                (f"whole files ({duplicates['files']})", f"{duplicates['file_bytes']:,}"),
                ("aligned pieces of 4 KiB", f"{duplicates['chunk_bytes']:,}"),
            ],
        ),
    ]
    page = PAGE.replace("PICTURE", base64.b64encode(drawn).decode())
    return page.replace("TABLES", "".join(sections)).encode()


def _html_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    def line(cells: Sequence[object], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<h2>{html.escape(title)}</h2><table>{line(header, 'th')}{body}</table>"
