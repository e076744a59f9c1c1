"""What goes to a backend and what comes back: blocks to code, and nothing about files."""

from dataclasses import dataclass

import numpy as np

from kompakt.model.spec import Spec


@dataclass(frozen=True, slots=True)
class EncodeJob:
    """Raw bytes, uint8, to code as block `number`."""

    number: int
    data: np.ndarray
    spec: Spec


@dataclass(frozen=True, slots=True)
class EncodeResult:
    """The stream, uint8, of block `number`."""

    number: int
    table_bits: int
    stream: np.ndarray


@dataclass(frozen=True, slots=True)
class DecodeJob:
    """A stream, uint8, that decodes to `raw_bytes`."""

    number: int
    stream: np.ndarray
    spec: Spec
    table_bits: int
    raw_bytes: int


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """The raw bytes, uint8, of block `number`, or why there are none."""

    number: int
    data: np.ndarray | None
    error: str | None = None
