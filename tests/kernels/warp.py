"""A warp in plain Python: 32 threads of which one runs at a time, in a shuffled order after each meeting.

Lanes meet in lane_sum() and lane_sync(). Only lane_sync() orders memory, as on a GPU. A `Watched` array
therefore refuses an item that two lanes touch between two lane_syncs when one of them writes: that is a race
whichever lane comes first, unless all lanes write the same value.
"""

import random
import threading

import numpy as np

from kompakt.kernels import words
from kompakt.model.lanes import WARP_LANES, enter_warp


class RaceError(Exception):
    """Two lanes touched the same item without a lane_sync between them."""


class Watched:
    """One-dimensional array that knows which lanes touched which item since the last lane_sync."""

    def __init__(self, name: str, array: np.ndarray, warp: "Warp"):
        self.array = array
        self._name = name
        self._warp = warp
        self._epoch = -1
        self._readers: dict[int, set[int]] = {}
        self._writers: dict[int, set[int]] = {}

    def __len__(self):
        return len(self.array)

    def __getitem__(self, index):
        index, lane = self._touch(index)
        if self._writers.get(index, {lane}) != {lane} and lane not in self._writers[index]:
            raise RaceError(f"lane {lane} reads {self._name}[{index}], written by {self._writers[index]}")
        self._readers.setdefault(index, set()).add(lane)
        return self.array[index]

    def __setitem__(self, index, value):
        index, lane = self._touch(index)
        if self._readers.get(index, {lane}) != {lane}:
            raise RaceError(f"lane {lane} writes {self._name}[{index}], read by {self._readers[index]}")
        writers = self._writers.setdefault(index, set())
        if writers - {lane} and self.array[index] != value:
            raise RaceError(f"lane {lane} writes {self._name}[{index}] otherwise than {writers}")
        writers.add(lane)
        self.array[index] = value

    def _touch(self, index) -> tuple[int, int]:
        if self._epoch != self._warp.epoch:
            self._epoch = self._warp.epoch
            self._readers.clear()
            self._writers.clear()
        return int(index), self._warp.running


class Warp:
    """Runs a function in 32 lanes; `seed` fixes the order in which they go from meeting to meeting."""

    def __init__(self, seed: int):
        self.epoch = 0
        self.running = 0
        self._random = random.Random(seed)
        self._turns = [threading.Lock() for _ in range(WARP_LANES)]  # a lane runs when its lock opens
        self._waiting: list[int] = []
        self._calls: list[tuple[str, int]] = []
        self._total = 0
        self._error: BaseException | None = None

    def run(self, function, arguments) -> list:
        """Return what function(*arguments(lane)) returned in each lane. Raises what the first lane raised."""
        results = [None] * WARP_LANES
        threads = [
            threading.Thread(target=self._lane, args=(lane, function, arguments, results), daemon=True)
            for lane in range(WARP_LANES)
        ]
        self._shuffle()
        for turn in self._turns:
            turn.acquire()
        for thread in threads:
            thread.start()
        self._next()
        for thread in threads:
            thread.join()
        if self._error is not None:
            raise self._error
        return results

    def meet(self, lane: int, word: str, value: int) -> int:
        """Wait until every lane is here with the same `word`; return the wrapping int32 sum of values."""
        self._calls.append((word, value))
        if len(self._calls) == WARP_LANES:
            if len({word for word, _ in self._calls}) != 1:
                raise RaceError(f"lanes meet in different calls: {sorted(w for w, _ in self._calls)}")
            self._total = np.array([v for _, v in self._calls], np.int64).sum().astype(np.int32)
            self.epoch += word == "sync"
            self._calls.clear()
            self._shuffle()
        self._next()
        self._wait(lane)
        return self._total

    def _lane(self, lane: int, function, arguments, results) -> None:
        enter_warp(_Lane(self, lane))
        try:
            self._wait(lane)
            with np.errstate(over="ignore"):
                results[lane] = function(*arguments(lane))
            self.meet(lane, "end", 0)
        except _StoppedError:
            pass
        except BaseException as error:
            self._fail(error)
        if self._waiting and self._error is None:
            self._next()

    def _wait(self, lane: int) -> None:
        self._turns[lane].acquire()
        if self._error is not None:
            raise _StoppedError
        self.running = lane

    def _next(self) -> None:
        self._turns[self._waiting.pop()].release()

    def _shuffle(self) -> None:
        self._waiting = self._random.sample(range(WARP_LANES), WARP_LANES)

    def _fail(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error
            for turn in self._turns:
                if turn.locked():
                    turn.release()


class _StoppedError(Exception):
    """Ends the other lanes once one has failed."""


class _Lane:
    """What lane functions ask in one thread; most answers are those that are compiled for CUDA."""

    step = np.uint32(WARP_LANES)
    lane_from = staticmethod(words.lane_from)
    worth_doing = staticmethod(words.worth_doing)
    lanes_with = staticmethod(words.lanes_with)
    lanes_without = staticmethod(words.lanes_without)
    usual_or = staticmethod(words.usual_or)
    looked_up = staticmethod(words.looked_up)

    def __init__(self, warp: Warp, lane: int):
        self.first = np.uint32(lane)
        self._warp = warp
        self._number = lane

    def sum(self, value):
        return self._warp.meet(self._number, "sum", int(value))

    def sync(self) -> None:
        self._warp.meet(self._number, "sync", 0)


class LaneCell:
    """An array of which a lane has one item, as in a kernel: whatever the index, it is that one."""

    def __init__(self, array: np.ndarray):
        self._length = len(array)
        self._item = array.dtype.type(0)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index):
        return self._item

    def __setitem__(self, index, value) -> None:
        self._item = value
