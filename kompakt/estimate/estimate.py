"""From a sample to the whole: sizes, times and how far they may be off."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kompakt.analysis.files import name_of
from kompakt.archive.entry import Kind as EntryKind
from kompakt.device import Device
from kompakt.errors import UsageError
from kompakt.estimate.coding import Coded, coded
from kompakt.estimate.repeats import MOST_READ_BYTES, repeated_bytes
from kompakt.estimate.strata import Stratum, equal_bytes, strata_of
from kompakt.model.spec import Spec
from kompakt.models.library import Library
from kompakt.models.none import NoModels
from kompakt.plan import LARGE_BYTES
from kompakt.scan import Source
from kompakt.tree import KNOWN_BYTES

LEARNED_BYTES = KNOWN_BYTES
"""From here on a model learns little more that helps: the block tree hands on as much."""

MOST_LEARNING = 0.3
"""Most by which the logarithm of the size falls with that of the known bytes."""

ENTRY_BYTES = 24
"""Of the index, for a file: its hash, and what is left of the rest."""

MODEL_ERROR = 0.04
"""How far an estimate was usually off where all the content was alike."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the batch: files, bytes, how many of these are stored elsewhere, and the size of the rest."""

    name: str
    files: int
    content_bytes: int
    repeated_bytes: int
    packed_bytes: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What packing will make of a batch.

    low_bytes, high_bytes: where the size of the archive lies in most cases
    mb_per_s:    10**6 bytes of new content that one thread codes in a second, measured on the sample
    unsearched_bytes: of large files in which repeats were not looked for
    """

    level: int
    files: int
    content_bytes: int
    equal_bytes: int
    repeated_bytes: int
    unsearched_bytes: int
    sample_bytes: int
    packed_bytes: int
    low_bytes: int
    high_bytes: int
    mb_per_s: float
    threads: int
    cpu_s: float
    kinds: list[Share]
    folders: list[Share]


def estimate(
    sources: Sequence[Source],
    spec: Spec,
    device: Device,
    models: Library | NoModels,
    sample_bytes: int,
    most_read_bytes: int = MOST_READ_BYTES,
) -> Estimate:
    """Return what packing `sources` at the level of `spec` would give. Raises UsageError for no content."""
    copies = equal_bytes(sources)
    strata = strata_of(sources, spec, copies, sample_bytes, device.threads)
    if not any(stratum.content_bytes for stratum in strata):
        raise UsageError("there is no content to estimate")
    large = [(number, size) for stratum in strata for number, size in stratum.whole if size >= LARGE_BYTES]
    repeated, unsearched = repeated_bytes(sources, large, most_read_bytes)
    half = coded(strata, sources, spec, device, models, every=2)
    whole = coded(strata, sources, spec, device, models)
    rates, errors = [], []
    for number, stratum in enumerate(strata):
        rates.append(_rate(number, stratum, half, whole))
        new_bytes = stratum.content_bytes - sum(repeated.get(source, 0) for source, _ in stratum.whole)
        errors.append(_relative_error(number, stratum, whole) * rates[-1] * new_bytes)
    sizes = {source: size for stratum in strata for source, size in stratum.whole}
    rate_of = {
        source: rate for stratum, rate in zip(strata, rates, strict=True) for source, _ in stratum.whole
    }
    packed = {source: rate_of[source] * (size - repeated.get(source, 0)) for source, size in sizes.items()}
    files = sum(source.entry.kind == EntryKind.FILE for source in sources)
    content_bytes = sum(source.entry.size for source in sources if source.entry.kind == EntryKind.FILE)
    total = sum(packed.values()) + ENTRY_BYTES * len(sources)
    off = 2 * math.sqrt(sum(error**2 for error in errors)) + MODEL_ERROR * total
    sampled = sum(whole.raw_bytes(number) for number in range(len(strata)))
    mb_per_s = sampled / max(whole.cpu_s, 1e-6) / 1e6
    new_bytes = sum(sizes.values()) - sum(repeated.values())
    kind_of = {source: name_of(stratum.kind) for stratum in strata for source, _ in stratum.whole}
    folder_of = {number: _folder_of(source.entry.name) for number, source in enumerate(sources)}
    kind_of |= {copy: kind_of[first] for copy, first in copies.items()}
    again = repeated | {copy: sources[copy].entry.size for copy in copies}
    return Estimate(
        spec.level,
        files,
        content_bytes,
        sum(sources[copy].entry.size for copy in copies),
        sum(repeated.values()),
        unsearched,
        sampled,
        round(total),
        max(round(total - off), 1),
        round(total + off),
        mb_per_s,
        device.threads,
        new_bytes / mb_per_s / 1e6,
        _shares(sources, kind_of, again, packed),
        _shares(sources, {number: folder_of[number] for number in kind_of}, again, packed),
    )


def _rate(number: int, stratum: Stratum, half: Coded, whole: Coded) -> float:
    """Return the coded bytes a byte for all of a stratum, from what half of its sample cost and all of it."""
    raw = whole.raw_bytes(number)
    if not raw:
        return 1.0
    rate = whole.coded_bytes(number) / raw
    known = min(stratum.content_bytes, LEARNED_BYTES)
    fewer = half.raw_bytes(number)
    if known <= raw or not 0 < fewer < raw:
        return rate
    before = half.coded_bytes(number) / fewer
    learning = math.log(max(before, 1e-9) / max(rate, 1e-9)) / math.log(raw / fewer)
    return rate * (known / raw) ** -min(max(learning, 0.0), MOST_LEARNING)


def _relative_error(number: int, stratum: Stratum, whole: Coded) -> float:
    """Return the standard error of the rate, relative to it; 0 where all was sampled."""
    rows = whole.stretches[number]
    if whole.raw_bytes(number) >= stratum.content_bytes:
        return 0.0
    if len(rows) < 2:
        return 0.25
    rates = np.array([coded_bytes / raw for raw, coded_bytes in rows])
    return float(rates.std(ddof=1) / math.sqrt(len(rows)) / max(rates.mean(), 1e-9))


def _shares(
    sources: Sequence[Source], names: dict[int, str], again: dict[int, int], packed: dict[int, float]
) -> list[Share]:
    """Return the shares of the names, those with most packed bytes first."""
    numbers: dict[str, list[int]] = {}
    for number, name in names.items():
        numbers.setdefault(name, []).append(number)
    shares = [
        Share(
            name,
            len(of_name),
            sum(sources[number].entry.size for number in of_name),
            sum(again.get(number, 0) for number in of_name),
            round(sum(packed.get(number, 0.0) for number in of_name)),
        )
        for name, of_name in numbers.items()
    ]
    return sorted(shares, key=lambda share: -share.packed_bytes)


def _folder_of(name: bytes) -> str:
    parts = name.split(b"/")
    return b"/".join(parts[: min(2, len(parts) - 1)]).decode("utf-8", "replace") or "."
