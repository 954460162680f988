"""The relay: it sends what its writers have not, for hours on end, beside any number of others."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, InternalError, OperationalError, connections

from airlock.integrations.django.outbox._circuit import Circuit, backoff
from airlock.integrations.django.outbox._claims import Claim, claim, count_newer
from airlock.integrations.django.outbox._clock import milliseconds
from airlock.integrations.django.outbox._heartbeat import Counters, Heartbeat
from airlock.integrations.django.outbox._settle import logger
from airlock.integrations.django.outbox._signals import Stopping
from airlock.integrations.django.outbox._steady import steady_time
from airlock.integrations.django.outbox._turn import Turn

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from airlock.integrations.django.outbox._settings import OutboxSettings

_GONE: Final = (InterfaceError, InternalError, OperationalError)
"""What a database raises that is down, has been promoted, or is full."""
_LONGEST_ABSENCE: Final = 30.0
"""How many seconds there are between two tries to reach a database, at most."""
_SHORTEST_BETWEEN_FULL_LOOKS: Final = 1.0
_SHARE_OF_FULL_LOOKS: Final = 0.1
_BETWEEN_FULL_CLAIMS: Final = 0.1
_BETWEEN_WARNINGS: Final = 300.0


class Relay:
    """Sends what is due in one database, until it is told to stop.

    Arguments:
        alias: The database.
        settings: The settings of the outbox.
        once: Whether to stop as soon as nothing is due.
        stopping: Whether to stop, and how to sleep until then.
    """

    def __init__(self, alias: str, settings: OutboxSettings, *, once: bool = False, stopping: Stopping) -> None:
        self.alias = alias
        self.counters = Counters()
        self._settings = settings
        self._once = once
        self._stopping = stopping
        self._heartbeat = Heartbeat(alias)
        # What is recorded waits no longer than a lease after its backend is back.
        self._circuit = Circuit(settings.backoff_first, min(settings.backoff_most, settings.lease))
        self._turn: Turn | None = None
        self._failures = 0
        self._floor = self._latest = 0
        self._full_look_at = 0.0
        self._was_full_look = False
        self._warn_at = 0.0

    def run(self) -> None:
        """Send until told to stop, or until nothing is due.

        Raises:
            DatabaseError: The database refuses what no waiting will mend, or there is no second try with `once`.
        """
        with self._stopping.on_signals():
            logger.info("relay %s for the database %r started", self._heartbeat.name, self.alias)
            try:
                while not self._stopping():
                    wait = self._attempt()
                    if wait is None:
                        break
                    if wait:
                        self._stopping.sleep(wait)
            finally:
                self._end()

    def _attempt(self) -> float | None:
        """Take one step; return how long to wait before the next, `None` for no next one."""
        connection = connections[self.alias]
        try:
            wait = self._step(connection)
        except _GONE as error:
            if self._once:
                raise
            self._failures += 1
            delay = backoff(self._failures, self._settings.backoff_first, _LONGEST_ABSENCE)
            logger.warning(
                "the database %r cannot be used (%s, %s); trying again in %.1f s",
                *(self.alias, type(error).__qualname__, type(error.__cause__).__qualname__, delay),
            )
            connection.close()
            return delay
        if self._failures:
            logger.warning("the database %r can be used again", self.alias)
            self._failures = 0
        return wait

    def _step(self, connection: BaseDatabaseWrapper) -> float | None:
        """Work on one claim; return how long to wait before the next, `None` for no next one."""
        # With DEBUG, Django keeps what was executed.
        connection.queries_log.clear()
        self._close_unusable()
        self._settle(connection)
        self._heartbeat.beat(connection, self.counters)
        began = steady_time()
        claimed = self._claim(connection)
        if not claimed.entries:
            return self._idle(connection)
        turn = self._turn = Turn(
            connection,
            claimed,
            began,
            settings=self._settings,
            circuit=self._circuit,
            counters=self.counters,
            is_over=self._stopping,
            beat=lambda: self._heartbeat.beat(connection, self.counters),
        )
        before = self.counters.sent
        turn.run()
        self._settle(connection)
        if not turn.wait or self.counters.sent > before:
            return 0.0
        if self._once:
            return None
        # Behind so many for a backend that is down there may be some for another.
        is_full = len(claimed.entries) == self._settings.batch
        return min(turn.wait, self._settings.poll, _BETWEEN_FULL_CLAIMS if is_full else self._settings.poll)

    def _settle(self, connection: BaseDatabaseWrapper) -> None:
        """Enter what came of the last claim, if that has still to be done."""
        if self._turn is not None:
            self._turn.settle()
            self._turn = None

    def _close_unusable(self) -> None:
        """Close what tasks have opened to other databases and nobody else will: what is broken, or old enough."""
        # With `once`, this may be the process of somebody who does so.
        for other in () if self._once else connections.all(initialized_only=True):
            if other.alias != self.alias:
                other.close_if_unusable_or_obsolete()

    def _claim(self, connection: BaseDatabaseWrapper) -> Claim:
        """Claim what is due, mostly without walking over what was due long ago and is gone."""
        settings = self._settings
        began = monotonic()
        is_full = self._was_full_look = began >= self._full_look_at
        floor = 0 if is_full else self._floor
        found = claim(
            connection,
            count=settings.batch,
            lease=milliseconds(settings.lease),
            audience=settings.audience,
            floor=floor,
        )
        if is_full:
            now = monotonic()
            shortest = min(_SHORTEST_BETWEEN_FULL_LOOKS, settings.poll)
            self._full_look_at = now + max(shortest, (now - began) / _SHARE_OF_FULL_LOOKS)
        if found.entries:
            # The next part of a scope was due when the first was.
            self._floor, self._latest = found.earliest, max(self._latest, found.latest)
            return found
        self._floor = self._latest
        if self._once and not is_full:
            self._full_look_at = 0.0
            return self._claim(connection)
        return found

    def _idle(self, connection: BaseDatabaseWrapper) -> float | None:
        """Return how long to wait where there is nothing to do."""
        if self._once:
            return None
        if monotonic() >= self._warn_at:
            self._warn_at = monotonic() + _BETWEEN_WARNINGS
            newer = count_newer(connection)
            if newer:
                logger.warning("%d entries are in a newer format: start a relay of the version that wrote them", newer)
        connection.close_if_unusable_or_obsolete()
        if self._was_full_look:
            return self._settings.poll
        # What was due before the latest that was found has still to be looked for.
        return min(self._settings.poll, max(0.001, self._full_look_at - monotonic()))

    def _end(self) -> None:
        """Release what is in hand, and leave no heartbeat."""
        connection = connections[self.alias]
        try:
            self._settle(connection)
            self._heartbeat.remove(connection)
        except _GONE as error:
            logger.warning(
                "the relay could not take its leave of the database %r (%s); what it has is due when its lease ends",
                *(self.alias, type(error).__qualname__),
            )
        if not connection.in_atomic_block:
            connection.close()
        logger.info("relay %s stopped: %r", self._heartbeat.name, self.counters)
