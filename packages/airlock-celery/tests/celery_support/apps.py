"""Apps for the tests, and for the workers that they start."""

import os
from collections.abc import Callable
from typing import Any

from celery import Celery

REDIS_URL = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/1"
RABBITMQ_URL = os.environ.get("AIRLOCK_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5682//")


def make_app(url: str, queue: str = "airlock-celery", **options: Any) -> Celery:
    """Return an app that is nobody's current one."""
    app = Celery("airlock-celery-tests", broker=url, set_as_current=False)
    if url.startswith("filesystem:"):
        app.conf.broker_transport = "celery_support.files:Transport"
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_transport_options=options,
        task_default_queue=queue,
        task_ignore_result=True,
        worker_enable_remote_control=False,
    )
    return app


def make_task(app: Celery, function: Callable[..., object]) -> Any:
    """Return the task of an app that calls a function, the same one each time."""
    name = f"{function.__module__}.{function.__qualname__}"
    if name not in app.tasks:
        app.task(name=name, shared=False)(function)
    return app.tasks[name]
