"""Options and arguments that several commands share, each defined once."""

from typing import Annotated

import typer

from kompakt.sizes import parse_size

ArchivePath = Annotated[str, typer.Argument(metavar="ARCHIVE", help="The archive; - is standard input.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Files, or folders with all below them; everything by default."),
]
SnapshotName = Annotated[
    str | None,
    typer.Option(
        "--snapshot",
        metavar="N|DATE",
        help="Number of a snapshot, or a date: the last one not later. The newest by default.",
    ),
]
DeviceName = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="auto|cpu|N|N,M|all",
        help="The CPU; GPU N of those visible, several, or all; or auto: GPUs where there are any and enough "
        "blocks for them, else the CPU.",
    ),
]
DeviceMemory = Annotated[
    int | None,
    typer.Option(
        metavar="SIZE",
        parser=parse_size,
        help="Most memory to take on each GPU, such as 20GiB; by default 90 % of what is free.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="CPU threads; by default all cores this process may use."),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace what exists.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, notices or summary.")]
Level = Annotated[
    int | None,
    typer.Option("--level", "-l", min=1, max=9, help="1 is fastest, 9 is smallest; 3, or an archive's own."),
]
