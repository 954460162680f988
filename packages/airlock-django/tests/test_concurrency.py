"""Requests at the same time: 200 that are in their views together, as tasks and as threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django_web.effects import effect, sent

import airlock

REQUESTS = 200


def expect(scope, label):
    """Look at a scope that has been buffering while all the others were."""
    assert airlock.get_current_scope() is scope
    assert scope.parent is None
    assert [intent.args for intent in scope.intents] == [(f"{label} first",), (f"{label} second",)]


def assert_each_sent_its_own():
    assert sorted(sent) == sorted(f"{label} {which}" for label in range(REQUESTS) for which in ("first", "second"))
    firsts = [sent.index(f"{label} first") for label in range(REQUESTS)]
    assert [sent[first + 1] for first in firsts] == [f"{label} second" for label in range(REQUESTS)]


def in_tasks(name, view):
    async def use():
        client = AsyncClient()
        async with asyncio.timeout(60):
            return await asyncio.gather(*(client.get(f"/{name}/{label}/") for label in range(REQUESTS)))

    with override_settings(ROOT_URLCONF=(path(f"{name}/<str:label>/", view),)):
        return asyncio.run(use())


def test_200_requests_interleaved_in_one_thread_never_see_the_effects_of_each_other(web):
    async def view(request, label):
        scope = request.airlock
        airlock.enqueue(effect, f"{label} first")
        await barrier.wait()
        airlock.enqueue(effect, f"{label} second")
        await barrier.wait()
        expect(scope, label)
        return HttpResponse()

    barrier = asyncio.Barrier(REQUESTS)
    answers = in_tasks("interleaved", view)
    assert {answer.status_code for answer in answers} == {200}
    assert_each_sent_its_own()


def test_of_200_interleaved_requests_those_that_fail_drop_their_own_effects_only(web):
    async def view(request, label):
        airlock.enqueue(effect, label)
        await barrier.wait()
        return HttpResponse(status=200 if int(label) % 2 else 500)

    barrier = asyncio.Barrier(REQUESTS)
    in_tasks("failing", view)
    assert sorted(sent, key=int) == [str(number) for number in range(1, REQUESTS, 2)]


def test_200_requests_at_once_in_200_threads_never_see_the_effects_of_each_other(web):
    def view(request, label):
        scope = request.airlock
        airlock.enqueue(effect, f"{label} first")
        barrier.wait()
        airlock.enqueue(effect, f"{label} second")
        barrier.wait()
        expect(scope, label)
        return HttpResponse(status=200 if int(label) % 2 else 500)

    barrier = threading.Barrier(REQUESTS, timeout=60)
    with override_settings(ROOT_URLCONF=(path("threads/<str:label>/", view),)):
        client = Client()
        with ThreadPoolExecutor(REQUESTS) as threads:
            answers = list(threads.map(lambda label: client.get(f"/threads/{label}/").status_code, range(REQUESTS)))
    assert answers == [500, 200] * (REQUESTS // 2)
    assert sorted(sent) == sorted(
        f"{label} {which}" for label in range(1, REQUESTS, 2) for which in ("first", "second")
    )


def test_work_that_a_view_spreads_over_tasks_and_threads_belongs_to_its_request(web):
    async def view(request, label):
        async def in_a_task(part):
            await barrier.wait()
            airlock.enqueue(effect, f"{label} {part}")

        await asyncio.gather(in_a_task("task"), asyncio.to_thread(airlock.enqueue, effect, f"{label} thread"))
        assert {intent.args[0] for intent in request.airlock.intents} == {f"{label} task", f"{label} thread"}
        return HttpResponse()

    barrier = asyncio.Barrier(REQUESTS)
    assert {answer.status_code for answer in in_tasks("spread", view)} == {200}
    assert len(sent) == 2 * REQUESTS
