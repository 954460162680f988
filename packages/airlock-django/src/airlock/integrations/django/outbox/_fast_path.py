"""The writer's own attempt: right after the commit, for a moment, at what it has just recorded.

Whatever goes wrong is left to a relay, and nothing of it reaches the caller, who has had the answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import connections

from airlock._configuration import defaults
from airlock._dispatch import _mark_uncertain
from airlock.integrations.django._handover import Delivery
from airlock.integrations.django.outbox._clock import milliseconds
from airlock.integrations.django.outbox._counts import counts
from airlock.integrations.django.outbox._deliver import deliver
from airlock.integrations.django.outbox._retry import with_retries
from airlock.integrations.django.outbox._settings import OutboxSettings, outbox_settings
from airlock.integrations.django.outbox._steady import steady_time
from airlock.integrations.django.outbox._written import delete_parts, delete_sent, release, release_begun, renew

if TYPE_CHECKING:
    from airlock.integrations.django.outbox._entries import Written
    from airlock.integrations.django.outbox._outgoing import Recorded

T = TypeVar("T")

logger = logging.getLogger("airlock")

_AT_ONCE: Final = 100
"""How many intents an executor is given before the time is looked at."""
_UNTIL_DELETED: Final = 500
"""How many intents may be sent before the entries are deleted: as many are sent again if the process dies."""
_PATIENCE: Final = 0.25
"""For how many seconds a step is tried again that others are in the way of: a deadlock is told at once, and who has
waited for a lock has waited for longer."""


def send_now(alias: str, recorded: Sequence[Recorded]) -> None:
    """Send entries that were committed until all are sent, the backend is down, or the time is up; release the rest.

    Arguments:
        alias: The database that they are in.
        recorded: The entries of each scope, in order.
    """
    if defaults.bypass != "ignore":
        from airlock._watching import watch_what_is_new

        watch_what_is_new()
    attempt = _Attempt(alias, outbox_settings() or OutboxSettings())
    for each in recorded:
        attempt.send(each)
    attempt.finish()


class _Attempt:
    """One pass over what was committed.

    Arguments:
        alias: The database.
        settings: How long it may take.
    """

    def __init__(self, alias: str, settings: OutboxSettings) -> None:
        self._connection: Any = connections[alias]
        self._lease = settings.lease
        self._deadline = steady_time() + settings.budget
        self._is_over = settings.budget <= 0
        self._has_given_up = False
        self._interruption: BaseException | None = None
        self._sent: list[str] = []
        self._sent_parts: dict[str, int] = {}
        self._undeleted = 0
        self._unacknowledged = 0
        self._begun: list[tuple[str, Written]] = []
        self._left: list[str] = []

    def send(self, recorded: Recorded) -> None:
        """Send the entries of one scope, as far as they go."""
        goes_on = not self._is_over
        if goes_on and recorded.lease_ends <= self._deadline:
            goes_on = self._renew(recorded)
        delivery = Delivery(recorded.scope, after_commit=True)
        key, last = recorded.key, len(recorded.entries) - 1
        for entry in recorded.entries:
            goes_on = goes_on and not self._is_over and self._send_entry(entry, delivery)
            if entry.done < len(entry.intents):
                if entry.done or entry.why:
                    self._begun.append((key, entry))
                self._left.append(key)
                break
            self._enter_sent(key, entry, is_last=entry.part == last)

    def finish(self) -> None:
        """Delete what was sent, and let a relay have the rest now instead of when the lease ends."""
        self._delete_sent()
        for key, entry in self._begun:
            self._quietly(release_begun, key, entry.part, entry.done, entry.why)
        if self._left:
            self._quietly(release, self._left)
        if self._interruption is not None:
            raise self._interruption

    def _send_entry(self, entry: Written, delivery: Delivery) -> bool:
        """Send one entry, and return whether to go on with the next one of its scope."""
        executor: Any = delivery.executor
        outcome = deliver(executor, entry.copies, self._has_time, _AT_ONCE, delivery._results)
        entry.done = outcome.sent
        counts.sent += outcome.sent
        delivery._dispatched += entry.intents[: outcome.sent]
        if outcome.error is None:
            return True
        self._is_over = self._is_over or outcome.unavailable
        if not isinstance(outcome.error, Exception):
            self._is_over, self._interruption = True, outcome.error
        _mark_uncertain(delivery, entry.copies[outcome.sent :], outcome.error)
        originals = dict(zip(entry.copies, entry.intents, strict=True))
        delivery._uncertain = [originals.get(intent, intent) for intent in delivery._uncertain]
        intent = entry.intents[outcome.sent]
        kind = type(outcome.error).__qualname__
        entry.why = f"{kind}, task {intent.name}"
        logger.warning(
            "left to a relay: task %s, intent %s, scope %r: %s", intent.name, intent.id, delivery.scope, kind
        )
        logger.debug("why an intent was left to a relay", exc_info=outcome.error)
        return False

    def _has_time(self, _: int) -> bool:
        self._is_over = self._is_over or steady_time() >= self._deadline
        return not self._is_over

    def _enter_sent(self, key: str, entry: Written, *, is_last: bool) -> None:
        """Have an entry deleted: now, if as many were sent as may be sent again, or with others."""
        if is_last:
            self._sent_parts.pop(key, None)
            self._sent.append(key)
        else:
            self._sent_parts[key] = entry.part + 1
        self._undeleted += 1
        self._unacknowledged += len(entry.intents)
        if self._unacknowledged >= _UNTIL_DELETED:
            self._delete_sent()

    def _renew(self, recorded: Recorded) -> bool:
        """Begin a new lease, since this one may end before the time is up.

        Returns:
            Whether all of it is still ours; what comes after a part that another has must not go out before that.
        """
        return self._quietly(renew, recorded.key, milliseconds(self._lease)) == len(recorded.entries)

    def _delete_sent(self) -> None:
        if not self._undeleted:
            return
        deleted = [self._quietly(delete_parts, *part) for part in self._sent_parts.items()]
        if self._sent:
            deleted.append(self._quietly(delete_sent, self._sent))
        lost = 0 if self._has_given_up else self._undeleted - sum(filter(None, deleted))
        if lost:
            logger.warning(
                "%d entries had a relay when they were done here: their lease had ended before. Intents may have been "
                "sent twice, with the same id. Is LEASE long enough?",
                lost,
            )
        self._sent, self._sent_parts, self._undeleted, self._unacknowledged = [], {}, 0, 0

    def _quietly(self, step: Callable[..., T], *arguments: Any) -> T | None:
        """Take a step that a relay makes good when it fails.

        Somebody waits for this to end: with others in the way of one step, the next would have to wait as long.
        """
        if self._has_given_up:
            return None
        try:
            return with_retries(partial(step, self._connection, *arguments), steady_time() + _PATIENCE)
        except Exception as error:
            self._has_given_up = self._is_over = True
            logger.warning("left to a relay, and what was sent may be sent again: %s", type(error).__qualname__)
            logger.debug("why something was left to a relay", exc_info=error)
            return None
