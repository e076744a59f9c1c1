"""The commands and their names. Modules that need numpy or numba are imported by a command when it runs."""

from typing import Annotated

import typer

from kompakt import __version__
from kompakt.cli.analyze import analyze
from kompakt.cli.cat import cat
from kompakt.cli.compact import compact
from kompakt.cli.compress import compress
from kompakt.cli.decompress import decompress
from kompakt.cli.devices import devices
from kompakt.cli.diff import diff
from kompakt.cli.estimate import estimate
from kompakt.cli.forget import forget
from kompakt.cli.info import info
from kompakt.cli.kernels import kernels
from kompakt.cli.list import list_names
from kompakt.cli.models import models
from kompakt.cli.test import test

app = typer.Typer(
    name="kompakt-gpu",
    help="Pack files by context mixing, the strongest kind of lossless compression, on CPUs and GPUs.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"kompakt-gpu {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Pack files by context mixing, the strongest kind of lossless compression, on CPUs and GPUs."""


app.command()(compress)
app.command()(decompress)
app.command("list")(list_names)
app.command()(info)
app.command()(test)
app.command()(cat)
app.command()(diff)
app.command()(forget)
app.command()(compact)
app.command()(analyze)
app.command()(estimate)
app.command()(devices)
app.command()(kernels)
app.add_typer(models, name="models")
