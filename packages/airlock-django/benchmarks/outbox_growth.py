"""Measure whether a relay grows: what it takes and holds while many rows pass, and somebody keeps an old snapshot open.

A database that keeps old versions of rows for that reader cannot clean up meanwhile, so its files grow whatever anybody
does. What has to stay as it was is the memory and the connections of the relay, and the time that a claim takes. After
the last quarter the reader goes, the database cleans up, and one more quarter shows whether the space is used again.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Any, cast
from uuid import uuid4

import django
from _servers import DATABASES, NOT_RUN, install_mysql, server_of, settings_of
from django.conf import settings

MOST = 3.0
"""How many times as long as in the first quarter a claim may take in the last one."""
ROWS_AT_ONCE = 2_000
PATIENCE = 300.0
NAME = f"airlock_growth_{os.getpid()}"


def nothing(intent: object) -> None:
    """Send nothing anywhere."""


def task(number: int, text: str) -> None:
    """Do nothing."""


def configure(database: dict[str, Any]) -> None:
    """Configure Django for one database."""
    from airlock.integrations.django.outbox import register

    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["airlock.integrations.django", "airlock.integrations.django.outbox"],
        SECRET_KEY="a key for benchmarks",
        AIRLOCK={"EXECUTOR": nothing, "OUTBOX": {"POLL": 0.02}},
        USE_TZ=True,
    )
    django.setup()
    register(task, name="growth.task")


def relay(database: dict[str, Any], log: Path) -> None:
    """Run a relay that notes how long each claim took, and how many entries it was."""
    if database["ENGINE"].endswith("mysql"):
        install_mysql()
    configure(database)
    from airlock.integrations.django.outbox import _relay
    from airlock.integrations.django.outbox._settings import required_settings
    from airlock.integrations.django.outbox._signals import Stopping

    original = _relay.claim
    with log.open("a", buffering=1) as lines:

        def claim(*arguments: Any, **options: Any) -> Any:
            start = perf_counter()
            found = original(*arguments, **options)
            lines.write(f"{perf_counter() - start:.6f} {len(found.entries)}\n")
            return found

        _relay.claim = claim
        _relay.Relay("default", required_settings(), stopping=Stopping()).run()


class Claims:
    """What the relay has noted."""

    def __init__(self, log: Path) -> None:
        self._lines = log.open()
        self._rest = ""
        self.claimed = 0
        self.durations: list[float] = []

    def read(self) -> None:
        """Read what is new."""
        *lines, self._rest = (self._rest + self._lines.read()).split("\n")
        for line in lines:
            duration, count = line.split()
            self.claimed += int(count)
            if int(count):
                self.durations.append(float(duration))


def record(rows: int) -> None:
    """Record scopes of one intent, as writers would whose lease is over."""
    from django.db import connection, transaction

    import airlock
    from airlock.integrations.django.outbox._entries import divide, insert_entries
    from airlock.integrations.django.outbox._settings import required_settings

    chosen = required_settings()._replace(lease=0.0)
    with transaction.atomic():
        for number in range(rows):
            entries = divide([airlock.Intent(task, (number, f"order {number}"))], nothing, chosen)
            insert_entries(connection, entries, uuid4().hex, chosen)


def size() -> int:
    """Return how many bytes the table and its indexes take, with what the database keeps of old versions."""
    from django.db import connection

    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('airlock_outbox_entry')")
        else:
            spaces = "innodb_sys_tablespaces" if cast("Any", connection).mysql_is_mariadb else "innodb_tablespaces"
            cursor.execute(f"SELECT SUM(file_size) FROM information_schema.{spaces} WHERE name LIKE %s", [f"{NAME}/%"])
        return int(cursor.fetchone()[0])


def connections_held(process: int) -> int:
    """Return how many sockets and databases a process holds open."""
    held = 0
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        held += target.startswith("socket:") or ".sqlite3" in target
    return held


def memory(process: int) -> float:
    """Return how many mebibytes a process has in memory."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


@contextmanager
def snapshot() -> Generator[None, None, None]:
    """Hold a snapshot of the database open, as a report would that runs for hours."""
    from django.db import connection

    reader = connection.copy("default")
    reader.inc_thread_sharing()
    begin = {
        "sqlite": ["BEGIN DEFERRED"],
        "postgresql": ["BEGIN ISOLATION LEVEL REPEATABLE READ"],
        "mysql": ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"],
    }[connection.vendor]
    with reader.cursor() as cursor:
        for statement in [*begin, "SELECT COUNT(*) FROM airlock_outbox_entry"]:
            cursor.execute(statement)
        cursor.fetchall()
        yield
        cursor.execute("ROLLBACK")
    reader.close()


def clean_up() -> None:
    """Let the database do what it does by itself now and then."""
    from django.db import connection

    statement = {"sqlite": "PRAGMA wal_checkpoint(TRUNCATE)", "postgresql": "VACUUM airlock_outbox_entry"}
    with connection.cursor() as cursor:
        cursor.execute(statement.get(connection.vendor, "ANALYZE TABLE airlock_outbox_entry"))


@contextmanager
def database() -> Generator[None, None, None]:
    """Make a database for the while."""
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode = WAL")
        yield
    finally:
        teardown_databases(made, verbosity=0)


class Run:
    """One relay in a process of its own, and rows that pass through it.

    Arguments:
        rows: How many, in each quarter.
        folder: Where the relay leaves its notes.
    """

    def __init__(self, rows: int, folder: Path) -> None:
        from django.db import connection

        self.rows = rows
        self.recorded = 0
        log = folder / "claims"
        log.touch()
        self.claims = Claims(log)
        given = {key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD")}
        given["OPTIONS"] = connection.settings_dict["OPTIONS"]
        self.process = subprocess.Popen([sys.executable, __file__, "--relay", json.dumps(given), str(log)])
        self.first: tuple[float, float] | None = None

    def quarter(self, name: str) -> float:
        """Let rows through, print what it took, and return how many times as long a claim took as in the first."""
        start = perf_counter()
        self.claims.durations.clear()
        end = self.recorded + self.rows
        while self.recorded < end:
            count = min(ROWS_AT_ONCE, end - self.recorded)
            record(count)
            self.recorded += count
            self._wait()
        rate = self.rows / (perf_counter() - start)
        claim = median(self.claims.durations)
        first = self.first = self.first or (claim, rate)
        times = f"claim {claim / first[0]:5.2f}x  rate {rate / first[1]:5.2f}x"
        held = f"memory {memory(self.process.pid):6.1f} MiB  connections {connections_held(self.process.pid)}"
        print(f"  {name:14} {times}  {held}  table and indexes {size() / 2**20:8.1f} MiB", flush=True)
        return claim / first[0]

    def _wait(self) -> None:
        end = monotonic() + PATIENCE
        while self.claims.claimed < self.recorded:
            if self.process.poll() is not None or monotonic() > end:
                raise RuntimeError(f"the relay has claimed {self.claims.claimed} of {self.recorded} entries")
            sleep(0.005)
            self.claims.read()


def measure(kind: str, rows: int) -> int:
    """Return 0 if claims take no longer in the end than they did."""
    folder = Path(tempfile.mkdtemp(prefix="airlock-growth-"))
    configure(settings_of(kind, NAME, folder))
    print(f"{kind}, {rows:,} rows", flush=True)
    with database():
        run = Run(rows // 4, folder)
        try:
            run.quarter("no reader yet")
            run.first = None
            with snapshot():
                ratio = [run.quarter(f"quarter {number}") for number in (1, 2, 3, 4)][-1]
            clean_up()
            run.quarter("reader gone")
        finally:
            run.process.terminate()
            run.process.wait(30)
    return 0 if ratio <= MOST else 1


def main() -> int:
    """Return 0 if nothing grows on any database that answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--database", choices=DATABASES, help="one of them, in this process")
    parser.add_argument("--relay", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.relay:
        relay(json.loads(options.relay[0]), Path(options.relay[1]))
        return 0
    if options.database:
        return measure(options.database, options.rows)
    codes = []
    for kind in DATABASES:
        if server_of(kind) is None:
            print(f"{kind}: not measured, no server answers")
            continue
        command = [sys.executable, __file__, "--database", kind, "--rows", str(options.rows)]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes, default=NOT_RUN)


if __name__ == "__main__":
    sys.exit(main())
