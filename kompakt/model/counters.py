"""Direct counters: how fast they move, by the bit history beside them or by visits of their own.

Read from the history, the rate rises again after a surprise, and never falls below 1/37. With visits of its
own a counter becomes an average over all it has seen, down to a rate of 1/`counter_limit`: it knows what the
history, which forgets, does not. The visits lie in the bucket 16 bytes behind the histories.
"""

from kompakt.model.compiling import inlined
from kompakt.model.lanes import item_place
from kompakt.model.words import i32, u8, u32

VISITS = u32(16)
"""From the place of a node's history in its bucket to that of its visits, in bytes."""


@inlined
def counter_rate(state, tables, numbers, bucket, node, seen):
    """Return the rate, int32 with 15 bits of fraction, of the counter of `node`, whose history is `seen`."""
    if numbers.counter_limit == u32(0):
        return i32(tables.rate[seen])
    at = item_place(bucket, numbers.bucket_shift, u32(node + VISITS))
    return i32(tables.reciprocal[u32(state.histories[at])])


@inlined
def count_visit(state, numbers, bucket, node):
    """Count that the counter of `node` has moved."""
    if numbers.counter_limit != u32(0):
        at = item_place(bucket, numbers.bucket_shift, u32(node + VISITS))
        state.histories[at] = u8(min(u32(u32(state.histories[at]) + u32(1)), numbers.counter_limit))
