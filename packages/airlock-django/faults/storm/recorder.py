"""A queue that writes down what it is sent, one line each, and sometimes fails."""

import os
import random
from collections.abc import Iterator, Sequence

from django.conf import settings

from airlock import Intent
from storm.checking import END


def effect(scope: str, position: int) -> None:
    """The task: nobody performs it."""


class BrokenPipeToBrokerError(Exception):
    """The broker is down."""


class Recorder:
    """An executor; the file that it appends to is what has reached the queue, in order.

    A line says besides whether the row that speaks of the intent was visible to others when it was sent.
    """

    unavailable = (BrokenPipeToBrokerError,)

    def __init__(self) -> None:
        self._random = random.Random(f"{os.environ.get('FAULTS_SEED')} {os.getpid()}")
        self._bad = float(os.environ.get("FAULTS_BAD", "0"))
        self._down = float(os.environ.get("FAULTS_DOWN", "0"))
        self._file = os.open(settings.FOLDER / "sent", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def __call__(self, intent: Intent) -> None:
        """Take one intent."""
        if self._random.random() < self._bad:
            raise ValueError("refused")
        if self._random.random() < self._down:
            raise BrokenPipeToBrokerError("down")
        self.write(intent)

    def write(self, intent: Intent) -> None:
        """Append one line."""
        from storm.models import Wish

        visible = Wish.objects.using("witness").filter(pk=intent.id.hex).exists()
        scope, position = intent.args
        os.write(self._file, f"\n{intent.id.hex} {scope} {position} {int(visible)} {END}\n".encode())

    def dispatch_many(self, intents: Sequence[Intent]) -> Iterator[None]:
        """Take many."""
        for intent in intents:
            self(intent)
            yield


executor = Recorder()
