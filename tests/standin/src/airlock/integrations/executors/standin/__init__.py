"""An executor as a third party would ship it: it notes what it is given."""

from airlock import Intent

received: list[Intent] = []


def accepts(task: object) -> bool:
    return callable(task)


def standin_executor(intent: Intent) -> None:
    received.append(intent)


standin_executor.accepts = accepts
