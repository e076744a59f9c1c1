"""No models: everything starts from nothing, or from other blocks."""

from collections.abc import Sequence

import numpy as np

from kompakt.archive.block_header import Parent
from kompakt.archive.layout import ParentKind
from kompakt.errors import UnsupportedError
from kompakt.jobs import Origin
from kompakt.model.spec import Spec


class NoModels:
    """Chooses no model and knows none."""

    def choose(self, spec: Spec, samples: Sequence[np.ndarray]) -> Parent:
        """Return Parent.none()."""
        return Parent.none()

    def to_embed(self, parent: Parent) -> None:
        """Return None."""

    def origin(self, parent: Parent, spec: Spec, archive: str) -> Origin | None:
        """Return None for Parent.none(); raises UnsupportedError for a model."""
        if parent.kind == ParentKind.MODEL:
            raise UnsupportedError(f"{archive}: needs {parent}, which is not here")
        return None
