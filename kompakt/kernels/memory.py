"""Arrays over memory that a kernel already has, without slices and their bounds arithmetic."""

import operator

import numpy as np
from llvmlite import ir
from numba.core.errors import RequireLiteralValue
from numba.cuda import cgutils, types
from numba.cuda.datamodel import models
from numba.cuda.extending import intrinsic, overload, register_model
from numba.cuda.np.arrayobj import populate_array

_INLINE = {"forceinline": True}
_GLOBAL = 1  # NVVM's address space of device memory


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
def array_behind(typingctx, address, count, kind):
    """Return the array of `count` items of NumPy type `kind` at an address of device memory, uint64."""
    result = types.Array(kind.instance_type, 1, "C")

    def generate(context, builder, signature, arguments):
        data = _device_pointer(builder, arguments[0], context.get_data_type(result.dtype))
        return _array(context, builder, result, data, arguments[1], None)

    return result(types.uint64, types.intp, kind), generate


def _device_pointer(builder, address, item):
    """Return the pointer to `item` at a number; of a number alone nobody knows that it is device memory."""
    return builder.addrspacecast(
        builder.inttoptr(address, item.as_pointer(_GLOBAL)), item.as_pointer(), "generic"
    )


class FarArray(types.Type):
    """Type of an array whose address and length are looked up in memory each time it is read."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(f"FarArray({dtype})")


@register_model(FarArray)
class _FarArrayModel(models.StructModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, [("place", types.CPointer(types.uint64))])


@intrinsic
def far_array(typingctx, memory, offset, kind):
    """Return a FarArray whose uint64 address lies `offset` bytes into `memory`, and its length behind it.

    For what is read too rarely to keep its address in registers: with `memory` shared, none are needed.
    """
    result = FarArray(kind.instance_type)

    def generate(context, builder, signature, arguments):
        view = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        start = builder.gep(builder.bitcast(view.data, ir.IntType(8).as_pointer()), [arguments[1]])
        far = cgutils.create_struct_proxy(result)(context, builder)
        far.place = builder.bitcast(start, ir.IntType(64).as_pointer())
        return far._getvalue()

    return result(memory, types.uint64, kind), generate


def _item_pointer(context, builder, kind, array, index):
    """Return the LLVM pointer to an item of an array or FarArray."""
    if not isinstance(kind, FarArray):
        return builder.gep(context.make_array(kind)(context, builder, value=array).data, [index])
    far = cgutils.create_struct_proxy(kind)(context, builder, value=array)
    data = _device_pointer(builder, builder.load(far.place), context.get_data_type(kind.dtype))
    return builder.gep(data, [index])


@intrinsic
def item_address(typingctx, array, index):
    """Return where item `index` of an array or FarArray lies, uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ptrtoint(_item_pointer(context, builder, array, *arguments), ir.IntType(64))

    return types.uint64(array, types.uint64), generate


@intrinsic
def _far_item(typingctx, array, index):
    def generate(context, builder, signature, arguments):
        return builder.load(_item_pointer(context, builder, array, *arguments))

    return array.dtype(array, types.uint64), generate


@intrinsic
def _far_length(typingctx, array):
    def generate(context, builder, signature, arguments):
        far = cgutils.create_struct_proxy(array)(context, builder, value=arguments[0])
        return builder.load(builder.gep(far.place, [ir.Constant(ir.IntType(32), 1)]))

    return types.uint64(array), generate


@overload(operator.getitem, jit_options=_INLINE)
def _getitem(array, index):
    if isinstance(array, FarArray):
        return lambda array, index: _far_item(array, np.uint64(index))
    return None


@overload(len, jit_options=_INLINE)
def _len(array):
    if isinstance(array, FarArray):
        return lambda array: _far_length(array)
    return None


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
