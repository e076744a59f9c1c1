"""`kompakt-gpu info`: how an archive is made and where its bytes go."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kompakt.cli.options import ArchivePath, DeviceName, Json
from kompakt.cli.report import Report
from kompakt.cli.text import printable
from kompakt.sizes import format_size

if TYPE_CHECKING:
    from kompakt.archive.block_header import BlockHeader
    from kompakt.archive.reader import ArchiveReader


def info(archive: ArchivePath, device: DeviceName = "auto", as_json: Json = False) -> None:
    """Tell how an archive is made: version, model, blocks, ratio and overheads."""
    from kompakt.cli.opening import opened
    from kompakt.device import Device

    with opened(archive, Device(device, notice=Report(quiet=False).notice)) as reader:
        described = _describe(reader)
        if as_json:
            print(json.dumps(described))
        else:
            _print_table(described)


def _describe(archive: "ArchiveReader") -> dict[str, object]:
    from kompakt.archive.layout import FOOTER_BYTES, HEADER_BYTES

    headers = [record.header for record in archive.blocks]
    header_bytes = sum(len(header.encode()) for header in headers)
    coded_bytes = sum(header.coded_bytes for header in headers)
    content_bytes = sum(entry.size for entry in archive.entries)
    is_short = not archive.index_headers
    frame_bytes = HEADER_BYTES + len(archive.index_headers) * FOOTER_BYTES
    unfinished = archive.archive_bytes - archive.end
    kinds = Counter(entry.kind.name.lower() for entry in archive.entries)
    return {
        "archive": printable(archive.name),
        "format_version": archive.format_version,
        **(archive.info or _made_by(headers)),
        "entries": dict(sorted(kinds.items())),
        "snapshots": len(archive.snapshots),
        "bytes_in": content_bytes,
        "bytes_out": archive.archive_bytes,
        "ratio": round(content_bytes / archive.archive_bytes, 4),
        "blocks": _describe_blocks(headers),
        "overhead_bytes": {
            "entry" if is_short else "index": archive.end - coded_bytes - header_bytes - frame_bytes,
            "block headers": header_bytes,
            "header" if is_short else "header and footer": frame_bytes,
            **({"unfinished append": unfinished} if unfinished else {}),
        },
    }


def _made_by(headers: "Sequence[BlockHeader]") -> dict[str, int | str]:
    """Return what a short archive tells of how it was made."""
    from kompakt.archive.layout import Codec

    if headers[0].codec == Codec.PIPELINE:
        return {"codec": _pipeline_of(headers[0])}
    return {"level": _level_of(headers)}


def _codec_of(described: dict[str, object]) -> str:
    return (
        f"codec {described['codec']}"
        if "codec" in described
        else f"level {described.get('level', 'unknown')}"
    )


def _pipeline_of(header: "BlockHeader") -> str:
    from kompakt.classic.errors import StreamError
    from kompakt.classic.pipeline import pipeline_of_ids

    try:
        return pipeline_of_ids(header.stages).name
    except StreamError:
        return "unknown"


def _level_of(headers: "Sequence[BlockHeader]") -> int | str:
    """Return the level whose spec the first modelled block has."""
    from kompakt.model.spec import is_known, spec_by_id

    levels = (spec_by_id(header.spec_id).level for header in headers if is_known(header.spec_id))
    return next(levels, "unknown")


def _describe_blocks(headers: "Sequence[BlockHeader]") -> list[dict[str, object]]:
    """Return one row for each codec, and model or pipeline, in use."""
    from kompakt.archive.layout import Codec

    rows: dict[tuple[int, int], dict[str, object]] = {}
    for header in headers:
        row = rows.setdefault(
            (header.codec, header.spec_id),
            {
                "codec": Codec(header.codec).name,
                "spec": header.spec_id if header.codec == Codec.CM else 0,
                **({"pipeline": _pipeline_of(header)} if header.codec == Codec.PIPELINE else {}),
                "blocks": 0,
                "raw_bytes": 0,
                "coded_bytes": 0,
            },
        )
        row["blocks"] += 1
        row["raw_bytes"] += header.raw_bytes
        row["coded_bytes"] += header.coded_bytes
    return [row for _, row in sorted(rows.items())]


def _print_table(described: dict[str, object]) -> None:
    entries = ", ".join(f"{count} {kind}" for kind, count in described["entries"].items()) or "none"
    lines = {
        "archive": described["archive"],
        "format version": described["format_version"],
        "written by": f"{described.get('writer', 'kompakt')}, {_codec_of(described)}",
        "entries": entries,
        "snapshots": described["snapshots"],
        "content": f"{described['bytes_in']} bytes ({format_size(described['bytes_in'])})",
        "archive size": f"{described['bytes_out']} bytes ({format_size(described['bytes_out'])})",
        "ratio": f"{described['ratio']:.3f}",
    }
    for row in described["blocks"]:
        lines[_row_name(row)] = f"{row['blocks']} blocks, {row['raw_bytes']} -> {row['coded_bytes']} bytes"
    lines["overhead"] = ", ".join(
        f"{name} {size} bytes" for name, size in described["overhead_bytes"].items()
    )
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:{width}}  {printable(str(value))}")


def _row_name(row: dict[str, object]) -> str:
    if "pipeline" in row:
        return row["pipeline"]
    return f"{row['codec']} (spec {row['spec']})" if row["spec"] else row["codec"]
