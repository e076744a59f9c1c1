"""Rows of throughput.csv, some bytes, one way, on one path, and of equality.csv."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from kompakt.model.spec import Spec

MB = 1e6


@dataclass(frozen=True, slots=True)
class Speed:
    """One timed pass. Rates are 10**6 raw bytes in a second; 0 where there is nothing to divide.

    path:      `backend` (blocks in memory), `batch` (files, this process), `command` (files, a new process),
               or a classical code, `huffman` or `rans` (blocks in memory, level 0)
    block_bytes: 0 where they follow from the size of the batch
    direction: `encode` or `decode`
    root_bytes: of what the blocks start from; 0 where they start empty, or in trees of their own
    blocks:    asked for at once; memory may hold fewer, and then `blocks_in_flight` are coded
    threads:   of the CPU, which codes what other blocks start from; 0 where it does nothing
    equal:     whether the decoded bytes are the original ones; empty where nothing was compared
    """

    machine: str
    path: str
    direction: str
    level: int
    block_bytes: int
    blocks: int = 0
    root_bytes: int = 0
    threads: int = 0
    blocks_in_flight: int = 0
    raw_bytes: int = 0
    coded_bytes: int = 0
    kernel_s: float = 0.0
    end_to_end_s: float = 0.0
    pinned_memory_s: float = 0.0
    copy_in_s: float = 0.0
    wait_s: float = 0.0
    copy_out_s: float = 0.0
    sm_mhz: str = ""
    equal: bool | None = None
    error: str = ""

    def row(self) -> dict[str, object]:
        """Return the columns, with the rates behind the seconds."""
        columns = {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        last = {name: columns.pop(name) for name in ("equal", "error")}
        rates = {
            "kernel_mb_per_s": self._rate(self.kernel_s),
            "end_to_end_mb_per_s": self._rate(self.end_to_end_s),
            "ratio": round(self.raw_bytes / self.coded_bytes, 4) if self.coded_bytes else 0,
        }
        return columns | rates | last

    def _rate(self, seconds: float) -> float:
        return round(self.raw_bytes / seconds / MB, 2) if seconds else 0.0


def equality_row(
    machine: str,
    against: str,
    what: str,
    spec: Spec,
    blocks: Sequence[np.ndarray],
    root_bytes: int,
    difference: str,
) -> dict[str, object]:
    """Return the row of blocks that a GPU coded, compared with `against`: golden streams or a CPU."""
    return {
        "machine": machine,
        "against": against,
        "what": what,
        "level": spec.level,
        "spec": spec.compiled_as.spec_id,
        "blocks": len(blocks),
        "largest_block_bytes": max(block.size for block in blocks),
        "root_bytes": root_bytes,
        "bytes": sum(block.size for block in blocks),
        "equal": not difference,
        "difference": difference,
    }
