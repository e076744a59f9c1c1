"""What a trained dictionary is worth to dict16, on files that it has not learned from.

    python -m benchmarks.dictionaries FOLDER [--codecs dict16+rans,…] [--train 16MiB] [--out ROWS.csv]

One file in five is held out, as the hash of its name says. The held-out files are coded each by itself, and
all of them one behind the other in blocks of 4 MiB; by codecs that begin with dict16 with a dictionary of
their own in the stream, and with the trained one. Everything is decoded and compared. Rows are added to a
file of benchmarks/results/dictionaries.
"""

import argparse
import csv
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from benchmarks.arguments import names, size
from benchmarks.child import BenchmarkError
from benchmarks.run_facts import RunFacts, run_facts
from kompakt.batch import PIPELINE_BLOCK_BYTES
from kompakt.classic.dict16 import Dictionary
from kompakt.classic.pipeline import Pipeline, parse_pipeline, with_dictionary
from kompakt.models.dictionary import dictionary_of, dictionary_recipe
from kompakt.models.training import split_files, training_texts

CODECS = "dict16,dict16+huffman,dict16+rans,dict16+order1,lz77+rans,bwt+mtf+order1"
ALONE, BLOCKS = "files", "blocks of 4 MiB"


@dataclass(frozen=True, slots=True)
class DictionaryRow:
    """One codec on all held-out files, in one scope; seconds are CPU time of one thread.

    strings, dictionary_bytes: of the trained dictionary and its model file; 0 where the codec has none
    """

    date: str
    commit: str
    cpu: str
    folder: str
    scope: str
    codec: str
    strings: int
    dictionary_bytes: int
    inputs: int
    raw_bytes: int
    coded_bytes: int
    encode_s: float
    decode_s: float


def measured(
    pipeline: Pipeline, inputs: Sequence[np.ndarray], about: Sequence, model: tuple[int, int]
) -> DictionaryRow:
    """Return the row of a pipeline; `about` is what stands before its codec, `model` what behind."""
    coded_bytes, encode_s, decode_s = 0, 0.0, 0.0
    for data in inputs:
        began = time.thread_time()
        stream = pipeline.encode(data)
        coded = time.thread_time()
        restored = pipeline.decode(stream, data.size)
        decode_s += time.thread_time() - coded
        encode_s += coded - began
        if not np.array_equal(restored, data):
            raise BenchmarkError(f"{pipeline.name}: other bytes come back")
        coded_bytes += min(stream.size, data.size)
    raw_bytes = sum(data.size for data in inputs)
    seconds = round(encode_s, 3), round(decode_s, 3)
    return DictionaryRow(*about, pipeline.name, *model, len(inputs), raw_bytes, coded_bytes, *seconds)


def rows(
    folder: Path, codecs: Sequence[Pipeline], train_bytes: int, facts: RunFacts
) -> Iterable[DictionaryRow]:
    """Yield a row for each codec and scope, and for each that takes a dictionary one more."""
    split = split_files([folder])
    recipe = dictionary_recipe("benchmark", "", training_texts(split.learned, train_bytes))
    dictionary: Dictionary = dictionary_of(recipe)
    model = recipe.lengths[0], len(recipe.encode())
    files = [np.fromfile(path, np.uint8) for path in split.held_out]
    whole = np.concatenate(files)
    blocks = [whole[at : at + PIPELINE_BLOCK_BYTES] for at in range(0, whole.size, PIPELINE_BLOCK_BYTES)]
    for scope, inputs in ((ALONE, files), (BLOCKS, blocks)):
        about = facts.date[:10], facts.commit, facts.cpu, folder.resolve().name, scope
        for pipeline in codecs:
            yield measured(pipeline, inputs, about, (0, 0))
            if pipeline.name.partition("+")[0] == "dict16":
                yield measured(with_dictionary(pipeline, dictionary), inputs, about, model)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and add a line for each row, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dictionaries", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codecs", type=names, default=CODECS, help="default: %(default)s")
    parser.add_argument("--train", type=size, default="16MiB", metavar="SIZE", help="default: %(default)s")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/dictionaries/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or facts.results_path.parent / "dictionaries" / facts.results_path.name
    try:
        codecs = [parse_pipeline(name) for name in options.codecs]
    except ValueError as error:
        parser.error(str(error))
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, "a", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        if not target.tell():
            writer.writerow(column.name for column in fields(DictionaryRow))
        for row in rows(options.folder, codecs, options.train, facts):
            writer.writerow(astuple(row))
            target.flush()
            trained = f", {row.strings} trained strings" if row.strings else ""
            print(f"{row.scope}: {row.codec}{trained}: {row.raw_bytes} -> {row.coded_bytes}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
