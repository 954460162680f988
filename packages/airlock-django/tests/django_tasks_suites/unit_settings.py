"""The settings of a worker whose tasks are units of work; the environment says by what."""

import os

from django_tasks_suites.worker_settings import *  # noqa: F403

INSTALLED_APPS = ["airlock.integrations.django", "django_project", "django_tasks_db"]
AIRLOCK = {"EXECUTOR": "django-tasks", "TASK_SCOPES": os.environ["AIRLOCK_TASK_SCOPES"] == "yes"}
