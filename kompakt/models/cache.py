"""Starts of models on disk, so that they are built once on a machine. Losing one costs only time.

A file is a hash of the rest, then the base's buffer and the learned part. It is mapped, so that processes
share it. The hash is checked each time, because a wrong start would make archives that nobody can read.
"""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from blake3 import blake3

from kompakt.model.loops import source_digest
from kompakt.model.spec import TABLE_BITS_MIN, Spec
from kompakt.model.state import Start, allocate, learned_part, state_bytes
from kompakt.models.building import build
from kompakt.models.recipe import Recipe

MOST_BYTES = 2 << 30
ABANDONED_S = 3600
"""Age of an unfinished file at which whoever wrote it must be gone."""

_HASH_BYTES = 64  # 32 of them used: what follows stays aligned


def load_start(recipe: Recipe, spec: Spec, base_bits: int, notice: Callable[[str], None]) -> Start:
    """Return the start of a model, from disk or built. Raises ModelError for texts that do not fit the id."""
    path = cache_folder() / f"{_key(recipe, spec, base_bits)}.start"
    base_bytes = state_bytes(spec, base_bits)
    learned_bytes = len(learned_part(allocate(spec, TABLE_BITS_MIN), spec, TABLE_BITS_MIN))
    stored = _stored(path, base_bytes + learned_bytes)
    if stored is None:
        notice(f"building model {recipe.name} (once, a few seconds)")
        start = build_start(recipe, spec, base_bits, notice)
        _keep(path, start)
        return start
    text = np.concatenate(recipe.texts)
    ends = tuple(np.cumsum(recipe.lengths).tolist())
    return Start(stored[:base_bytes], base_bits, text, ends, stored[base_bytes:])


def build_start(recipe: Recipe, spec: Spec, base_bits: int, notice: Callable[[str], None]) -> Start:
    """Return the start of a model, made anew. Raises ModelError for texts that do not fit the id."""
    return build(spec, base_bits, recipe.texts, notice)


def cache_folder() -> Path:
    """Return the folder of starts."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kompakt" / "models"


def _key(recipe: Recipe, spec: Spec, base_bits: int) -> str:
    return f"{recipe.model_id.hex()[:32]}-{spec.spec_id}-{base_bits}-{source_digest():08x}"


def _stored(path: Path, size: int) -> np.ndarray | None:
    """Return what is in a file behind its hash, as private writeable memory, or None."""
    try:
        data = np.memmap(path, np.uint8, "c")
        os.utime(path)
    except (OSError, ValueError):
        return None
    if len(data) != _HASH_BYTES + size:
        return None
    content = np.asarray(data[_HASH_BYTES:])
    good = blake3(content, max_threads=blake3.AUTO).digest() == data[:32].tobytes()
    return content if good else None


def _keep(path: Path, start: Start) -> None:
    """Write a start to disk, and remove the files that were used longest ago when there are too many."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent, start.base.nbytes + start.learned.nbytes)
        hasher = blake3(max_threads=blake3.AUTO)
        hasher.update(start.base).update(start.learned)
        with open(part, "wb") as file:
            file.write(hasher.digest().ljust(_HASH_BYTES, b"\0"))
            file.write(start.base)
            file.write(start.learned)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _make_room(folder: Path, wanted_bytes: int) -> None:
    for part in folder.glob("*.part"):
        if time.time() - part.stat().st_mtime > ABANDONED_S:
            part.unlink(missing_ok=True)
    files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("*.start"))
    held_bytes = sum(size for _, size, _ in files)
    for _, size, path in files:
        if held_bytes + wanted_bytes <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        held_bytes -= size
