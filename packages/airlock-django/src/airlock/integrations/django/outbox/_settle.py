"""Entering in the table what became of claimed entries."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airlock.integrations.django.outbox import _acknowledge as acknowledge
from airlock.integrations.django.outbox._clock import milliseconds
from airlock.integrations.django.outbox._job import Fate, Job
from airlock.integrations.django.outbox._rebuild import only_intent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper

    from airlock.integrations.django.outbox._heartbeat import Counters

logger = logging.getLogger("airlock.outbox")


class Ledger:
    """Enters what became of the entries of one claim; it may be asked again where the database was gone.

    Arguments:
        connection: The database.
        token: That of the claim.
        max_attempts: After how many failures an intent becomes a dead letter.
        counters: Where it is counted.
    """

    def __init__(self, connection: BaseDatabaseWrapper, token: str, max_attempts: int, counters: Counters) -> None:
        self._connection = connection
        self._token = token
        self._max_attempts = max_attempts
        self._counters = counters

    def delete_sent(self, jobs: Iterable[Job]) -> None:
        """Delete the entries that were sent whole."""
        sent = [job for job in jobs if job.fate is Fate.OPEN and job.is_sent]
        if not sent:
            return
        deleted = acknowledge.delete_sent(self._connection, self._token, [job.entry.id for job in sent])
        for job in sent:
            job.fate = Fate.SETTLED
        if deleted < len(sent):
            self._lost(len(sent) - deleted)

    def settle(self, jobs: list[Job]) -> None:
        """Enter everything: nothing is claimed after that."""
        self.delete_sent(jobs)
        self._give_back_untouched(jobs)
        for job in jobs:
            if job.fate is Fate.PARKED:
                self._park(job)
            elif job.fate is Fate.FAILED:
                self._fail(job)
            elif job.fate in (Fate.OPEN, Fate.UNAVAILABLE):
                self._give_back(job)
            job.fate = Fate.SETTLED

    def lose(self, job: Job) -> None:
        """Learn that another has an entry."""
        job.fate = Fate.LOST
        self._lost(1)

    def _lost(self, count: int) -> None:
        self._counters.lost += count
        logger.warning(
            "%d entries had another relay before they were done here, since their lease had ended. Intents may have "
            "been sent twice, with the same id. Is LEASE long enough?",
            count,
        )

    def _give_back_untouched(self, jobs: list[Job]) -> None:
        """Give back what nobody has tried, many at a time."""
        by_delay: dict[int, list[Job]] = {}
        for job in jobs:
            if job.fate in (Fate.OPEN, Fate.UNAVAILABLE) and job.counted and not job.position:
                by_delay.setdefault(milliseconds(job.delay), []).append(job)
        for delay, alike in by_delay.items():
            ids = [job.entry.id for job in alike]
            released = acknowledge.release_untouched(self._connection, self._token, ids, delay)
            for job in alike:
                job.fate = Fate.SETTLED
            if released < len(ids):
                self._lost(len(ids) - released)

    def _give_back(self, job: Job) -> None:
        attempts = 0 if job.position else job.attempts - job.counted
        self._release(job, attempts)

    def _park(self, job: Job) -> None:
        if acknowledge.park(self._connection, job.entry, job.why):
            self._counters.parked += 1
            logger.error("parked: entry %d, scope %s: %s", job.entry.id, job.entry.scope, job.why)

    def _fail(self, job: Job) -> None:
        attempts = 1 if job.position > job.moved else job.attempts
        wanted, entry = job.head, job.entry
        what = (wanted.logged_id, wanted.task, entry.scope)
        if attempts < self._max_attempts:
            if self._release(job, attempts):
                logger.warning(
                    "not sent: intent %s, task %s, scope %s, attempt %d of %d: %s; again in %.1f s",
                    *(*what, attempts, self._max_attempts, job.why, job.delay),
                )
            return
        body, mac = only_intent(entry, job.done, self._connection.alias)
        if acknowledge.dead_letter(
            self._connection, entry, done=job.done, body=body, mac=mac, attempts=attempts, error=job.why
        ):
            self._counters.dead += 1
            logger.error("dead letter: intent %s, task %s, scope %s, attempt %d: %s", *what, attempts, job.why)
        else:
            self._lost(1)

    def _release(self, job: Job, attempts: int) -> bool:
        is_ours = acknowledge.release(
            self._connection,
            job.entry,
            done=job.done,
            attempts=max(0, attempts),
            delay=milliseconds(job.delay),
            error=job.why,
        )
        if not is_ours:
            self._lost(1)
        return is_ours
