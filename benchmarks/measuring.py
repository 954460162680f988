"""What a row of the table is, and how the two sides of it are measured."""

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

Work = Callable[[], object]
Measure = Callable[[], float]


@dataclass(frozen=True)
class Comparison:
    """How a row's two sides become the one figure in its table."""

    unit: str
    between: Callable[[float, float], float]
    """Takes the subject first and the floor second."""
    raw: str = "second"
    """What the two sides are measured in, as pyperf names it."""


TIMES = Comparison("x", lambda subject, floor: subject / floor)
MILLISECONDS = Comparison("ms", lambda subject, floor: (subject - floor) * 1000)
BYTES = Comparison("bytes", lambda subject, floor: subject - floor, raw="byte")


@dataclass(frozen=True)
class Row:
    """One line of the table: a subject, and the floor that is measured along with it.

    Each side is a function that measures once and returns seconds or bytes, more than 0.
    """

    name: str
    what: str
    against: str
    floor: Measure
    subject: Measure
    comparison: Comparison = TIMES
    target: float | None = None


def seconds(work: Work) -> Measure:
    """Measure how long the work takes, freeing what it has built included.

    The collector is on, but starts from a clean heap and does not see what was there before: else each side would pay
    for garbage of the other, and the floor for every object that the harness has imported.
    """

    def measure() -> float:
        gc.collect()
        gc.freeze()
        start = perf_counter()
        work()
        duration = perf_counter() - start
        gc.unfreeze()
        return duration

    return measure


def bytes_each(prepare: Callable[[int], Work], count: int) -> Measure:
    """Measure what the work holds, through what it returns or was prepared with, for each of `count` things."""

    def measure() -> float:
        work = prepare(count)
        # This empties the free lists too: memory that is taken from there is not traced.
        gc.collect()
        tracemalloc.start()
        held = work()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del held
        return size / count

    return measure


def seconds_in_a_fresh_interpreter(statement: str) -> Measure:
    """Measure a statement in an interpreter that has run nothing else.

    The clock runs inside, around the statement alone: starting an interpreter takes longer than what is measured here
    and would only add noise.
    """
    program = f"from time import perf_counter as now; start = now(); {statement}; print(now() - start)"

    def measure() -> float:
        return float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout)

    return measure
