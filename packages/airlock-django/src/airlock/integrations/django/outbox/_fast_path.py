"""The writer's own attempt: right after the commit, for a moment, at what it has just recorded.

Whatever goes wrong is left to a relay, and nothing of it reaches the caller, who has had the answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import connections

from airlock._configuration import defaults
from airlock._dispatch import _mark_uncertain
from airlock.integrations.django._handover import Delivery
from airlock.integrations.django.outbox._acknowledge import delete_sent, renew
from airlock.integrations.django.outbox._clock import milliseconds
from airlock.integrations.django.outbox._counts import counts
from airlock.integrations.django.outbox._deliver import deliver
from airlock.integrations.django.outbox._release import release_begun, release_untouched
from airlock.integrations.django.outbox._settings import OutboxSettings, outbox_settings
from airlock.integrations.django.outbox._steady import steady_time

if TYPE_CHECKING:
    from airlock.integrations.django.outbox._entries import Written
    from airlock.integrations.django.outbox._outgoing import Recorded

T = TypeVar("T")

logger = logging.getLogger("airlock")

_AT_ONCE: Final = 100
"""How many intents an executor is given before the time is looked at."""
_UNTIL_DELETED: Final = 500
"""How many intents may be sent before the entries are deleted: as many are sent again if the process dies."""


def send_now(alias: str, token: str, recorded: Sequence[Recorded]) -> None:
    """Send entries that were committed until all are sent, the backend is down, or the time is up; release the rest.

    Arguments:
        alias: The database that they are in.
        token: By which they are known as ours.
        recorded: The entries of each scope, in order.
    """
    if defaults.bypass != "ignore":
        from airlock._watching import watch_what_is_new

        watch_what_is_new()
    attempt = _Attempt(alias, token, outbox_settings() or OutboxSettings())
    for each in recorded:
        attempt.send(each)
    attempt.finish()


class _Attempt:
    """One pass over what was committed.

    Arguments:
        alias: The database.
        token: By which the entries are known as ours.
        settings: How long it may take.
    """

    def __init__(self, alias: str, token: str, settings: OutboxSettings) -> None:
        self._connection: Any = connections[alias]
        self._token = token
        self._lease = settings.lease
        self._deadline = steady_time() + settings.budget
        self._is_over = settings.budget <= 0
        self._interruption: BaseException | None = None
        self._sent: list[int] = []
        self._begun: list[Written] = []
        self._untouched: list[int] = []
        self._unacknowledged = 0

    def send(self, recorded: Recorded) -> None:
        """Send the entries of one scope, as far as they go."""
        goes_on = not self._is_over
        if goes_on and recorded.lease_ends <= self._deadline:
            goes_on = self._renew(recorded)
        delivery = Delivery(recorded.scope, after_commit=True)
        for entry in recorded.entries:
            goes_on = goes_on and self._send_entry(entry, delivery)
            if entry.done == len(entry.intents):
                self._sent.append(entry.id)
            elif entry.done or entry.why:
                self._begun.append(entry)
            else:
                self._untouched.append(entry.id)
            if self._unacknowledged >= _UNTIL_DELETED:
                self._delete_sent()

    def finish(self) -> None:
        """Delete what was sent, and let a relay have the rest now instead of when the lease ends."""
        self._delete_sent()
        for entry in self._begun:
            self._quietly(release_begun, entry.id, len(entry.intents), entry.done, entry.why)
        if self._untouched:
            self._quietly(release_untouched, self._untouched)
        if self._interruption is not None:
            raise self._interruption

    def _send_entry(self, entry: Written, delivery: Delivery) -> bool:
        """Send one entry, and return whether to go on with the next one of its scope."""
        executor: Any = delivery.executor
        if defaults.capture is not None:
            from airlock._left_behind import tell_of_what_stays

            tell_of_what_stays(executor, entry.copies)
        outcome = deliver(executor, entry.copies, self._has_time, _AT_ONCE, delivery._results)
        entry.done = outcome.sent
        self._unacknowledged += outcome.sent
        counts.sent += outcome.sent
        delivery._dispatched += entry.intents[: outcome.sent]
        if outcome.error is None:
            return not self._is_over
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

    def _renew(self, recorded: Recorded) -> bool:
        """Begin a new lease, since this one may end before the time is up, and drop what another has by now.

        Returns:
            Whether all of it is still ours; what comes after a part that another has must not go out before that.
        """
        begun = steady_time()
        ids = [entry.id for entry in recorded.entries]
        ours = self._quietly(renew, ids, milliseconds(self._lease)) or set()
        recorded.lease_ends = begun + self._lease
        recorded.entries = [entry for entry in recorded.entries if entry.id in ours]
        return len(recorded.entries) == len(ids)

    def _delete_sent(self) -> None:
        sent, self._sent, self._unacknowledged = self._sent, [], 0
        if not sent:
            return
        deleted = self._quietly(delete_sent, sent)
        if deleted is not None and deleted < len(sent):
            logger.warning(
                "%d entries had a relay when they were done here: their lease had ended before. Intents may have been "
                "sent twice, with the same id. Is LEASE long enough?",
                len(sent) - deleted,
            )

    def _quietly(self, step: Callable[..., T], *arguments: Any) -> T | None:
        """Take a step that a relay makes good when it fails."""
        try:
            return step(self._connection, self._token, *arguments)
        except Exception as error:
            logger.warning("left to a relay, and what was sent may be sent again: %s", type(error).__qualname__)
            logger.debug("why something was left to a relay", exc_info=error)
            return None
