"""Measure airlock against its targets, and print the table."""

import platform
import sys
from contextlib import redirect_stdout
from io import StringIO
from itertools import cycle
from statistics import median
from typing import Any

import core_rows
import pyperf  # type: ignore[import-untyped]
from measuring import Row

ROWS = (*core_rows.ROWS,)

NAME_WIDTH = max(len(row.name) for row in ROWS)
WHAT_WIDTH = max(len(row.what) for row in ROWS)
AGAINST_WIDTH = max(len(row.against) for row in ROWS)

HOW_TO_READ = (
    "Less is better: the median of subject against floor, pair by pair, each pair measured in one process; "
    "± is the median distance from it."
)


def main() -> None:
    """Measure the rows that are asked for; a missed target is an error with `--strict` only."""
    runner = make_runner()
    options = runner.parse_args()
    if options.values < 2:
        runner.argparser.error("a pair is two values: give --values=2 or more")
    rows = [row for row in ROWS if not options.only or row.name in options.only]
    if options.worker:
        for row in rows:
            measure(row, runner)
        return
    print(f"Python {platform.python_version()} on {platform.machine()}. {HOW_TO_READ}\n")
    print_line("row", "what", "against", "measured", "±", "target", "")
    missed = [row.name for row in rows if report(row, measure(row, runner)) == "missed"]
    if missed and options.strict:
        sys.exit(f"missed: {', '.join(missed)}")


def make_runner() -> Any:
    """Return pyperf's runner, set to a run of about a minute; `--fast` and `--rigorous` change that.

    A row is measured in several processes, since hash seeds and the layout of memory differ from one to the next.
    """

    def pass_on(command: list[str], options: Any) -> None:
        if options.only:
            command += ["--only", *options.only]

    runner: Any = pyperf.Runner(processes=5, values=12, warmups=2, loops=1, add_cmdline_args=pass_on)
    names = [row.name for row in ROWS]
    runner.argparser.add_argument("--only", nargs="+", choices=names, help="the rows to measure, instead of all")
    runner.argparser.add_argument("--strict", action="store_true", help="exit with 1 if a target is missed")
    return runner


def measure(row: Row, runner: Any) -> list[float]:
    """Return the row's figure for every pair of measurements; none in a worker, whose manager collects them.

    pyperf runs one function a benchmark, and one benchmark after the other: floor and subject would each meet a noise
    of its own. So one function here measures both in turn, and pyperf's values are told apart afterwards.
    """
    turns = cycle((row.floor, row.subject))

    def in_turn(loops: int) -> float:
        side = next(turns)
        return sum(side() for _ in range(loops))

    # What pyperf prints is the mean of floor and subject together, of no use to anybody.
    with redirect_stdout(StringIO()):
        benchmark = runner.bench_time_func(row.name, in_turn, metadata={"unit": row.comparison.raw})
    figures: list[float] = []
    for run in benchmark.get_runs() if benchmark else ():
        values = run.values[len(run.warmups) % 2 :]
        figures += map(row.comparison.between, values[1::2], values[::2])
    return figures


def report(row: Row, figures: list[float]) -> str:
    """Print a row's line, and return its last word: `met`, `missed`, or nothing where there is no target."""
    unit = row.comparison.unit
    figure = median(figures)
    spread = median(abs(one - figure) for one in figures)
    target, verdict = "", ""
    if row.target is not None:
        target, verdict = f"<= {row.target:g} {unit}", "met" if figure <= row.target else "missed"
    print_line(row.name, row.what, row.against, f"{figure:.2f} {unit}", f"{spread:.2f}", target, verdict)
    return verdict


def print_line(name: str, what: str, against: str, figure: str, spread: str, target: str, verdict: str) -> None:
    """Print one line at once, since the next one takes a while."""
    left = [(name, NAME_WIDTH), (what, WHAT_WIDTH), (against, AGAINST_WIDTH)]
    right = [(figure, 12), (spread, 5), (target, 12)]
    cells = [text.ljust(width) for text, width in left] + [text.rjust(width) for text, width in right]
    print("  ".join([*cells, verdict]).rstrip(), flush=True)


if __name__ == "__main__":
    main()
