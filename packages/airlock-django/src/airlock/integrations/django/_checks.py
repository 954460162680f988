"""The system checks: what `manage.py check` says about airlock."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.core import checks

import airlock
from airlock._executors import resolve
from airlock._left_behind import carries_context
from airlock.integrations.django import _checks_middleware as middleware
from airlock.integrations.django import _checks_outbox as outbox
from airlock.integrations.django._problems import Problem
from airlock.integrations.django._scope import DjangoScope
from airlock.integrations.django._settings import settings

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

TAG = "airlock"


def register() -> None:
    """Make Django run the checks."""
    for check in CHECKS:
        checks.register(check, TAG)
    for check in DEPLOYMENT_CHECKS:
        checks.register(check, TAG, deploy=True)
    for check in DATABASE_CHECKS:
        # Not under our own tag: from Django 6.1 on, naming any tag asks all databases.
        checks.register(check, checks.Tags.database)


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with AIRLOCK."""
    return _messages(settings.problems)


def check_middleware(**_: Any) -> list[CheckMessage]:
    """Report where AirlockMiddleware is missing or in the wrong place."""
    return _messages(middleware.problems())


def check_databases(**_: Any) -> list[CheckMessage]:
    """Report models that are written where scopes do not look."""
    return [] if settings.problems else _messages(_unfollowed())


def check_context(**_: Any) -> list[CheckMessage]:
    """Report an executor whose messages do not carry what CONTEXT says."""
    configured = airlock.get_configuration()
    if settings.problems or not configured.context or carries_context(resolve(configured.executor)):
        return []
    names = " and ".join(map(repr, configured.context))
    message = f"The executor {configured.executor!r} has no place in its messages for {names}"
    hint = "Give the tasks what they need as arguments, or take another executor."
    return _messages([Problem("airlock.W011", message, hint)])


def check_deployment(**_: Any) -> list[CheckMessage]:
    """Report what is fine at a desk only."""
    from airlock.integrations.executors.sync import sync_executor

    if settings.problems or airlock.get_configuration().executor not in (None, "sync", sync_executor):
        return []
    hint = "Set AIRLOCK['EXECUTOR'] to the executor of a queue, or to 'auto'."
    return _messages([Problem("airlock.W004", "The executor is 'sync', so that requests wait for every effect", hint)])


def check_outbox(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Report what keeps the outbox in a database from keeping its promise."""
    return _messages(outbox.database_problems(databases or ()))


def check_outbox_deployment(**_: Any) -> list[CheckMessage]:
    """Report what does so around it."""
    return _messages(outbox.deployment_problems())


CHECKS = (check_settings, check_middleware, check_databases, check_context)
DEPLOYMENT_CHECKS = (check_deployment, check_outbox_deployment)
DATABASE_CHECKS = (check_outbox,)


def _messages(problems: list[Problem] | Iterator[Problem]) -> list[CheckMessage]:
    kinds = {"E": checks.Error, "W": checks.Warning}
    return [
        kinds[problem.id.removeprefix("airlock.")[0]](f"{problem.message}.", problem.hint or None, id=problem.id)
        for problem in problems
    ]


def _unfollowed() -> Iterator[Problem]:
    """Find the databases that routers send models to, and that are not the one whose commit scopes wait for."""
    from django.apps import apps
    from django.db import DEFAULT_DB_ALIAS, router

    configured = airlock.get_configuration()
    if not issubclass(configured.scope_cls or airlock.Scope, DjangoScope) or "using" in configured.scope_kwargs:
        return
    elsewhere: dict[str, list[str]] = {}
    for model in apps.get_models():
        alias = router.db_for_write(model)
        if alias != DEFAULT_DB_ALIAS:
            elsewhere.setdefault(alias, []).append(model._meta.label)
    for alias, models in sorted(elsewhere.items()):
        shown = models[0] if len(models) == 1 else f"{models[0]} and {len(models) - 1} more"
        yield Problem(
            "airlock.W003",
            f"{shown} {'is' if len(models) == 1 else 'are'} written to {alias!r}, and a scope waits for the "
            f"commit of {DEFAULT_DB_ALIAS!r} only",
            f"Set AIRLOCK['USING'] to the database that decides, or open a scope with using={alias!r} where it is "
            "another one.",
        )
