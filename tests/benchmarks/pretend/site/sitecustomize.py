"""The driver of the pretended machine: what kompakt/driver.py asks libcuda.so.1."""

import ctypes

_MAJOR, _MINOR = 75, 76  # CUdevice_attribute
_load = ctypes.CDLL


def _answer(pointer, value) -> int:
    pointer._obj.value = value
    return 0


class _Driver:
    """One GPU of compute capability 9.0 under CUDA 13.0."""

    def cuInit(self, flags):
        return 0

    def cuDriverGetVersion(self, version):
        return _answer(version, 13000)

    def cuDeviceGetCount(self, count):
        return _answer(count, 1)

    def cuDeviceGet(self, device, number):
        return _answer(device, number)

    def cuDeviceGetName(self, name, size, device):
        name.value = b"pretended"
        return 0

    def cuDeviceTotalMem_v2(self, memory, device):
        return _answer(memory, 2 << 30)

    def cuDeviceGetAttribute(self, answer, attribute, device):
        return _answer(answer, {_MAJOR: 9, _MINOR: 0}.get(attribute, 0))  # as of what a driver does not know


class CDLL(_load):
    """Loads all other libraries as before."""

    def __new__(cls, name, *arguments, **options):
        if name == "libcuda.so.1":
            return _Driver()
        return _load.__new__(cls)


ctypes.CDLL = CDLL
