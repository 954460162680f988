"""Measure what a scope costs in a worker of Huey, on Redis: an empty task without `install()` and with it.

What is installed concerns every task of its Huey, so it is taken away and put back between the blocks.
"""

import signal
import sys
from typing import Any

from huey import RedisHuey
from working import Stamps, Work, run, worker_process

from airlock.integrations.huey import install, uninstall

NAME = "airlockbenchworker"

stamps = Stamps(f"{NAME}:stamps", database=3)
app: Any = RedisHuey(NAME, url=stamps.url)
# When the worker starts, Huey tells what is installed by then.
install(app)
installed = True


@app.task()
def empty(order: int, user: int) -> None:
    """Do nothing."""


@app.task()
def begin(with_scopes: bool) -> None:
    """Say how long the process has worked, and have the scopes in place or not."""
    global installed
    if with_scopes != installed:
        (install if with_scopes else uninstall)(app)
        installed = with_scopes
    stamps.stamp()


class HueyWork(Work):
    """A consumer with one thread."""

    stamps = stamps

    def send(self, with_scopes: bool, count: int) -> None:
        for number in range(count):
            empty(number, number)

    def begin(self, with_scopes: bool) -> None:
        begin(with_scopes)

    def worker(self) -> Any:
        arguments = ["-m", "huey.bin.huey_consumer", "worker.app", "--quiet", "--no-periodic", "--workers=1"]
        return worker_process(__file__, *arguments, stop=signal.SIGINT)

    def forget(self) -> None:
        app.flush()
        stamps.forget()


if __name__ == "__main__":
    # Huey names a task after its module, and this one has another name in the worker.
    import worker

    sys.exit(run(__doc__, worker.HueyWork()))
