"""Keeps, for the page of effects, what airlock let out of each request and what it held back."""

from collections.abc import Callable, Iterator

from django.db import transaction
from django.http import HttpResponse

import airlock
from airlock.integrations.django import AirlockHttpRequest
from shop.models import Effect, Visit

Outcome = Effect.Outcome


class RecordEffects:
    """Stands above `AirlockMiddleware`, so that everything is decided when the response comes by."""

    def __init__(self, get_response: Callable[[AirlockHttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: AirlockHttpRequest) -> HttpResponse:
        response = self.get_response(request)
        scope = request.airlock
        if scope.intents:
            with transaction.atomic():
                visit = Visit.objects.create(
                    method=request.method, path=request.path[:200], status=response.status_code
                )
                Effect.objects.bulk_create(
                    Effect(visit=visit, call=str(intent)[:200], outcome=outcome, reason=reason)
                    for intent, outcome, reason in outcomes(scope, response)
                )
        return response


def outcomes(scope: airlock.Scope, response: HttpResponse) -> Iterator[tuple[airlock.Intent, Outcome, str]]:
    """Yield what became of each intent of a request, and why."""
    dispatched, undispatched = set(scope.dispatched), set(scope.undispatched)
    policies = {verdict.intent: verdict.policy for verdict in scope.dropped}
    for intent in scope.intents:
        if scope.is_discarded:
            yield intent, Outcome.DISCARDED, f"the response was {response.status_code}"
        elif intent in dispatched:
            yield intent, Outcome.LET_OUT, "the transaction committed"
        elif intent in policies:
            yield intent, Outcome.DROPPED, f"the policy is {policies[intent]}"
        elif intent in undispatched:
            yield intent, Outcome.NOT_SENT, "the queue did not take it"
        else:
            yield intent, Outcome.ROLLED_BACK, "its rows were rolled back"
