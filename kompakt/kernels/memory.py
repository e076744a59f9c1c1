"""Arrays over memory that a kernel already has, without slices and their bounds arithmetic."""

from llvmlite import ir
from numba.core.errors import RequireLiteralValue
from numba.cuda import cgutils, types
from numba.cuda.extending import intrinsic
from numba.cuda.np.arrayobj import populate_array


def _array(context, builder, kind, data, count, stride):
    """Return the LLVM value of a one-dimensional array of Numba type `kind`."""
    array = context.make_array(kind)(context, builder)
    item = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    step = item if stride is None else stride
    populate_array(array, data=data, shape=(count,), strides=(step,), itemsize=item, meminfo=None)
    return array._getvalue()


@intrinsic
def array_at(typingctx, memory, offset, count, kind):
    """Return the array of `count` items of NumPy type `kind` that begins `offset` bytes into `memory`.

    memory: any array; nothing is checked
    offset: uint64, a multiple of the item's size
    """
    result = types.Array(kind.instance_type, 1, "C")

    def generate(context, builder, signature, arguments):
        view = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        start = builder.gep(builder.bitcast(view.data, ir.IntType(8).as_pointer()), [arguments[1]])
        data = builder.bitcast(start, context.get_data_type(result.dtype).as_pointer())
        return _array(context, builder, result, data, arguments[2], None)

    return result(memory, types.uint64, types.intp, kind), generate


@intrinsic
def lane_cells(typingctx, count, kind):
    """Return an array of `count` items in which all indices are one item of the calling thread's own.

    For arrays of which each lane reads and writes only the item of its own number: that item then lives
    in a register.
    """
    result = types.Array(kind.instance_type, 1, "A")

    def generate(context, builder, signature, arguments):
        data = cgutils.alloca_once(builder, context.get_data_type(result.dtype))
        return _array(context, builder, result, data, arguments[0], context.get_constant(types.intp, 0))

    return result(types.intp, kind), generate


@intrinsic
def own_cells(typingctx, memory, offset, count, kind):
    """Return lane_cells(count, kind) where array_at() would return shared memory."""
    result = types.Array(kind.instance_type, 1, "A")

    def generate(context, builder, signature, arguments):
        data = cgutils.alloca_once(builder, context.get_data_type(result.dtype))
        return _array(context, builder, result, data, arguments[2], context.get_constant(types.intp, 0))

    return result(memory, types.uint64, types.intp, kind), generate


@intrinsic
def thread_array(typingctx, count, kind):
    """Return an uninitialised array of `count` items of the calling thread's own.

    Where every index is known at compile time its items live in registers.
    """
    if not isinstance(count, types.IntegerLiteral):
        raise RequireLiteralValue("the length of an array in registers must be a constant")
    result = types.Array(kind.instance_type, 1, "C")

    def generate(context, builder, signature, arguments):
        items = ir.ArrayType(context.get_data_type(result.dtype), count.literal_value)
        memory = builder.bitcast(cgutils.alloca_once(builder, items), items.element.as_pointer())
        length = context.get_constant(types.intp, count.literal_value)
        return _array(context, builder, result, memory, length, None)

    return result(count, kind), generate
