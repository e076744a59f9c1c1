"""`kompakt-gpu models`: trained models, which ship with the program or are a user's own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kompakt.cli.options import Force, Json, Level, Quiet, Threads
from kompakt.cli.report import Report
from kompakt.cli.text import counted, printable
from kompakt.model.spec import DEFAULT_LEVEL
from kompakt.sizes import format_size, parse_size

if TYPE_CHECKING:
    from kompakt.models.shelf import Shelved
    from kompakt.models.training import Gain

SHOWN_DIGITS = 16

models = typer.Typer(
    help="Trained models, which blocks can start from. An archive names those that it needs by their ids.",
    no_args_is_help=True,
)

Wanted = Annotated[
    str, typer.Argument(metavar="NAME|ID", help="A name, an id, or its first 8 or more digits.")
]
ModelFile = Annotated[Path, typer.Argument(metavar="FILE", help="A model, such as logs.kmodel.")]
ModelOutput = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the model.")
]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="Of the model; by default that of FILE.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Where the texts come from, and their licence.")]
Size = Annotated[
    int | None,
    typer.Option(
        metavar="SIZE", parser=parse_size, help="Bytes to learn from, such as 4MiB; by default 2MiB."
    ),
]
IsDictionary = Annotated[
    bool, typer.Option("--dictionary", help="Make a dictionary for the codec dict16; of 16MiB by default.")
]
TrainedPaths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders to learn from.")]


@models.command("list")
def list_models(as_json: Json = False) -> None:
    """List all models."""
    from kompakt.models.shelf import all_models

    shelved = list(all_models())
    if as_json:
        print(json.dumps([_described(model) for model in shelved]))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "id", "kind", "learned from", "file", "where from", box=box.SIMPLE_HEAD)
    for model in shelved:
        told = _described(model)
        table.add_row(
            told["name"],
            told["id"][:SHOWN_DIGITS],
            told["kind"],
            format_size(told["text_bytes"]),
            format_size(told["file_bytes"]),
            told["from"],
        )
    Console(highlight=False, soft_wrap=True).print(table)


@models.command()
def show(wanted: Wanted, as_json: Json = False) -> None:
    """Show what is known of a model."""
    from kompakt.models.shelf import find_model

    told = _described(find_model(wanted))
    if as_json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name.replace('_', ' '):12} {printable(str(value))}")


@models.command()
def train(
    paths: TrainedPaths,
    output: ModelOutput,
    name: Name = None,
    note: Note = "",
    size: Size = None,
    level: Level = DEFAULT_LEVEL,
    dictionary: IsDictionary = False,
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a model from files, and measure on some that were held out what it gains."""
    if dictionary:
        _train_dictionary(paths, output, name, note, size, force, as_json, Report(quiet=quiet))
        return
    from kompakt.atomic_file import AtomicFile
    from kompakt.cpu.backend import CpuBackend
    from kompakt.model.spec import spec_for_level
    from kompakt.models.library import Library, model_bits
    from kompakt.models.origin import ModelOrigin
    from kompakt.models.recipe import Recipe, check_name
    from kompakt.models.training import DEFAULT_BYTES, measure_gain, split_files, training_texts

    report = Report(quiet=quiet)
    name = name or output.name.partition(".")[0]
    check_name(name)
    with AtomicFile(output, replace=force) as file:
        split = split_files(paths)
        texts = training_texts(split.learned, DEFAULT_BYTES if size is None else size)
        recipe = Recipe.of(name, note, texts)
        gain = None
        if split.held_out:
            spec = spec_for_level(level)
            origin = ModelOrigin(recipe, spec, model_bits(spec, recipe), report.notice, keeps=False)
            backend = CpuBackend(threads, notice=report.notice)
            gain = measure_gain(split.held_out, spec, origin, Library(notice=report.notice), backend)
        data = recipe.encode()
        file.file.write(data)
        file.commit()
    if as_json:
        told = {
            "model": str(output),
            "id": recipe.model_id.hex(),
            "learned_from_files": len(split.learned),
            "text_bytes": recipe.text_bytes,
            "file_bytes": len(data),
            "held_out": gain and {
                "files": gain.files,
                "bytes": gain.raw_bytes,
                "without": gain.none_bytes,
                "auto": gain.auto_bytes,
                "with": gain.own_bytes,
            },
        }  # fmt: skip
        print(json.dumps(told))
    files = counted(len(split.learned), "file")
    report.notice(
        f"{output}: model {recipe.model_id.hex()[:SHOWN_DIGITS]}, learned from {recipe.text_bytes} bytes "
        f"of {files}, {len(data)} bytes"
    )
    report.notice(
        _gain_in_words(gain, level) if gain else "fewer than 5 files: all learned from, none to measure on"
    )


def _train_dictionary(
    paths: list[Path],
    output: Path,
    name: str | None,
    note: str,
    size: int | None,
    force: bool,
    as_json: bool,
    report: Report,
) -> None:
    from kompakt.atomic_file import AtomicFile
    from kompakt.models.dictionary import (
        DEFAULT_BYTES,
        TRIED_PIPELINE,
        dictionary_of,
        dictionary_recipe,
        measure_dictionary,
    )
    from kompakt.models.recipe import check_name
    from kompakt.models.training import split_files, training_texts

    name = name or output.name.partition(".")[0]
    check_name(name)
    with AtomicFile(output, replace=force) as file:
        split = split_files(paths)
        texts = training_texts(split.learned, DEFAULT_BYTES if size is None else size)
        recipe = dictionary_recipe(name, note, texts)
        gain = measure_dictionary(split.held_out, dictionary_of(recipe)) if split.held_out else None
        data = recipe.encode()
        file.file.write(data)
        file.commit()
    strings = recipe.lengths[0]
    if as_json:
        told = {
            "model": str(output),
            "id": recipe.model_id.hex(),
            "learned_from_files": len(split.learned),
            "strings": strings,
            "file_bytes": len(data),
            "held_out": gain and {
                "files": gain.files,
                "bytes": gain.raw_bytes,
                "without": gain.none_bytes,
                "with": gain.own_bytes,
            },
        }  # fmt: skip
        print(json.dumps(told))
    report.notice(
        f"{output}: dictionary {recipe.model_id.hex()[:SHOWN_DIGITS]}, {strings} strings, learned from "
        f"{sum(map(len, texts))} bytes of {counted(len(split.learned), 'file')}, {len(data)} bytes"
    )
    report.notice(
        f"{counted(gain.files, 'file')} held out, {gain.raw_bytes} bytes, {TRIED_PIPELINE}, each by itself: "
        f"{gain.none_bytes} with a dictionary of its own, {gain.own_bytes} with this one"
        if gain
        else "fewer than 5 files: all learned from, none to measure on"
    )


@models.command("import")
def import_file(file: ModelFile) -> None:
    """Put a model among your own, for archives that need it."""
    from kompakt.models.shelf import import_model

    recipe = import_model(file)
    print(f"{recipe.name}: model {recipe.model_id.hex()}")


@models.command()
def export(wanted: Wanted, output: ModelOutput, force: Force = False) -> None:
    """Write a model to a file."""
    from kompakt.atomic_file import AtomicFile
    from kompakt.models.shelf import find_model

    with AtomicFile(output, replace=force) as file:
        file.file.write(find_model(wanted).recipe.encode())
        file.commit()


@models.command()
def rm(wanted: Wanted) -> None:
    """Remove one of your models. Archives that need it cannot be read without it."""
    from kompakt.models.shelf import remove_model

    recipe = remove_model(wanted)
    print(f"{recipe.name}: model {recipe.model_id.hex()} removed")


def _described(model: "Shelved") -> dict:
    from kompakt.models.recipe import METHOD

    recipe = model.recipe
    return {
        "name": recipe.name,
        "id": recipe.model_id.hex(),
        "kind": "start" if recipe.method == METHOD else "dictionary",
        "text_bytes": recipe.text_bytes,
        "texts": len(recipe.lengths),
        "file_bytes": model.path.stat().st_size,
        "from": "ships with kompakt-gpu" if model.is_shipped else str(model.path),
        "note": recipe.note,
    }


def _gain_in_words(gain: "Gain", level: int) -> str:
    smaller = 100 * (1 - gain.own_bytes / gain.auto_bytes)
    return (
        f"{counted(gain.files, 'file')} held out, {gain.raw_bytes} bytes, level {level}, each by itself: "
        f"{gain.none_bytes} without a model, {gain.auto_bytes} with those there are, "
        f"{gain.own_bytes} with this one ({abs(smaller):.1f} % {'smaller' if smaller >= 0 else 'larger'})"
    )
