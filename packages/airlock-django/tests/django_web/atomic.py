"""Views that are looked at from inside their transaction."""

from collections.abc import Callable
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django_project.models import Entry

import airlock
from airlock.integrations.django import AirlockHttpRequest, AirlockMiddleware, DjangoScope, atomic
from django_web.effects import effect, sent, want
from django_web.middleware import SyncOnly
from django_web.views import Page, writes


class Objects(airlock.Policy):
    """Objects to effects when they are about to go out, and too late for the view to hear it."""

    def allows(self, intent: airlock.Intent) -> bool:
        raise airlock.PolicyViolation("not today", intent=intent)


class OnlyTeapots(AirlockMiddleware):
    """Lets effects out with 418, and with nothing else."""

    def should_flush(self, request: HttpRequest, response: Any) -> bool:
        return bool(response.status_code == 418)


class CannotDecide(AirlockMiddleware):
    def should_flush(self, request: HttpRequest, response: Any) -> bool:
        raise ValueError("whether to")


class LetsThrough(DjangoScope):
    """Leaves what is wanted in a transaction to that transaction."""

    def before_descendant_flushes(
        self, exiting_scope: airlock.Scope, intents: list[airlock.Intent]
    ) -> list[airlock.Intent]:
        return intents if connections[self.using].in_atomic_block else []


class Remembers(SyncOnly):
    """Says what was out when the view had returned."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.content = ",".join(sent).encode()
        return response


class Commits(SyncOnly):
    """Commits something of its own before the view."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic(using=airlock.get_configuration().scope_kwargs["using"]):
            want("committed before")
        return self.get_response(request)


class Shelters(SyncOnly):
    """Puts a scope of its own around the view."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with airlock.scope():
            return self.get_response(request)


class Mutes(SyncOnly):
    """Puts a policy around the view."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with airlock.policy(airlock.BlockTasks(["effect"])):
            return self.get_response(request)


def renders_afterwards(request: HttpRequest, alias: str) -> TemplateResponse:
    writes(request, alias)
    return TemplateResponse(request, Page(lambda: want("while rendering")))


def fails_while_rendering(request: HttpRequest, alias: str) -> TemplateResponse:
    def fail() -> None:
        want("while rendering")
        raise ValueError("in the template")

    writes(request, alias)
    return TemplateResponse(request, Page(fail))


def is_durable(request: HttpRequest, alias: str) -> HttpResponse:
    with transaction.atomic(using=alias, durable=True):
        return writes(request, alias)


def leaves_a_scope_open(request: HttpRequest, alias: str) -> HttpResponse:
    writes(request, alias)
    airlock.scope().enter()
    return HttpResponse()


def ends_its_scope(request: AirlockHttpRequest, alias: str) -> HttpResponse:
    writes(request, alias)
    request.airlock.exit()
    request.airlock.discard()
    return HttpResponse()


def writes_in_a_block_of_its_own(request: HttpRequest, alias: str) -> HttpResponse:
    with atomic(alias):
        return writes(request, alias)


def returns_nothing(request: HttpRequest, alias: str) -> None:
    writes(request, alias)


def counts_savepoints(request: HttpRequest, alias: str) -> HttpResponse:
    want("counted")
    connection: Any = connections[alias]
    return HttpResponse(f"{len(connection.atomic_blocks)},{len(connection.savepoint_ids)}")


def looks_at_its_scope(request: AirlockHttpRequest, alias: str) -> HttpResponse:
    assert request.airlock is airlock.get_current_scope()
    want("wanted")
    return HttpResponse()


def writes_to_two(request: HttpRequest, alias: str) -> HttpResponse:
    Entry.objects.using("other").create(text="written")
    return writes(request, alias)


def wants_what_cannot_be_recorded(request: HttpRequest, alias: str) -> HttpResponse:
    airlock.enqueue(effect, object())
    return writes(request, alias)


async def is_awaited(request: HttpRequest, alias: str) -> HttpResponse:
    want("written")
    return HttpResponse()


def by_itself(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the same view, under `ATOMIC_REQUESTS` on no database."""

    def alone(request: HttpRequest, alias: str) -> HttpResponse:
        return view(request, alias)

    for alias in connections.settings:
        transaction.non_atomic_requests(alias)(alone)
    return alone


VIEWS: dict[str, Callable[..., Any]] = {
    view.__name__: view
    for view in (
        renders_afterwards,
        fails_while_rendering,
        is_durable,
        leaves_a_scope_open,
        returns_nothing,
        ends_its_scope,
        counts_savepoints,
        looks_at_its_scope,
        writes_to_two,
        is_awaited,
        wants_what_cannot_be_recorded,
    )
}
VIEWS["is_durable_by_itself"] = by_itself(is_durable)
VIEWS["writes_by_itself"] = by_itself(writes)
VIEWS["writes_in_a_block_of_its_own"] = by_itself(writes_in_a_block_of_its_own)
