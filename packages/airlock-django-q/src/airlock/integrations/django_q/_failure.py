"""The error that stands for the one of a task."""


class TaskFailed(Exception):
    """What `Scope.should_flush()` is given for a task that has failed: django-q2 tells of its error as text only."""
