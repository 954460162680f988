"""A process is killed at each step: nothing is lost, nothing leaks, and the order holds."""

import signal
from collections.abc import Callable

import pytest
from storm.checking import Report
from storm.database import count_pending
from storm.processes import manage

OUTBOX = "airlock.integrations.django.outbox"
COMMIT = "django.db.backends.base.base.BaseDatabaseWrapper._commit"
SEND = "storm.recorder.Recorder.write"

WRITER = {
    "in the body": "after storm.producing.Work.want 1",
    "before the entries are inserted": f"before {OUTBOX}._record.insert_entries 1",
    "before the commit": f"after {OUTBOX}._record.insert_entries 1",
    "after the commit": f"after {COMMIT} 1",
    "before the first intent is sent": f"before {SEND} 1",
    "after the first intent is sent": f"after {SEND} 1",
    "before the sixth intent is sent": f"before {SEND} 6",
    "after the sixth intent is sent": f"after {SEND} 6",
    "before the entries are deleted": f"before {OUTBOX}._fast_path.delete_sent 1",
    "after the entries are deleted": f"after {OUTBOX}._fast_path.delete_sent 1",
}
RELAY = {
    "before the claim": f"before {OUTBOX}._relay.claim 1",
    "between the claim and the first intent": f"after {OUTBOX}._relay.claim 1",
    "before the first intent is sent": f"before {SEND} 1",
    "after the sixth intent is sent": f"after {SEND} 6",
    "before the entries are deleted": f"before {OUTBOX}._acknowledge.delete_sent 1",
    "after the entries are deleted": f"after {OUTBOX}._acknowledge.delete_sent 1",
}


@pytest.mark.parametrize("point", WRITER)
def test_a_writer_that_is_killed_loses_and_leaks_nothing(
    variables: dict[str, str], relay_the_rest: Callable[..., Report], point: str
) -> None:
    writer = manage(variables | {"FAULTS_KILL": WRITER[point]}, "produce", "--count", "3", "--shape", "nested")
    assert writer.wait(60) == -signal.SIGKILL
    report = relay_the_rest()
    assert not report.faults, report
    assert report.duplicated <= report.committed
    assert bool(report.committed) == (point not in list(WRITER)[:3])


@pytest.mark.parametrize("point", RELAY)
def test_a_relay_that_is_killed_loses_and_leaks_nothing(
    variables: dict[str, str], relay_the_rest: Callable[..., Report], point: str
) -> None:
    # A backend that is down for the writer leaves everything to the relay.
    writer = manage(variables | {"FAULTS_DOWN": "1"}, "produce", "--count", "3", "--shape", "nested")
    assert writer.wait(60) == 0
    assert count_pending()
    relay = manage(variables | {"FAULTS_KILL": RELAY[point]}, "airlock_relay")
    assert relay.wait(60) == -signal.SIGKILL
    report = relay_the_rest()
    assert not report.faults, report
    assert report.committed
    assert not report.dead


def test_a_scope_of_thousands_that_is_killed_half_way_is_sent_again_in_part_only(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    chunk = 500
    environment = variables | {"FAULTS_CHUNK": str(chunk)}
    kill = {"FAULTS_KILL": f"after {SEND} 50"}
    assert manage(environment | kill, "produce", "--count", "1", "--shape", "thousands").wait(60) == -signal.SIGKILL
    kill = {"FAULTS_KILL": f"after {SEND} 5250"}
    assert manage(environment | kill, "airlock_relay").wait(120) == -signal.SIGKILL
    report = relay_the_rest()
    assert not report.faults, report
    assert report.committed == 10_000
    assert report.duplicated <= 2 * chunk
