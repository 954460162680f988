"""Watching from outside what workers do."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

import redis
from airlock_conformance.servers import require_server
from airlock_conformance.workers import wait_until, worker_process
from dramatiq import Message
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker

from dramatiq_support import actors, queues

PLAIN = ("-m", "dramatiq")
# What the program `dramatiq-gevent` does.
GEVENT = (
    "-c",
    "from gevent import monkey; monkey.patch_all(); import sys; from dramatiq.cli import main; sys.exit(main())",
)
_numbers = count()


class Watched:
    """A queue with the workers of `scoped_app`, and what these write down in Redis."""

    def __init__(self, server: str, name: str, mode: str, folder: Path) -> None:
        self.server = server
        self.queue = f"airlock-dramatiq-{server}-{name}-{next(_numbers)}"
        self.log = folder / f"{self.queue}.log"
        self.redis = redis.Redis.from_url(require_server(actors.REDIS_URL), decode_responses=True)
        url = actors.REDIS_URL if server == "redis" else actors.rabbitmq_url()
        if server == "redis":
            self.broker: Any = RedisBroker(url=url, namespace=self.queue, middleware=[])
        else:
            require_server(actors.RABBITMQ_URL)
            self.broker = RabbitmqBroker(url=url, middleware=[])
        self.broker.declare_queue(self.queue)
        self.settings = {"url": url, "queue": self.queue, "mode": mode}

    @contextmanager
    def worker(
        self, *arguments: str, module: str = "units", program: tuple[str, ...] = PLAIN, threads: int = 4
    ) -> Generator[Popen[bytes], None, None]:
        """Run the program that comes with Dramatiq."""
        environment = {
            "AIRLOCK_DRAMATIQ_WORKER": json.dumps(self.settings),
            "PYTHONUNBUFFERED": "1",
            "dramatiq_worker_timeout": "100",
        }
        with worker_process(
            *program,
            f"dramatiq_support.{module}:broker",
            "--processes=1",
            f"--threads={threads}",
            *(arguments or ("--worker-shutdown-timeout=10000",)),
            folder=Path(__file__).parent.parent,
            environment=environment,
            log=self.log,
            patience=30,
            may_end=True,
        ) as self.process:
            yield self.process

    def run_of(self, name: str) -> str:
        """Return the key under which a run writes down what happens."""
        return f"{self.queue}:run:{name}"

    def send(self, actor: str, name: str, **kwargs: Any) -> None:
        """Send a message, to write down what happens under a name."""
        self.redis.incr(f"{self.queue}:pending")
        kwargs["run"] = self.run_of(name)
        self.broker.enqueue(Message(self.queue, actor, (), kwargs, {}))

    def events(self, name: str) -> list[str]:
        """Return what has happened, oldest first."""
        found: Any = self.redis.lrange(self.run_of(name), 0, -1)
        return found

    def ends(self, name: str) -> list[str]:
        """Return how executions have ended, in any order."""
        found: Any = self.redis.lrange(f"{self.run_of(name)}:ends", 0, -1)
        return sorted(found)

    def wait_for(self, name: str, number: int) -> list[str]:
        """Wait until a number of things have happened."""
        wait_until(lambda: len(self.events(name)) >= number)
        return self.events(name)

    def pending(self) -> int:
        """Return how many messages are on their way, or in hand."""
        found: Any = self.redis.get(f"{self.queue}:pending")
        return int(found or 0)

    def is_idle(self) -> bool:
        """Wait until no message is on its way, and return whether that is so."""
        wait_until(lambda: self.pending() == 0 or self.process.poll() is not None)
        return self.pending() == 0

    def go(self, name: str) -> None:
        """Let an actor that waits go on."""
        self.redis.rpush(f"{self.run_of(name)}:go", "go")

    def close(self) -> None:
        """Leave nothing behind."""
        for key in self.redis.scan_iter(f"{self.queue}:*"):
            self.redis.delete(key)
        self.redis.close()
        self.broker.close()
        if self.server == "rabbitmq":
            queues.forget_rabbitmq(self.queue)


@contextmanager
def watched(*args: Any) -> Generator[Watched, None, None]:
    """Make a queue and leave nothing behind."""
    made = Watched(*args)
    try:
        yield made
    finally:
        made.close()
