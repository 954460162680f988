"""What is Redis's own: pipelines."""

from typing import Any

import pytest
from celery_support.brokers import QUEUE, Redis
from celery_support.flushes import Tolerant, flush, locked_task_of, numbers, task_of
from kombu import Producer
from redis.client import Pipeline

import airlock
from airlock import Intent
from airlock.integrations.executors.celery import _sending, celery_executor

pytestmark = pytest.mark.server

HAS_BATCHES = hasattr(Producer, "batch")


def test_messages_have_priorities_and_queues_of_their_own(redis: Redis) -> None:
    flush(task_of(redis), 2, queue=f"{QUEUE}-other", priority=3)
    key = f"{QUEUE}-other\x06\x163"
    try:
        assert redis.client.llen(key) == 2
    finally:
        redis.client.delete(key)


class TestPipelines:
    __test__ = HAS_BATCHES

    def test_redis_takes_a_flush_in_pipelines(self, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_sending, "MOST", 4)
        task = task_of(redis)
        flush(task, 1)
        executed: list[int] = []
        execute = Pipeline.execute

        def note(pipeline: Any) -> Any:
            executed.append(len(pipeline))
            return execute(pipeline)

        monkeypatch.setattr(Pipeline, "execute", note)
        flush(task, 10)
        assert executed == [4, 4, 2]
        assert numbers(redis) == [0, *range(10)]

    def test_large_messages_do_not_pile_up(self, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_sending, "LARGEST", 250)
        sizes: list[int] = []
        chunks = _sending._chunks

        def note(run: Any) -> Any:
            for chunk in chunks(run):
                sizes.append(len(chunk))
                yield chunk

        monkeypatch.setattr(_sending, "_chunks", note)
        task = task_of(redis)
        intents = [Intent(task, ("x" * 100,)) for _ in range(4)] + [Intent(task, ("x" * 1000,)), Intent(task, (1,))]
        list(celery_executor.dispatch_many(intents))
        assert sizes == [2, 2, 1, 1]

    def test_a_task_that_cannot_be_sent_keeps_its_pipeline_back(self, redis: Redis) -> None:
        task = task_of(redis)
        with pytest.raises(ExceptionGroup) as caught, Tolerant(executor=celery_executor) as scope:
            first = airlock.enqueue(task, 1)
            bad = airlock.enqueue(locked_task_of(redis))
            last = airlock.enqueue(task, 2)
        (error,) = caught.value.exceptions
        assert vars(error)["intent"] is bad
        assert (scope.dispatched, scope.undispatched) == ([first, last], [bad])
        assert numbers(redis) == [1, 2]


def test_without_batches_redis_takes_one_message_after_the_other(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    if HAS_BATCHES:
        monkeypatch.delattr(Producer, "supports_batch_publish")
        monkeypatch.delattr(Producer, "batch")
    flush(task_of(redis), 10)
    assert numbers(redis) == list(range(10))


def test_a_redis_client_that_retries_takes_one_message_after_the_other() -> None:
    redis = Redis(retry_on_timeout=True)
    try:
        flush(task_of(redis), 10)
        assert numbers(redis) == list(range(10))
    finally:
        redis.close()
