"""What a worker in another process imports: a broker for the URL that the environment names, and its actors."""

import os

from airlock_conformance import tasks

from dramatiq_support.actors import actor_of, rabbitmq_broker, redis_broker

url = os.environ["AIRLOCK_DRAMATIQ_URL"]
broker = redis_broker(url) if url.startswith("redis") else rabbitmq_broker(url)

for function in (*tasks.FUNCTIONS, *tasks.COROUTINE_FUNCTIONS):
    actor_of(broker, function, queue_name=os.environ["AIRLOCK_DRAMATIQ_QUEUE"])
