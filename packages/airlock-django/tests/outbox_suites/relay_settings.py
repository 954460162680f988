"""The settings of a relay in a process of its own, on the database of the test that starts it."""

import json
import os

from django_project.settings import *  # noqa: F403

DATABASES = json.loads(os.environ["AIRLOCK_OUTBOX_DATABASE"])
AIRLOCK = json.loads(os.environ["AIRLOCK_OUTBOX_SETTINGS"])
LOGGING = {
    "version": 1,
    "formatters": {"plain": {"format": "%(levelname)s %(message)s"}},
    "handlers": {"all": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["all"], "level": "INFO"},
}
