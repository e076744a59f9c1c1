"""Bases: tables trained with known bytes (kompakt/model/replay.py), by as many threads as wait for them."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from kompakt.cpu.compiled import training_loop
from kompakt.cpu.threads import usable_threads
from kompakt.model.spec import Spec
from kompakt.model.state import State, allocate, begin, learned_part, scratch, spec_arrays, views
from kompakt.model.tables import tables


class BaseTraining:
    """Trains one base. Every thread that calls finish() takes its share of the contexts.

    before: the base that is continued, with tables of the same size; None for an empty one
    text:   uint8 (n,), all that the base will have learned from, that of `before` included
    ends:   where the texts end that are new; each is learned like a block of its own
    """

    def __init__(
        self,
        spec: Spec,
        table_bits: int,
        before: np.ndarray | None,
        text: np.ndarray,
        ends: Sequence[int],
        known_bytes: int,
        notice: Callable[[str], None] = lambda text: None,
    ):
        self._spec, self._table_bits, self._text = spec, table_bits, text
        self._ends, self._known_bytes = ends, known_bytes
        self._loop = training_loop(spec, notice)
        self._before = before
        self._buffer: np.ndarray | None = None
        self._shares = min(usable_threads(), len(spec.contexts))
        self._open = deque(range(self._shares))
        self._missing = self._shares
        self._changed = threading.Condition()
        self._beginning = threading.Lock()
        self._error: BaseException | None = None

    def finish(self) -> np.ndarray:
        """Return the base's buffer, uint8, once all shares are done."""
        while True:
            with self._changed:
                if not self._open:
                    break
                share = self._open.popleft()
            try:
                self._train(share)
            except BaseException as error:
                self._error = error
            with self._changed:
                self._missing -= 1
                self._changed.notify_all()
        with self._changed:
            while self._missing:
                self._changed.wait()
        if self._error is not None:
            raise self._error
        return self._buffer

    def _train(self, share: int) -> None:
        state = self._state(share)
        arrays, known, bits = spec_arrays(self._spec), scratch(self._spec), np.uint32(self._table_bits)
        start = self._known_bytes
        for end in self._ends:
            self._loop(
                state, tables(), arrays, known, bits,
                self._text[:end], np.uint32(start), np.uint32(share), np.uint32(self._shares),
            )  # fmt: skip
            start = end

    def _state(self, share: int) -> State:
        """Return the state to train `share` in: the buckets of all, and a memory of bytes of its own."""
        spec, bits = self._spec, self._table_bits
        with self._beginning:
            if self._buffer is None:
                buffer = allocate(spec, bits)
                if self._before is None:
                    begin(buffer, spec, bits)
                else:
                    buffer[:] = self._before
                self._fresh = views(buffer, spec, bits).match_table.copy()
                self._learned = learned_part(buffer, spec, bits).copy()
                self._buffer = buffer
        own = views(self._buffer, spec, bits)
        if share == 0:
            return own
        apart = allocate(spec, bits)  # pages that are never touched take no memory
        learned_part(apart, spec, bits)[:] = self._learned
        state = views(apart, spec, bits)
        state.match_table[:] = self._fresh
        return state._replace(words=own.words, histories=own.histories, counters=own.counters)
