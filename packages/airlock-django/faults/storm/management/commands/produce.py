"""Produce until told to stop."""

import os
import signal
from typing import Any

from django.core.management.base import BaseCommand

from storm.producing import EVERYDAY, SHAPES, produce


class Command(BaseCommand):
    """Does units of work until SIGTERM, or so many of them."""

    help = "Do units of work."

    def add_arguments(self, parser: Any) -> None:
        """Take how many, and where chance comes from."""
        parser.add_argument("--seed", default="")
        parser.add_argument("--count", type=int, default=-1)
        parser.add_argument("--shape", choices=SHAPES)

    def handle(self, *, seed: str, count: int, shape: str | None, **_: Any) -> None:
        """Do it."""
        stopped: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
        shapes = EVERYDAY if shape is None else [SHAPES[shape]]
        produce(f"{seed} {os.getpid()}", shapes, count, lambda: not stopped)
