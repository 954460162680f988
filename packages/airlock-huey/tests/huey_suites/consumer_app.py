"""What a consumer in another process imports: a Huey on the storage that the environment names, and its tasks."""

import os

import huey
from airlock_conformance import tasks

from huey_suites.queues import REDIS_URL, task_of

path = os.environ.get("AIRLOCK_HUEY_SQLITE")
app = (
    huey.SqliteHuey("airlock", filename=path)
    if path
    else huey.PriorityRedisHuey(os.environ["AIRLOCK_HUEY_REDIS"], url=REDIS_URL)
)

for function in tasks.FUNCTIONS:
    task_of(app, function)
