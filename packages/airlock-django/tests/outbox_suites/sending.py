"""An executor that leaves a line in a file for each intent, and tasks that make it do worse."""

import os
import sys
import time
from pathlib import Path

from airlock.integrations.django.outbox._registry import register

PLACE = "AIRLOCK_OUTBOX_RECORD"
"""The environment variable that says which file it is; beside it are files that say how the executor behaves."""


class Down(Exception):
    """The backend cannot be reached."""


@register(name="note")
def note(label, number, behaviour=""):
    """Do nothing: the executor notes that it was sent."""


class Recorder:
    """Notes what it is given, one by one."""

    unavailable = (Down,)

    def __call__(self, intent):
        record = Path(os.environ[PLACE])
        label, _, *more = intent.args
        if record.with_name("down").exists():
            raise Down(f"secret {label}")
        behave(more[0] if more else "", record, label)
        leave_a_line(intent)

    def __repr__(self):
        return "recorder"


def leave_a_line(intent):
    label, number, *_ = intent.args
    with Path(os.environ[PLACE]).open("a") as file:
        file.write(f"{os.getpid()} {intent.id.hex} {label} {number}\n")


def behave(behaviour, record, label):
    if behaviour == "raise":
        raise ValueError(f"secret {label}")
    if behaviour == "refused":
        raise Down(f"secret {label}")
    if behaviour == "exit":
        sys.exit(f"secret {label}")
    if behaviour == "die":
        with record.with_name("deaths").open("a") as file:
            file.write(f"{label}\n")
        os._exit(9)
    if behaviour == "wait":
        record.with_name("waiting").touch()
        while not record.with_name("go").exists():
            time.sleep(0.01)
    if behaviour == "slow":
        time.sleep(0.5)


recorder = Recorder()


class Many(Recorder):
    """Takes many at once, and says which one is bad before any is sent."""

    def dispatch_many(self, intents):
        for intent in intents:
            if intent.args[2:] == ("bad",):
                error = ValueError("secret")
                error.intent = intent
                raise error
        for intent in intents:
            yield self(intent)

    def __repr__(self):
        return "many"


many = Many()


class Healthy(Recorder):
    """Another backend, which is never down."""

    def __call__(self, intent):
        leave_a_line(intent)


healthy = Healthy()


class Vague(Recorder):
    """Takes many at once, and does not say which one is bad."""

    def dispatch_many(self, intents):
        if any(intent.args[2:] == ("bad",) for intent in intents):
            raise ValueError("secret")
        return map(self, intents)


vague = Vague()


async def awaited(intent):
    """Send by a coroutine."""
    recorder(intent)
