"""A model as a place where blocks start."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from kompakt.model.spec import Spec
from kompakt.model.state import Start
from kompakt.models.cache import build_start, load_start
from kompakt.models.recipe import Recipe

_KEPT = 4
"""Starts that stay in memory for the next call: those of a batch of small files."""

_recent: OrderedDict[tuple[bytes, int, int], Start] = OrderedDict()
_loading = threading.Lock()


class ModelOrigin:
    """The start of a model at a spec, with tables of 2**base_bits buckets; made when it is first needed.

    keeps: whether on disk and in memory, for the next time
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
                self._start = self._recent_start() if self._keeps else self._made(build_start)
            return self._start

    def _recent_start(self) -> Start:
        key = self.recipe.model_id, self._spec.spec_id, self.base_bits
        with _loading:
            if key not in _recent:
                _recent[key] = self._made(load_start)
            _recent.move_to_end(key)
            while len(_recent) > _KEPT:
                _recent.popitem(last=False)
            return _recent[key]

    def _made(self, make: Callable) -> Start:
        return make(self.recipe, self._spec, self.base_bits, self._notice)
