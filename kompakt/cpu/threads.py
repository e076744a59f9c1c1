"""How many threads and how much memory this process may use."""

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")
_MEMORY_SHARE = 0.8


def usable_threads() -> int:
    """Return the cores this process may use: affinity, bounded by a Slurm job and a cgroup quota."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    slurm = os.environ.get("SLURM_CPUS_PER_TASK", "")
    if slurm.isdecimal() and int(slurm) > 0:
        cores = min(cores, int(slurm))
    quota = _cgroup_values("cpu.max")
    if len(quota) == 2 and quota[0].isdecimal() and int(quota[1]) > 0:
        cores = min(cores, -(-int(quota[0]) // int(quota[1])))
    return max(cores, 1)


def usable_memory_bytes() -> int:
    """Return the bytes that models may take: 80 % of what is available here or left in the cgroup."""
    available = 1 << 62
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                available = int(line.split()[1]) << 10
    except OSError:
        available = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit, used = _cgroup_values("memory.max"), _cgroup_values("memory.current")
    if limit and used and limit[0].isdecimal() and used[0].isdecimal():
        available = min(available, int(limit[0]) - int(used[0]))
    return max(int(available * _MEMORY_SHARE), 0)


def _cgroup_values(name: str) -> list[str]:
    try:
        own = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].lstrip("/")
        for folder in (_CGROUP / own, _CGROUP):
            if (folder / name).is_file():
                return (folder / name).read_text().split()
    except OSError:
        pass
    return []
