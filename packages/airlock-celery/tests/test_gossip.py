"""Workers that gossip, mingle and send heartbeats do with the intercept what they do without it."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from celery_support.observing import wait_until, watched

pytestmark = pytest.mark.server
MODULE = "celery_support.control_flow"
# What some patterns of that module make happen, in any order.
TABLE = {
    "autoretry": ["attempt 0", "attempt 1", "attempt 2"],
    "chain_of_groups": ["a", "b", "c", "d"],
    "chord_of_two": ["a", "b", "body of 2"],
    "link": ["a", "linked"],
    "lone_signature": ["a", "b"],
    "replace": ["replacement", "replacing"],
    "retry_in_chain": ["attempt 0", "attempt 1", "attempt 2", "next"],
}


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
@pytest.mark.parametrize("mode", ["plain", "intercept"])
def test_control_flow_is_the_same_among_workers_that_gossip(mode: str, broker: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        side = stack.enter_context(watched(broker, f"gossip-{mode}", mode, tmp_path))
        for number in (1, 2):
            name = f"{side.queue}-{number}@%h"
            stack.enter_context(side.worker("--hostname", name, module=MODULE, gossips=True))
        for name in TABLE:
            side.send("drive", name, name, module=MODULE)
        assert {name: sorted(side.wait_for(name, len(TABLE[name]))) for name in TABLE} == TABLE
        assert wait_until(lambda: side.depth() == 0)
        assert "Traceback" not in side.log.read_text()
