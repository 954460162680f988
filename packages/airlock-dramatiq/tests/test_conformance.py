"""The suite that every executor passes, on each kind of broker."""

import json
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest
from airlock_conformance import Capability, ExecutorSuite
from airlock_conformance.proxy import CuttingProxy
from airlock_conformance.servers import require_server
from dramatiq_support import actors, queues

from airlock.integrations.executors.dramatiq import dramatiq_executor

EVERYWHERE = {
    Capability.ASYNC_TASKS,
    Capability.BULK,
    Capability.CONTEXT,
    Capability.DELAY,
    Capability.HANDLES,
    Capability.MESSAGE_ID,
    Capability.OPTIONS,
}
ON_A_SERVER = EVERYWHERE | {
    Capability.FORK,
    Capability.GEVENT,
    Capability.PARTIAL_FAILURE,
    Capability.UNAVAILABLE,
}


@pytest.fixture(scope="class", autouse=True)
def broker(request):
    """Give a class its broker, behind a proxy where it is on a server."""
    cls = request.cls
    with ExitStack() as stack:
        if cls.url is not None:
            address = urlsplit(require_server(cls.url))
            cls.proxy = stack.enter_context(CuttingProxy(address.hostname, address.port))
        cls.broker = cls.make_broker()
        stack.callback(cls.broker.close)
        yield


class Hooks:
    url = None
    option = ("max_retries", 3)

    @pytest.fixture
    def executor(self):
        return dramatiq_executor

    def make_task(self, function):
        return actors.actor_of(self.broker, function)

    def delay(self, seconds):
        return {"delay": seconds * 1000}

    def round_trip(self, value):
        return json.loads(json.dumps(value))

    def unserialisable(self):
        return object()


class TestStub(Hooks, ExecutorSuite):
    capabilities = EVERYWHERE

    @staticmethod
    def make_broker():
        return actors.stub_broker()

    def queued(self):
        return queues.in_stub(self.broker)

    def empty(self):
        queues.forget_stub(self.broker)


class ServerHooks(Hooks):
    @contextmanager
    def unavailable(self):
        self.proxy.cut_now()
        yield
        self.proxy.restore()

    @contextmanager
    def cut_after(self, count):
        self.proxy.cut_after_bytes(self.preamble + count * self.message)
        yield
        self.proxy.restore()


@pytest.mark.server
class TestRedis(ServerHooks, ExecutorSuite):
    capabilities = ON_A_SERVER
    url = actors.REDIS_URL
    # The first message brings a script with it.
    preamble, message = 7800, 521

    @classmethod
    def make_broker(cls):
        return actors.redis_broker(f"redis://{cls.proxy.host}:{cls.proxy.url_port}/2")

    def queued(self):
        return queues.in_redis()

    def empty(self):
        queues.forget_redis()


class RabbitMQHooks(ServerHooks):
    url = actors.RABBITMQ_URL
    preamble, message = 0, 240
    confirms = False

    @classmethod
    def make_broker(cls):
        url = actors.rabbitmq_url(cls.proxy.host, cls.proxy.url_port)
        return actors.rabbitmq_broker(url, confirm_delivery=cls.confirms)

    def queued(self):
        return queues.in_rabbitmq()

    def empty(self):
        queues.empty_rabbitmq()


@pytest.mark.server
class TestRabbitMQ(RabbitMQHooks, ExecutorSuite):
    capabilities = ON_A_SERVER


@pytest.mark.server
class TestRabbitMQWithConfirms(RabbitMQHooks, ExecutorSuite):
    capabilities = ON_A_SERVER | {Capability.ATOMIC_BULK}
    confirms = True
