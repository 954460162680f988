"""The executor: what is this queue's own, in twenty lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from airlock import Intent
from airlock.integrations.executors import Prepared, QueueExecutor
from airlock_spool._spool import Job, put


class SpoolExecutor(QueueExecutor[str]):
    """Put jobs into the folder; a scope keeps the file of each."""

    kind = "spool jobs"
    options = ("delay",)
    unavailable = (OSError,)

    def accepts(self, task: object) -> bool:
        """Return whether a task is a job."""
        return isinstance(task, Job)

    def prepare(self, intent: Intent) -> str:
        """Return the text of the file."""
        due = time.time() + intent.dispatch_options.get("delay", 0)
        message = {"job": intent.task.path, "args": intent.args, "kwargs": dict(intent.kwargs), "due": due}
        return self.serialise(intent, message)

    def serialise(self, intent: Intent, value: object) -> str:
        """Return a value as JSON, which has no NaN."""
        return json.dumps(value, allow_nan=False)

    def send(self, batch: Sequence[Prepared[str]]) -> Iterator[Path]:
        """Write the files."""
        for intent, text in batch:
            yield put(str(intent.id), text)


spool_executor: SpoolExecutor = SpoolExecutor()
