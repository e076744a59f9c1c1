"""What the driver's compiler says about PTX that it refuses; CuPy only gives the error's number."""

import ctypes

INFO_LOG, INFO_LOG_BYTES, ERROR_LOG, ERROR_LOG_BYTES = 3, 4, 5, 6  # CUjit_option
LOG_BYTES = 1 << 16


def driver_log(image: bytes) -> str:
    """Load PTX or machine code once more in the current context, and return the driver's words about it."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        return f"no log of the driver: {error}"
    info, errors = ctypes.create_string_buffer(LOG_BYTES), ctypes.create_string_buffer(LOG_BYTES)
    names = (ctypes.c_int * 4)(INFO_LOG, INFO_LOG_BYTES, ERROR_LOG, ERROR_LOG_BYTES)
    values = (ctypes.c_void_p * 4)(ctypes.addressof(info), LOG_BYTES, ctypes.addressof(errors), LOG_BYTES)
    module = ctypes.c_void_p()
    code = cuda.cuModuleLoadDataEx(ctypes.byref(module), image, 4, names, values)
    return f"driver, code {code}: {errors.value.decode()} {info.value.decode()}"
