"""Make the models that ship with the program from a folder of training texts.

    python tools/make_models.py FOLDER NAME [NAME…]

Each text becomes kompakt/models/data/NAME.kmodel. Its last part tunes the mixer. docs/MODELS.md tells where
the texts come from.
"""

import sys
from pathlib import Path

import numpy as np

from kompakt.models.recipe import SUFFIX, Recipe
from kompakt.models.shelf import SHIPPED_FOLDER

TUNING_BYTES = 1 << 17
NOTE = "ships with Kompakt; origin and licences: docs/MODELS.md"


def main(folder: str, *names: str) -> None:
    """Write the models, and their sizes to standard output."""
    SHIPPED_FOLDER.mkdir(parents=True, exist_ok=True)
    total = 0
    for name in names:
        data = np.fromfile(Path(folder) / name, np.uint8)
        recipe = Recipe.of(name, NOTE, [data[:-TUNING_BYTES], data[-TUNING_BYTES:]])
        file = recipe.encode()
        (SHIPPED_FOLDER / f"{name}{SUFFIX}").write_bytes(file)
        total += len(file)
        print(f"{name}: {len(data)} -> {len(file)} bytes, id {recipe.model_id.hex()}")
    print(f"together {total} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
