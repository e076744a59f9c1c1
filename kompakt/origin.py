"""Where blocks start that start after others: the tree of blocks.

A generation is some blocks that start alike. What comes after starts from all of them: the base has learned
from their bytes, and the rest is as the last one left it.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from kompakt.cpu.training import BaseTraining
from kompakt.jobs import Origin, OriginError
from kompakt.model.spec import Spec
from kompakt.model.state import Start, empty_start


class Generation:
    """What follows the blocks `numbers`, all of which start from `parent`.

    base_bits: log2 of the buckets of each context of the base
    notice:    is told when compiling will take a while
    Their bytes come by supply() or inherit(), their end by inherit(); start() waits for all of it.
    """

    def __init__(
        self,
        spec: Spec,
        numbers: Sequence[int],
        parent: Origin | None,
        base_bits: int,
        notice: Callable[[str], None] = lambda text: None,
    ):
        self.base_bits = base_bits
        self._spec, self._numbers, self._parent, self._notice = spec, tuple(numbers), parent, notice
        self._data: dict[int, np.ndarray] = {}
        self._coded: set[int] = set()
        self._learned = np.zeros(0, np.uint8)
        self._error: str | None = None
        self._changed = threading.Condition()
        self._beginning = threading.Lock()
        self._training: BaseTraining | None = None
        self._start: Start | None = None

    def supply(self, number: int, data: np.ndarray) -> None:
        """Give the bytes of block `number` before it is coded, so that training need not wait for that."""
        with self._changed:
            self._data[number] = data
            self._changed.notify_all()

    def inherit(self, number: int, data: np.ndarray, learned: np.ndarray) -> None:
        """See Heir."""
        with self._changed:
            self._data[number] = data
            self._coded.add(number)
            if number == self._numbers[-1]:
                self._learned = learned
            self._changed.notify_all()

    def disinherit(self, number: int, error: str) -> None:
        """See Heir."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def start(self) -> Start:
        """See Origin."""
        if self._start is not None:
            return self._start
        self._wait_for(self._data)
        with self._beginning:
            if self._start is not None:
                return self._start
            if self._training is None:
                self._begin()
            training = self._training
        base = training.finish()
        self._wait_for(self._coded)
        with self._beginning:
            if self._start is None:
                self._start = Start(base, self.base_bits, self._text, self._ends, self._learned)
                self._parent = self._training = None
                self._data = dict.fromkeys(self._numbers)
        return self._start

    def _wait_for(self, known) -> None:
        with self._changed:
            while len(known) < len(self._numbers) and self._error is None:
                self._changed.wait()
            if self._error is not None:
                raise OriginError(self._error)

    def _begin(self) -> None:
        before = self._parent.start() if self._parent is not None else empty_start(self._spec)
        goes_on = before.base_bits == self.base_bits
        texts = [before.text, *(self._data[number] for number in self._numbers)]
        ends = np.cumsum([len(text) for text in texts]).tolist()
        self._text = np.concatenate(texts)
        self._ends = (*before.ends, *ends[1:])
        self._training = BaseTraining(
            self._spec,
            self.base_bits,
            before.base if goes_on else None,
            self._text,
            self._ends[len(before.ends) if goes_on else 0 :],
            len(before.text) if goes_on else 0,
            self._notice,
        )
