"""Every option of a package, with a value that it takes."""

from django_q_project import tasks

EVERY = {
    "ack_failure": True,
    "cached": 60,
    "chain": [tasks.note, (tasks.note, (1,)), (tasks.note, (1,), {"a": 1}), "django_q_project.tasks.note"],
    "cluster": "slow",
    "group": "receipts",
    "hook": "django_q_project.tasks.on_result",
    "iter_cached": False,
    "iter_count": 3,
    "save": False,
    "timeout": 30,
}
