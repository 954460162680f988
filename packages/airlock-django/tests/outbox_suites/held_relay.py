"""A relay that holds still for a while between its claim and the first thing that it sends."""

import os
import sys
import time
from pathlib import Path

from django.core.management import execute_from_command_line

from outbox_suites.sending import PLACE


def hold_before_the_first_send(module):
    deliver = module.deliver
    folder = Path(os.environ[PLACE]).parent

    def held(*arguments, **options):
        (folder / "claimed").touch()
        while not (folder / "go").exists():
            time.sleep(0.01)
        return deliver(*arguments, **options)

    module.deliver = held


if __name__ == "__main__":
    from airlock.integrations.django.outbox import _turn

    hold_before_the_first_send(_turn)
    execute_from_command_line(["django", "airlock_relay", *sys.argv[1:]])
