import json
from itertools import islice

from benchmarks.heartbeats import PERIOD_S, SERVICES, lines


def test_every_service_reports_once_a_period() -> None:
    beats = [json.loads(line) for line in islice(lines(), 3 * len(SERVICES))]
    assert [beat["service"] for beat in beats] == 3 * list(SERVICES)
    assert {beat["time"][-3:] for beat in beats} == {f"{PERIOD_S * beat:02}Z" for beat in range(3)}


def test_equal_seeds_make_equal_logs() -> None:
    assert list(islice(lines(1), 500)) == list(islice(lines(1), 500)) != list(islice(lines(2), 500))
