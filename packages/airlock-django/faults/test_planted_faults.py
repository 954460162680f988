"""The checker finds the faults that are planted: what finds nothing elsewhere would have found them."""

import signal
from collections.abc import Callable

from storm.checking import Report
from storm.processes import manage
from test_kill_points import OUTBOX, SEND


def produce(variables: dict[str, str], shape: str = "many", **environment: str) -> int:
    return manage(variables | environment, "produce", "--count", "4", "--shape", shape).wait(60)


def test_entries_that_are_written_after_the_commit_are_lost(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    killed = produce(variables, FAULTS_PLANTED="recorded-after-commit", FAULTS_KILL=f"before {SEND} 3")
    assert killed == -signal.SIGKILL
    assert relay_the_rest().lost


def test_intents_that_are_sent_before_the_commit_leak(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    assert produce(variables, "rolled_back", FAULTS_PLANTED="sent-before-commit") == 0
    assert relay_the_rest().leaked


def test_parts_that_do_not_wait_for_each_other_are_out_of_order(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    assert produce(variables, FAULTS_DOWN="1") == 0
    assert relay_the_rest(2, FAULTS_PLANTED="no-order-between-parts", FAULTS_BAD="0.2").out_of_order


def test_entries_that_are_deleted_before_they_are_sent_are_lost(
    variables: dict[str, str], relay_the_rest: Callable[..., Report]
) -> None:
    assert produce(variables, FAULTS_DOWN="1") == 0
    planted = {"FAULTS_PLANTED": "deleted-before-sent", "FAULTS_KILL": f"before {SEND} 2"}
    assert manage(variables | planted, "airlock_relay").wait(60) == -signal.SIGKILL
    assert relay_the_rest().lost


def test_an_intent_under_another_id_is_found(variables: dict[str, str], relay_the_rest: Callable[..., Report]) -> None:
    killed = produce(variables, FAULTS_KILL=f"after {OUTBOX}._fast_path.deliver 1")
    assert killed == -signal.SIGKILL
    report = relay_the_rest(FAULTS_PLANTED="changed-ids")
    assert report.changed_ids
    assert report.leaked
