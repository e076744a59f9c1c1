"""A GPU that takes the time of what it is asked to do; for the place of kompakt.kernels.gpu.Gpu.

On the host: seconds until each call returned, by Timers. On the device: seconds of kernels, by events.
"""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.gpu.timers import Timers

HOST_PARTS = {
    "pinned": "pinned memory",
    "array": "device memory",
    "upload": "copy in",
    "wait": "wait for GPU",
    "wait_for": "wait for GPU",
}


class TimedGpu:
    """`gpu`, with the time of its methods counted by `timers`."""

    def __init__(self, gpu, timers: Timers | None = None):
        self._gpu = gpu
        self._launched_on: set[int] = set()
        self.reset(timers or Timers())

    def reset(self, timers: Timers) -> None:
        """Count from zero, in `timers`."""
        self.timers = timers
        self._kernels: list[tuple] = []  # events before and behind, and warps
        for method, part in HOST_PARTS.items():
            setattr(self, method, timers.function(part, getattr(self._gpu, method)))

    def __getattr__(self, name: str):
        return getattr(self._gpu, name)

    @property
    def kernel_s(self) -> float:
        """Seconds in which at least one kernel launched since `reset` ran; all must have ended."""
        seconds = until = 0.0
        for begin, end, _ in self._spans():
            seconds += max(end - max(begin, until), 0.0)
            until = max(end, until)
        return seconds

    @property
    def warps_in_flight(self) -> int:
        """Most warps of kernels launched since `reset` at once; all must have ended."""
        spans = self._spans()
        return max(
            (sum(warps for b, e, warps in spans if b <= begin < e) for begin, _, _ in spans), default=0
        )

    def _spans(self) -> list[tuple[float, float, int]]:
        """Return begin and end of each kernel, seconds after the first event, and its warps, in order."""
        if not self._kernels:
            return []
        zero = self._kernels[0][0]
        seconds = self._gpu.seconds_between
        return sorted(
            (seconds(zero, before), seconds(zero, behind), n) for before, behind, n in self._kernels
        )

    def download(self, source, target: np.ndarray, stream) -> None:
        """Copy out. A copy to common memory would wait for the kernel before it: that is counted apart."""
        if id(stream) in self._launched_on:
            self._launched_on.remove(id(stream))
            self.wait(stream)
        with self.timers.timing("copy out"):
            self._gpu.download(source, target, stream)

    def load(self, images: Sequence[bytes], name: str, *shared: object) -> Callable:
        """Return a launch like that of the GPU, with events before and behind the kernel."""
        with self.timers.timing("load kernel"):
            real = self._gpu.load(images, name, *shared)

        def launch(ctas: int, warps_of_cta: int, stream, arguments) -> None:
            with self.timers.timing("launch"):
                before = self._gpu.event(stream, timed=True)
                real(ctas, warps_of_cta, stream, arguments)
                self._kernels.append((before, self._gpu.event(stream, timed=True), ctas * warps_of_cta))
            self._launched_on.add(id(stream))

        return launch
