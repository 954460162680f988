"""The middleware on Django's own clients and factories, its errors, and what a subclass may decide."""

import asyncio
from urllib.request import urlopen

import pytest
from asgiref.sync import iscoroutinefunction
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import (
    AsyncClient,
    AsyncRequestFactory,
    Client,
    LiveServerTestCase,
    RequestFactory,
    modify_settings,
    override_settings,
)
from django_web.effects import BrokerDownError, record, scopes, sent, want
from django_web.servers import OURS

import airlock
from airlock.integrations.django import AirlockMiddleware

ESCAPING = ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "CancelledError"]


class ByMethod(AirlockMiddleware):
    def should_flush(self, request, response):
        return request.method == "POST" and super().should_flush(request, response)


class Audits(AirlockMiddleware):
    def should_flush(self, request, response):
        return True


class Silent(AirlockMiddleware):
    def make_scope(self, request):
        return airlock.scope(policy=airlock.DropAll() if "silent" in request.GET else None)


class FlushesAlways(airlock.Scope):
    def should_flush(self, error):
        return True


class FlushesOnValueErrors(airlock.Scope):
    def should_flush(self, error):
        return error is None or isinstance(error, ValueError)


def with_middleware(middleware):
    return override_settings(MIDDLEWARE=[f"{middleware.__module__}.{middleware.__qualname__}"])


def get(path, **options):
    return Client(raise_request_exception=False, **options).get(path)


def test_the_test_client_gets_what_people_get(web, kind):
    response = get(f"/{kind}/answers/200/")
    assert response.status_code == 200
    assert response.wsgi_request.airlock.is_flushed
    assert sent == ["answered"]
    assert get(f"/{kind}/answers/404/").wsgi_request.airlock.is_discarded
    assert sent == ["answered"]


def test_the_async_test_client_gets_what_people_get(web, kind):
    async def use() -> None:
        client = AsyncClient()
        response = await client.get(f"/{kind}/answers/200/")
        assert response.asgi_request.airlock.is_flushed
        assert sent == ["answered"]
        assert (await client.get(f"/{kind}/answers/404/")).asgi_request.airlock.is_discarded
        assert sent == ["answered"]

    asyncio.run(use())


def test_a_scope_around_a_test_client_captures_what_the_request_lets_out(web, kind):
    with airlock.scope() as around:
        get(f"/{kind}/answers/200/")
        get(f"/{kind}/answers/500/")
        assert sent == []
        assert [intent.args for intent in around.intents] == [("answered",)]
    assert sent == ["answered"]


def test_a_view_called_with_a_request_of_the_factory_needs_no_handler(web):
    def view(request):
        want("in the view")
        assert request.airlock is airlock.get_current_scope()
        return HttpResponse()

    assert AirlockMiddleware(view)(RequestFactory().get("/")).status_code == 200
    assert sent == ["in the view"]
    assert airlock.get_current_scope() is None


def test_a_coroutine_view_called_with_a_request_of_the_factory_needs_no_handler(web):
    async def view(request):
        want("in the view")
        assert request.airlock is airlock.get_current_scope()
        return HttpResponse()

    async def use() -> None:
        assert (await AirlockMiddleware(view)(AsyncRequestFactory().get("/"))).status_code == 200
        assert airlock.get_current_scope() is None

    asyncio.run(use())
    assert sent == ["in the view"]


def test_it_is_a_coroutine_function_where_what_it_calls_is_one():
    async def view(request): ...

    assert iscoroutinefunction(AirlockMiddleware(view))
    assert not iscoroutinefunction(AirlockMiddleware(lambda request: HttpResponse()))


@pytest.mark.parametrize("error", ESCAPING)
def test_what_is_no_exception_to_django_drops_effects_and_goes_on(web, error):
    with pytest.raises(BaseException) as caught:
        Client().get(f"/plain/raises/{error}/")
    assert type(caught.value).__name__ == error
    assert sent == []
    assert scopes[0].is_discarded
    assert airlock.get_current_scope() is None


@pytest.mark.parametrize("error", ESCAPING)
def test_what_is_no_exception_to_django_drops_the_effects_of_a_coroutine_view(web, error):
    with pytest.raises(BaseException) as caught:
        asyncio.run(AsyncClient().get(f"/awaited/raises/{error}/"))
    assert type(caught.value).__name__ == error
    assert sent == []
    assert scopes[0].is_discarded


def test_a_request_that_is_cancelled_while_the_view_waits_lets_nothing_out(web):
    async def cancelled_view(request):
        want("before it waits")
        reached.set()
        await asyncio.Event().wait()

    async def use() -> None:
        task = asyncio.create_task(AirlockMiddleware(cancelled_view)(AsyncRequestFactory().get("/")))
        async with asyncio.timeout(30):
            await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    reached = asyncio.Event()
    asyncio.run(use())
    assert sent == []
    assert scopes[0].is_discarded


def test_a_subclass_decides_by_request_and_response(web):
    with with_middleware(ByMethod):
        get("/plain/answers/200/")
        assert sent == []
        Client().post("/plain/answers/400/")
        assert sent == []
        Client().post("/plain/answers/200/")
    assert sent == ["answered"]


def test_a_subclass_may_flush_on_any_status_that_people_see(web, kind):
    with with_middleware(Audits):
        assert get(f"/{kind}/answers/500/").status_code == 500
        assert sent == ["answered"]
        assert get(f"/{kind}/raises/PermissionDenied/").status_code == 403
    assert sent == ["answered", "before the error"]


def test_a_subclass_is_not_asked_about_a_page_that_hides_an_exception(web, kind):
    apologises = "django_web.middleware.Apologises"
    with override_settings(MIDDLEWARE=[apologises, f"{Audits.__module__}.{Audits.__qualname__}"]):
        assert get(f"/{kind}/raises/ValueError/").status_code == 200
    assert sent == []


def test_a_subclass_chooses_the_scope_by_the_request(web):
    with with_middleware(Silent):
        get("/plain/answers/200/?silent")
        assert sent == []
        get("/plain/answers/200/")
    assert sent == ["answered"]


def test_the_scope_class_decides_about_the_exception_of_a_view(web, kind):
    with override_settings(AIRLOCK={"EXECUTOR": record, "SCOPE": FlushesOnValueErrors}):
        assert get(f"/{kind}/raises/Http404/").status_code == 404
        assert sent == []
        assert get(f"/{kind}/answers/404/").status_code == 404
        assert sent == []
        assert get(f"/{kind}/raises/ValueError/").status_code == 500
    assert sent == ["before the error"]


def test_a_failure_of_a_flush_that_the_scope_class_wants_all_the_same_reaches_the_caller(web):
    def not_found(request):
        want("unsendable")
        return HttpResponse(status=404)

    with override_settings(AIRLOCK={"EXECUTOR": record, "SCOPE": FlushesAlways}):
        with pytest.raises(BrokerDownError):
            AirlockMiddleware(not_found)(RequestFactory().get("/"))


def test_without_the_app_it_says_what_to_add(web):
    with modify_settings(INSTALLED_APPS={"remove": ["airlock.integrations.django"]}):
        assert not apps.is_installed("airlock.integrations.django")
        with pytest.raises(ImproperlyConfigured, match=r"'airlock\.integrations\.django' is not in INSTALLED_APPS"):
            Client().get("/plain/answers/200/")


def test_what_a_failed_request_held_is_freed_without_the_garbage_collector(web):
    request = RequestFactory().get("/")
    error = ValueError()

    def view(request):
        middleware.process_exception(request, error)
        return HttpResponse(status=500)

    middleware = AirlockMiddleware(view)
    middleware(request)
    assert not any(value is error for value in vars(request).values())


@override_settings(MIDDLEWARE=[OURS], MEDIA_URL="/media/", ROOT_URLCONF="django_web.urls", STATIC_URL="/static/")
class TestLiveServer(LiveServerTestCase):
    @pytest.fixture(autouse=True)
    def fresh(self, web): ...

    def test_effects_go_out_before_the_answer_arrives(self):
        with urlopen(f"{self.live_server_url}/plain/answers/200/", timeout=30) as response:
            assert response.status == 200
            assert sent == ["answered"]
