"""The first page says what the benchmarks check."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
ROWS = {
    "`enqueue()`": "enqueue",
    "`enqueue()` and flush, performed here": "sync",
    "an empty scope": "scope",
    "capture through 50 levels": "capture",
    "memory for an intent": "memory",
}
QUEUES = {
    "Celery on Redis": ("celery", "redis"),
    "Celery on RabbitMQ with confirms": ("celery", "rabbitmq-confirms"),
    "Dramatiq on Redis": ("dramatiq", "redis"),
    "Dramatiq on RabbitMQ with confirms": ("dramatiq", "rabbitmq-confirms"),
    "Huey on Redis": ("huey", "redis"),
    "Huey on SQLite": ("huey", "sqlite"),
    "django-q2 on Redis": ("django-q", "redis"),
    "django-q2 on PostgreSQL": ("django-q", "postgresql"),
}


def documented(what: str) -> float:
    """Return the number in a row of the page."""
    (number,) = re.findall(rf"^\| {re.escape(what)} \| ([\d.]+) ", PAGE, re.MULTILINE)
    return float(number)


def target(row: str) -> float:
    """Return the target of a row about the core."""
    tree = ast.parse((ROOT / "benchmarks" / "core_rows.py").read_text(encoding="utf-8"))
    (found,) = [
        float(ast.literal_eval(keyword.value))
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        for keyword in call.keywords
        if call.args[0].value == row and keyword.arg == "target"
    ]
    return found


@pytest.mark.parametrize("what", ROWS)
def test_the_page_says_what_the_core_may_cost(what: str) -> None:
    assert documented(what) == target(ROWS[what])


@pytest.mark.parametrize("what", QUEUES)
def test_the_page_says_how_fast_a_flush_has_to_be(what: str) -> None:
    package, name = QUEUES[what]
    source = (ROOT / "packages" / f"airlock-{package}" / "benchmarks" / "flush.py").read_text(encoding="utf-8")

    assert f'"{name}": Target.within_a_tenth({documented(what):g})' in source


def test_the_page_says_how_much_of_its_throughput_a_worker_may_lose() -> None:
    source = (ROOT / "benchmarks" / "working.py").read_text(encoding="utf-8")
    lost = documented("a scope around each task of a worker")

    assert f"\nTARGET = {1 - lost / 100:g}\n" in source
