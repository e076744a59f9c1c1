"""A model as a place where blocks start."""

import threading
from collections.abc import Callable

from kompakt.model.spec import Spec
from kompakt.model.state import Start
from kompakt.models.cache import build_start, load_start
from kompakt.models.recipe import Recipe


class ModelOrigin:
    """The start of a model at a spec, with tables of 2**base_bits buckets; made when it is first needed.

    keeps: whether on disk, for the next time
    """

    def __init__(
        self, recipe: Recipe, spec: Spec, base_bits: int, notice: Callable[[str], None], keeps: bool = True
    ):
        self.base_bits = base_bits
        self.recipe = recipe
        self._spec, self._notice, self._keeps = spec, notice, keeps
        self._lock = threading.Lock()
        self._start: Start | None = None

    def start(self) -> Start:
        """See Origin."""
        with self._lock:
            if self._start is None:
                make = load_start if self._keeps else build_start
                self._start = make(self.recipe, self._spec, self.base_bits, self._notice)
            return self._start
