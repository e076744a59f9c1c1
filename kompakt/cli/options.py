"""Options and arguments that several commands share, each defined once."""

from typing import Annotated

import typer

ArchivePath = Annotated[str, typer.Argument(metavar="ARCHIVE", help="The archive; - is standard input.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Files, or folders with all below them; everything by default."),
]
DeviceName = Annotated[
    str,
    typer.Option(
        "--device", metavar="auto|cpu|N", help="The CPU, GPU number N, or auto: a GPU if there is one."
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="CPU threads; by default all cores this process may use."),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace what exists.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, notices or summary.")]
