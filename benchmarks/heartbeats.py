"""A log of heartbeats: ten services report every ten seconds, and hardly anything ever changes.

python -m benchmarks.heartbeats OUT.jsonl [--mb 60]
"""

import argparse
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

SERVICES = ("api", "auth", "billing", "cache", "gateway", "mailer", "queue", "scheduler", "search", "storage")
PERIOD_S = 10
START = datetime(2026, 1, 1, tzinfo=UTC)
CHANGES_EVERY = 500
"""One line in so many has another status, or another number of connections, than its service had before."""


def lines(seed: int = 0) -> Iterator[str]:
    """Yield the lines of the log, JSON objects, without end."""
    source = random.Random(seed)
    status = dict.fromkeys(SERVICES, "ok")
    connections = dict.fromkeys(SERVICES, 12)
    beat = 0
    while True:
        time = (START + timedelta(seconds=PERIOD_S * beat)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for number, service in enumerate(SERVICES):
            if source.randrange(CHANGES_EVERY) == 0:
                status[service] = source.choice(("ok", "ok", "ok", "degraded"))
                connections[service] = source.randrange(8, 17)
            yield (
                f'{{"time": "{time}", "level": "info", "event": "heartbeat", "service": "{service}", '
                f'"host": "node-{number + 1:02}", "status": "{status[service]}", '
                f'"connections": {connections[service]}, "version": "2.14.3"}}\n'
            )
        beat += 1


def main() -> None:
    """Write a log of at least so many megabytes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--mb", type=float, default=60)
    arguments = parser.parse_args()
    left_bytes = int(arguments.mb * 1e6)
    with open(arguments.out, "w", encoding="ascii") as file:
        for line in lines():
            file.write(line)
            left_bytes -= len(line)
            if left_bytes <= 0:
                break


if __name__ == "__main__":
    main()
