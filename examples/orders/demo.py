"""Runs the example four times, shows what each run leaves on disk, and fails where that is not what it should be."""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Traces(NamedTuple):
    receipts: int
    picks: int
    audit_entries: int


class Run(NamedTuple):
    title: str
    options: str
    status: int
    traces: Traces


def main() -> int:
    print("Each order enqueues a receipt, a line to pick and an audit entry. Nothing escapes on its own.")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        shutil.copy(HERE / "orders.csv", folder)
        surprises = [run.title for number, run in enumerate(_runs(), 1) if not _show(number, run, folder)]
    print("\nThe four folders were in a temporary directory, which is gone.")
    if surprises:
        print("Not as expected:", *surprises, sep="\n", file=sys.stderr)
    return 1 if surprises else 0


def _runs() -> list[Run]:
    with (HERE / "orders.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file) if row["quantity"].lstrip("-").isdigit()]
    sales = [row for row in rows if not row[6].startswith("-")]
    nothing, everything = Traces(0, 0, 0), Traces(len(rows), len(sales), len(rows))
    no_receipts_and_each_once = Traces(0, len(set(sales)), len(set(rows)))
    return [
        Run(
            "Dry run: every effect is held back, judged and shown; none gets out.",
            "--dry-run --once --skip-malformed",
            0,
            nothing,
        ),
        Run(
            "Real run: the last order is read, and all effects get out, those of repeated orders too.",
            "--skip-malformed",
            0,
            everything,
        ),
        Run(
            "Policies: no receipts today, and nothing twice.",
            "--block send_receipt --once --skip-malformed",
            0,
            no_receipts_and_each_once,
        ),
        Run("A malformed line far into the file: all that was held back until then is dropped.", "", 2, nothing),
    ]


def _show(number: int, run: Run, folder: Path) -> bool:
    output = folder / f"out{number}"
    arguments = ["-m", "orders", "import", "orders.csv", "--output", output.name, *run.options.split()]
    print(f"\n{number}. {run.title}\n$", "python", *arguments, flush=True)
    search_path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": search_path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(finished.stdout, end="")
    traces = Traces(
        len(list(output.glob("receipts/*"))), _lines(output / "pick-list.csv"), _lines(output / "audit.jsonl")
    )
    found = f"{traces.receipts:,} receipts, {traces.picks:,} picks, {traces.audit_entries:,} audit entries"
    print(f"=> exit {finished.returncode}, {found if output.exists() else 'nothing written'}")
    return finished.returncode == run.status and traces == run.traces and output.exists() == any(run.traces)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
