"""The scratch of one thread, made once and used for many streams."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.blocks import Trees, new_trees
from kompakt.filters.deflate.inflate import Parser, new_parser
from kompakt.filters.deflate.matches import FIELDS
from kompakt.filters.deflate.settings import Chains, new_chains

HEAD_BYTES = 64
"""Bytes that must be readable behind what looks like a header of zlib."""


class Workspace(NamedTuple):
    """What the loops write to beside their results.

    search: int64 (FIELDS,), see `matches`; noted: int64 (2,), see `notes`; head: uint8, a few raw bytes
    """

    parser: Parser
    chains: Chains
    trees: Trees
    search: np.ndarray
    noted: np.ndarray
    head: np.ndarray


def new_workspace() -> Workspace:
    """Return scratch for streams of any settings, about 0.8 MB."""
    return Workspace(
        parser=new_parser(),
        chains=new_chains(),
        trees=new_trees(),
        search=np.zeros(FIELDS, np.int64),
        noted=np.zeros(2, np.int64),
        head=np.zeros(HEAD_BYTES, np.uint8),
    )
