"""The settings of workers whose tasks are units of work; the environment says by what, and how they are retried."""

import json
import os

import airlock
from django_q_project import settings
from django_q_project.settings import *  # noqa: F403

_worker = json.loads(os.environ["AIRLOCK_DJANGO_Q_WORKER"])

INSTALLED_APPS = [*settings.INSTALLED_APPS, *_worker["apps"]]
# Its own queue; the name is the salt of signatures.
Q_CLUSTER = settings.Q_CLUSTER | {"cluster_name": "airlock-units"} | _worker["options"]

airlock.configure(executor="django-q")
