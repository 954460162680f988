"""Saying what became of intents, where nobody else may be left to say it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airlock.integrations.django._signals import intents_undispatched

if TYPE_CHECKING:
    from airlock import Intent
    from airlock.integrations.django._scope import DjangoScope

logger = logging.getLogger("airlock")


def report_undispatched(
    scope: DjangoScope, intents: list[Intent], failures: list[tuple[BaseException, list[Intent]]]
) -> None:
    """Log each intent that was due and did not go out, and send the signal.

    Arguments are shown at no level: messages of exceptions hold them too, so that only their class is told at ERROR and
    the traceback, which ends in the message, at DEBUG.
    """
    if not intents:
        return
    causes = {intent: error for error, concerned in failures for intent in concerned}
    for intent in intents:
        cause = causes.get(intent)
        why = "another commit hook failed before" if cause is None else type(cause).__qualname__
        logger.error("not dispatched: task %s, intent %s, scope %r: %s", intent.name, intent.id, scope, why)
    errors = [error for error, _ in failures]
    for error in errors:
        logger.debug("why intents were not dispatched", exc_info=error)
    intents_undispatched.send_robust(sender=type(scope), scope=scope, intents=list(intents), errors=errors)


def report_rolled_back(scope: DjangoScope, intents: list[Intent]) -> None:
    """Log what died with its transaction or savepoint, which is as it should be."""
    if logger.isEnabledFor(logging.DEBUG):
        for intent in intents:
            logger.debug("rolled back: task %s, intent %s, scope %r", intent.name, intent.id, scope)
