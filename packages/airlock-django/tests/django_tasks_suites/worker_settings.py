"""The settings of a worker process: its one database is that of the test that started it."""

import json
import os

from django_project.settings import *  # noqa: F403

DATABASES = {"default": json.loads(os.environ["AIRLOCK_TASKS_DATABASE"])}
