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
}


class TimedGpu:
    """`gpu`, with the time of its methods counted by `timers`.

    warps_in_flight: most warps that a launch since `reset` had
    """

    def __init__(self, gpu, timers: Timers | None = None):
        self._gpu = gpu
        self._launched_on: set[int] = set()
        self.reset(timers or Timers())

    def reset(self, timers: Timers) -> None:
        """Count from zero, in `timers`."""
        self.timers = timers
        self.warps_in_flight = 0
        self._kernels: list[tuple] = []
        for method, part in HOST_PARTS.items():
            setattr(self, method, timers.function(part, getattr(self._gpu, method)))

    def __getattr__(self, name: str):
        return getattr(self._gpu, name)

    @property
    def kernel_s(self) -> float:
        """Seconds of all kernels launched since `reset`, which must have ended."""
        return sum(self._gpu.seconds_between(*events) for events in self._kernels)

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
                self._kernels.append((before, self._gpu.event(stream, timed=True)))
            self._launched_on.add(id(stream))
            self.warps_in_flight = max(self.warps_in_flight, ctas * warps_of_cta)

        return launch
