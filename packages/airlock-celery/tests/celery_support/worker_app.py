"""The app of a worker: the broker is in the environment, the tasks are those of the conformance suite."""

import json
import os

from airlock_conformance import tasks

from celery_support.apps import make_app, make_task

settings = json.loads(os.environ["AIRLOCK_CELERY_WORKER"])
app = make_app(settings["url"], settings["queue"], **settings["options"])
for function in tasks.FUNCTIONS:
    make_task(app, function)
