"""How fast a batch becomes an archive on a GPU of this machine, cut as packing would cut it."""

from kompakt.driver import VisibleGpu
from kompakt.estimate.gpu_speed import Card, Host, Plan, Prediction, expected
from kompakt.model.spec import spec_for_level
from kompakt.tree import block_bytes_of, child_bits_of


def expected_on(gpu: VisibleGpu, level: int, batch_bytes: int, host: Host) -> Prediction | None:
    """Return what to expect of one group of `batch_bytes`; None of a GPU that is too old to tell."""
    return expected(Card.of(gpu), level, batch_bytes, plan_of(level, batch_bytes), host)


def plan_of(level: int, batch_bytes: int) -> Plan:
    """Return how one group of `batch_bytes` is cut."""
    block_bytes = block_bytes_of(level, batch_bytes, batch_bytes)
    bits = spec_for_level(level).table_bits_for(block_bytes)
    most_bits = child_bits_of(level, batch_bytes, batch_bytes)
    return Plan(block_bytes, bits if most_bits is None else min(bits, most_bits))
