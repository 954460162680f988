"""What is the same for every storage."""

import threading

from airlock_conformance import Capability

from huey_suites.queues import task_of

COMMON = {Capability.BULK, Capability.HANDLES, Capability.MESSAGE_ID, Capability.OPTIONS}


class HueyHooks:
    option = ("retries", 3)

    def make_task(self, function):
        return task_of(self.huey, function)

    def delay(self, seconds):
        return {"delay": seconds}

    def unserialisable(self):
        return threading.Lock()
