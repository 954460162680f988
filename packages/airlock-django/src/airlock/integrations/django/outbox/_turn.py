"""What a relay does with the entries of one claim.

Those that are tried for the first time are sent together, as many at once as their executors take. The others were in
hand when something went wrong: their process may have been killed by one of their intents. They are sent one intent at
a time, and each is entered as done before the next, so that only what is in hand is held responsible.
"""

from __future__ import annotations

from collections import deque
from random import uniform
from typing import TYPE_CHECKING, Any, Final

from airlock.integrations.django.outbox import _acknowledge as acknowledge
from airlock.integrations.django.outbox._circuit import Circuit, backoff
from airlock.integrations.django.outbox._claims import Claim, Entry
from airlock.integrations.django.outbox._clock import milliseconds
from airlock.integrations.django.outbox._deliver import deliver
from airlock.integrations.django.outbox._job import Fate, Job
from airlock.integrations.django.outbox._rebuild import UnreadableEntryError, rebuild
from airlock.integrations.django.outbox._registry import UnknownTaskError
from airlock.integrations.django.outbox._settle import Ledger, logger
from airlock.integrations.django.outbox._steady import steady_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

    from airlock.integrations.django.outbox._heartbeat import Counters
    from airlock.integrations.django.outbox._settings import OutboxSettings

_LONGEST_UNENTERED: Final = 1.0
"""For how many seconds intents may be sent before the table is told, which is how much is sent twice after a kill."""


class Turn:
    """The entries of one claim, from the claim until all is entered.

    Arguments:
        connection: The database.
        claim: What was claimed.
        began: When, by `steady_time()`, before the database was asked.
        settings: The settings of the outbox.
        circuit: Which executors to leave alone.
        counters: Where it is counted.
        is_over: Whether to stop as soon as may be.
        beat: Called now and then while something is sent, to say that the relay is there.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        claim: Claim,
        began: float,
        *,
        settings: OutboxSettings,
        circuit: Circuit,
        counters: Counters,
        is_over: Callable[[], bool],
        beat: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._claim = claim
        self._token = claim.token
        self._settings = settings
        self._circuit = circuit
        self._counters = counters
        self._is_over = is_over
        self._beat = beat
        self._lease = milliseconds(settings.lease)
        self._renewed = self._entered = began
        self._ledger = Ledger(connection, claim.token, settings.max_attempts, counters)
        self.jobs: list[Job] = []
        self.wait = 0.0
        """For how many seconds nothing more is to be expected of an executor that was needed."""

    def run(self) -> None:
        """Send what can be sent."""
        # Before they are read: that can end the process too, where a module of tasks is imported for it.
        tried = self._uncount([entry for entry in self._claim.entries if entry.attempts > 1])
        self.jobs = [self._job(entry, counted=entry.id not in tried) for entry in self._claim.entries]
        self._send_together([job for job in self.jobs if job.counted and job.fate is Fate.OPEN])
        for job in self.jobs:
            if self._is_over():
                break
            if not job.counted and job.fate is Fate.OPEN:
                self._send_alone(job)
                self._look_up()

    def settle(self) -> None:
        """Enter what came of it; again, where the database was gone."""
        self._ledger.settle(self.jobs)

    def _job(self, entry: Entry, counted: bool) -> Job:
        attempts = entry.attempts - (not counted)
        try:
            return Job(entry, rebuild(entry, self._connection.alias), attempts=attempts, counted=counted)
        except UnreadableEntryError as error:
            job = Job(entry, [], attempts=attempts, counted=counted)
            job.close(Fate.PARKED, str(error))
            return job

    def _uncount(self, entries: list[Entry]) -> set[int]:
        """Charge none of them for what another one does to this process, and return which they are."""
        ids = [entry.id for entry in entries]
        if ids:
            acknowledge.uncount_attempts(self._connection, self._token, ids)
        return set(ids)

    def _send_together(self, jobs: list[Job]) -> None:
        queue = deque(job for job in jobs for _ in job.wanted)
        while queue and not self._is_over():
            self._look_up()
            executor, run = self._next_run(queue)
            if not run:
                continue

            def proceed(count: int, run: list[Job] = run) -> bool:
                run[count - 1].position += 1
                self._counters.sent += 1
                return self._look_up() and not self._is_over()

            intents: list[Any] = [wanted.intent for wanted in _heads(run)]
            sent, error, unavailable = deliver(executor, intents, proceed)
            if sent:
                self._circuit.close(executor)
            if error is not None:
                self._close(run[sent], executor, error, unavailable, is_alone=len(run) == 1)
            queue.extendleft(reversed(run[sent + (error is not None) :]))

    def _next_run(self, queue: deque[Job]) -> tuple[Any, list[Job]]:
        """Take from the queue what may be handed to one executor at once: its jobs, once for each intent."""
        executor: Any = None
        run: list[Job] = []
        ahead: dict[int, int] = {}
        while queue and len(run) < self._circuit.room(executor):
            job = queue.popleft()
            if job.fate is not Fate.OPEN:
                continue
            index = job.position + ahead.get(job.entry.id, 0)
            wanted = job.wanted[index]
            if (wanted.error is not None or wanted.executor is not executor) and run:
                queue.appendleft(job)
                break
            if wanted.error is not None:
                self._close(job, None, wanted.error, unavailable=False)
            elif self._circuit.remaining(wanted.executor):
                self._close_for_now(job, wanted.executor)
            else:
                executor = wanted.executor
                run.append(job)
                ahead[job.entry.id] = ahead.get(job.entry.id, 0) + 1
        return executor, run

    def _send_alone(self, job: Job) -> None:
        entry, connection = job.entry, self._connection
        if not acknowledge.count_attempt(connection, entry, self._lease):
            self._ledger.lose(job)
            return
        job.attempts += 1
        job.counted = True
        # The first attempt was made together with others, and any of them may have ended the process.
        most = max(self._settings.max_attempts, 2)
        if job.attempts > most:
            job.close(Fate.FAILED, f"its process ended {most} times while it was sent")
            return
        while job.fate is Fate.OPEN and not self._is_over():
            if not self._send_head(job):
                return
            if job.is_sent:
                self._ledger.delete_sent([job])
            elif acknowledge.move_done(connection, entry, job.done, self._lease):
                job.moved, job.attempts = job.position, 1
                self._look_up()
            else:
                self._ledger.lose(job)

    def _send_head(self, job: Job) -> bool:
        """Send the next intent, and return whether that was done."""
        wanted = job.head
        if wanted.intent is None:
            self._close(job, None, wanted.error, unavailable=False)
        elif self._circuit.remaining(wanted.executor):
            self._close_for_now(job, wanted.executor)
        else:
            sent, error, unavailable = deliver(wanted.executor, [wanted.intent])
            if sent:
                self._circuit.close(wanted.executor)
                job.position += 1
                self._counters.sent += 1
                return True
            self._close(job, wanted.executor, error, unavailable)
        return False

    def _close(
        self, job: Job, executor: Any, error: BaseException | None, unavailable: bool, is_alone: bool = True
    ) -> None:
        wanted = job.head
        why = f"{type(error).__qualname__}, task {wanted.task}"
        logger.debug("why intent %s was not sent", wanted.logged_id, exc_info=error)
        if unavailable:
            delay = self._circuit.open(executor)
            logger.warning("the backend of %r is down (%s); trying again in %.1f s", executor, why, delay)
            self._close_for_now(job, executor, why)
            if is_alone:
                job.delay = max(job.delay, self._circuit.suspect(job.entry.id))
            return
        self._counters.failed += 1
        attempts = 1 if job.position > job.moved else job.attempts
        first, most = self._settings.backoff_first, self._settings.backoff_most
        # A task that nobody here knows may be known when this relay is deployed anew.
        is_unknown = isinstance(error, UnknownTaskError)
        job.close(Fate.FAILED, why, uniform(most / 2, most) if is_unknown else backoff(attempts, first, most))

    def _close_for_now(self, job: Job, executor: Any, why: str = "") -> None:
        remaining = self._circuit.remaining(executor)
        self.wait = max(self.wait, remaining)
        job.close(Fate.UNAVAILABLE, why, remaining)

    def _look_up(self) -> bool:
        """Now and then enter what was sent, and renew the lease of the rest; return whether all of it is still ours."""
        now = steady_time()
        if now - self._entered < min(_LONGEST_UNENTERED, self._settings.lease / 4):
            return True
        if self._connection.in_atomic_block:
            # An executor that writes to this database is in the middle of it.
            return True
        self._entered = now
        self._beat()
        self._ledger.delete_sent(self.jobs)
        if now - self._renewed < self._settings.lease / 4:
            return True
        return self._renew(now)

    def _renew(self, now: float) -> bool:
        held = {job.entry.id: job for job in self.jobs if job.fate not in (Fate.SETTLED, Fate.LOST)}
        if not held:
            return True
        ours = acknowledge.renew(self._connection, self._token, list(held), self._lease)
        self._renewed = now
        for key in held.keys() - ours:
            self._ledger.lose(held[key])
        return len(ours) == len(held)


def _heads(run: list[Job]) -> Any:
    """Return what each job wants next, once for each time it is there."""
    ahead: dict[int, int] = {}
    for job in run:
        index = ahead.get(job.entry.id, 0)
        ahead[job.entry.id] = index + 1
        yield job.wanted[job.position + index]
