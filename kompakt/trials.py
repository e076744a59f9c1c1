"""Which trials are needed to know the specs of files: a trial codes as much as a small file is.

Small files of a kind are one group, which has a spec only if all of them want the same: the first that wants
none, or another one, ends the trials. A large file that resembles one before, and whose elements seem to lie
alike, gets the spec of that one: of a thousand slices or time steps the first is tried.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor

from kompakt.kinds.resemblance import shared_permille
from kompakt.look import Look
from kompakt.model.spec import Spec

LEAST_SHARED_PERMILLE = 600
"""Trigrams that two files which resemble each other have in common."""

MOST_COMPARED = 64
"""Files before, the newest, that one is compared with."""

Trial = Callable[[int], Spec | None]


def specs_of_large(
    numbers: Iterable[int], looks: Mapping[int, Look], trial: Trial, pool: Executor
) -> dict[int, Spec | None]:
    """Return the spec that suits each of the large files `numbers`, or None for that of the batch.

    looks: in detail, by number
    trial: returns what suits a file
    """
    like: dict[int, int] = {}
    tried: dict[tuple[object, ...], list[int]] = {}
    for number in numbers:
        look = looks[number]
        like[number] = number
        if not look.may_be_array:
            continue
        alike = tried.setdefault((look.kind, look.filter, look.geometries), [])
        like[number] = next((n for n in alike[-MOST_COMPARED:] if resemble(looks[n], look)), number)
        if like[number] == number:
            alike.append(number)
    firsts = [number for numbers in tried.values() for number in numbers]
    specs = dict(zip(firsts, pool.map(trial, firsts), strict=True))
    return {number: specs.get(first) for number, first in like.items()}


def spec_of_small(
    numbers: Sequence[int], looks: Mapping[int, Look], trial: Trial, pool: Executor, at_once: int
) -> Spec | None:
    """Return the spec that suits all of the small files `numbers`, or None. Tries `at_once` side by side."""
    if not all(looks[number].may_be_array for number in numbers):
        return None
    found: set[Spec | None] = set()
    for start in range(0, len(numbers), at_once):
        found.update(pool.map(trial, numbers[start : start + at_once]))
        if len(found) > 1 or None in found:
            return None
    return found.pop() if found else None


def resemble(one: Look, other: Look) -> bool:
    """Return whether two files have most of their trigrams in common."""
    if one.sketch is None or other.sketch is None:
        return False
    return shared_permille(one.sketch, other.sketch) >= LEAST_SHARED_PERMILLE
