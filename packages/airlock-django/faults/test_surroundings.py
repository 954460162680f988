"""What is around the processes fails: the network, the broker, the disk, the clock."""

from collections.abc import Callable

import pytest
from storm.checking import Report
from storm.database import count_pending
from storm.processes import manage

from conftest import KIND


@pytest.mark.skipif(KIND == "sqlite", reason="there is no network to a file")
def test_a_commit_whose_acknowledgement_is_lost_is_sent_by_a_relay(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    lost = variables | {"FAULTS_SURROUNDINGS": "lost-acknowledgements"}
    assert manage(lost, "produce", "--count", "3", "--shape", "in_one").wait(60) == 0
    assert count_pending()
    report = relay_the_rest()
    assert not report.faults, report
    assert report.committed
    assert not report.duplicated


def test_a_broker_that_is_down_every_second_time_uses_up_no_attempts(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    down = {"FAULTS_DOWN": "0.5", "FAULTS_ATTEMPTS": "1"}
    assert manage(variables | down, "produce", "--count", "3", "--shape", "nested").wait(60) == 0
    report = relay_the_rest(**down)
    assert not report.faults, report
    assert report.committed
    assert not report.dead


@pytest.mark.parametrize(("writer", "relay"), [("clock-ahead", "clock-behind"), ("clock-behind", "clock-ahead")])
def test_clocks_that_are_wrong_change_nothing(
    variables: dict[str, str], relay_the_rest: Callable[..., Report], writer: str, relay: str
) -> None:
    wrong = variables | {"FAULTS_SURROUNDINGS": writer, "FAULTS_DOWN": "1"}
    assert manage(wrong, "produce", "--count", "3", "--shape", "nested").wait(60) == 0
    report = relay_the_rest(FAULTS_SURROUNDINGS=relay)
    assert not report.faults, report
    assert report.committed


@pytest.mark.skipif(KIND != "sqlite", reason="the disk of a server is not filled here")
def test_a_full_disk_fails_the_unit_of_work_and_nothing_leaks(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    full = variables | {"FAULTS_SURROUNDINGS": "disk-full"}
    assert manage(full, "produce", "--count", "3", "--shape", "thousands").wait(60) == 1
    report = relay_the_rest()
    assert not report.faults, report
    assert not report.committed
