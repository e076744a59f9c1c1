"""The scratch of one thread, made once and used for many streams."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.blocks import Trees, new_trees
from kompakt.filters.deflate.inflate import Parser, new_parser
from kompakt.filters.deflate.matches import FIELDS
from kompakt.filters.deflate.settings import Chains, new_chains


class Workspace(NamedTuple):
    """What the loops write to beside their results. search: int64 (FIELDS,), see `matches`."""

    parser: Parser
    chains: Chains
    trees: Trees
    search: np.ndarray


def new_workspace() -> Workspace:
    """Return scratch for streams of any settings, about 0.8 MB."""
    return Workspace(new_parser(), new_chains(), new_trees(), np.zeros(FIELDS, np.int64))
