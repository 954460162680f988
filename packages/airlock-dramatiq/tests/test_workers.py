"""Real workers run what was sent, on each kind of broker."""

import pytest
from airlock_conformance import Capability, WorkerSuite, tasks
from airlock_conformance.servers import require_server
from airlock_conformance.suite.arguments import NAMES
from dramatiq_support import actors, queues
from dramatiq_support.workers import WORKED_QUEUE, worker_process, worker_threads

import airlock
from airlock import Scope
from airlock.integrations.executors.dramatiq import dramatiq_executor


class Hooks:
    capabilities = frozenset({Capability.ASYNC_TASKS, Capability.DELAY})

    @pytest.fixture
    def executor(self):
        return dramatiq_executor

    @pytest.fixture(autouse=True)
    def expect_no_more_than_the_mark_says(self, request):
        """What is known not to run need not be waited for at length."""
        if request.node.get_closest_marker("xfail"):
            self.patience = 1.0

    @pytest.mark.xfail(strict=True, reason="Dramatiq's workers call an actor with `self`, and cannot pass another one")
    def test_keyword_arguments_of_any_name_reach_the_worker(self):
        """See the suite."""

    def test_keyword_arguments_of_any_other_name_reach_the_worker(self, executor, airlock_trace, token):
        arguments = {name: index for index, name in enumerate(NAMES) if name != "self"}

        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), token, **arguments)

        (call,) = self.calls(airlock_trace, token, 1)
        assert call.kwargs == repr(sorted(arguments.items()))

    def make_task(self, function):
        return actors.actor_of(self.broker, function, queue_name=WORKED_QUEUE)

    def delay(self, seconds):
        return {"delay": seconds * 1000}


@pytest.fixture(scope="class", autouse=True)
def broker(request):
    """Give a class its broker."""
    cls = request.cls
    cls.broker = cls.make_broker()
    for function in (*tasks.FUNCTIONS, *tasks.COROUTINE_FUNCTIONS):
        actors.actor_of(cls.broker, function, queue_name=WORKED_QUEUE)
    cls.forget()
    yield
    cls.forget()
    cls.broker.close()


class TestStub(Hooks, WorkerSuite):
    @staticmethod
    def make_broker():
        return actors.stub_broker()

    @staticmethod
    def forget():
        pass

    def worker(self):
        return worker_threads(self.broker)


@pytest.mark.server
class TestRedis(Hooks, WorkerSuite):
    @staticmethod
    def make_broker():
        return actors.redis_broker(require_server(actors.REDIS_URL))

    @staticmethod
    def forget():
        queues.forget_redis()

    def worker(self):
        return worker_process(actors.REDIS_URL)


class RabbitMQHooks(Hooks):
    confirms = False

    @classmethod
    def make_broker(cls):
        require_server(actors.RABBITMQ_URL)
        return actors.rabbitmq_broker(confirm_delivery=cls.confirms)

    @staticmethod
    def forget():
        queues.forget_rabbitmq(WORKED_QUEUE)

    def worker(self):
        return worker_process(actors.rabbitmq_url())


@pytest.mark.server
class TestRabbitMQ(RabbitMQHooks, WorkerSuite):
    pass


@pytest.mark.server
class TestRabbitMQWithConfirms(RabbitMQHooks, WorkerSuite):
    confirms = True
