"""What type checkers accept and refuse in enqueue(); every line that ends in `type: ignore` must be refused."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Protocol, assert_type

import airlock
from airlock import DropAll, Intent, Origin, Scope, options


def charge(order: int, *, currency: str = "EUR") -> None: ...


async def email(user: int) -> None: ...


class Shop:
    def ship(self, order: int, express: bool = False) -> str:
        return f"{order} {express}"

    @classmethod
    def close(cls, day: str) -> None: ...


class Mailer:
    def __call__(self, to: str) -> None: ...


class TaskLike(Protocol):
    def __call__(self, order: int) -> None: ...


def plain_functions_are_checked() -> None:
    assert_type(airlock.enqueue(charge, 1), Intent)
    airlock.enqueue(charge, 1, currency="USD")
    airlock.enqueue(charge, order=1)
    airlock.enqueue(charge)  # type: ignore
    airlock.enqueue(charge, "1")  # type: ignore
    airlock.enqueue(charge, 1, currency=2)  # type: ignore
    airlock.enqueue(charge, 1, curency="USD")  # type: ignore
    airlock.enqueue(charge, 1, 2)  # type: ignore


def coroutine_functions_are_checked() -> None:
    airlock.enqueue(email, 1)
    airlock.enqueue(email, "1")  # type: ignore
    airlock.enqueue(email)  # type: ignore


def methods_are_checked(shop: Shop) -> None:
    airlock.enqueue(shop.ship, 1, express=True)
    airlock.enqueue(Shop.close, "monday")
    airlock.enqueue(shop.ship, "1")  # type: ignore
    airlock.enqueue(Shop.close, 1)  # type: ignore


def callable_objects_are_checked(task: TaskLike, callback: Callable[[int], object]) -> None:
    airlock.enqueue(Mailer(), "you")
    airlock.enqueue(task, 1)
    airlock.enqueue(callback, 1)
    airlock.enqueue(Mailer(), 1)  # type: ignore
    airlock.enqueue(task, "1")  # type: ignore
    airlock.enqueue(callback, "1")  # type: ignore


class DjangoLikeTask:
    """Not callable itself."""

    def call(self, order: int) -> None: ...


def task_objects_with_a_call_method_are_checked() -> None:
    airlock.enqueue(DjangoLikeTask(), 1)
    options(queue_name="mail").enqueue(DjangoLikeTask(), 1)
    airlock.enqueue(DjangoLikeTask(), "1")  # type: ignore
    options(queue_name="mail").enqueue(DjangoLikeTask(), "1")  # type: ignore


def transfer(source: str, target: str, token: str) -> None: ...


def unpacked_arguments_are_accepted(pair: tuple[str, str], many: list[str], task: Any) -> None:
    airlock.enqueue(transfer, *pair, "x")
    airlock.enqueue(transfer, *many)
    airlock.enqueue(task, *many)
    airlock.enqueue(task, 1, rush=True)
    airlock.enqueue(transfer, *pair, 1)  # type: ignore


def partials_and_lambdas_are_accepted() -> None:
    airlock.enqueue(partial(charge, 1))
    airlock.enqueue(lambda: charge(1))


def what_cannot_be_called_is_refused() -> None:
    airlock.enqueue(charge(1))  # type: ignore
    airlock.enqueue("charge")  # type: ignore
    airlock.enqueue(None)  # type: ignore


def own_options_leave_the_arguments_unchecked() -> None:
    assert_type(airlock.enqueue(charge, 1, _dispatch_options={"countdown": 5}), Intent)
    airlock.enqueue(charge, 1, _name="charge later", _dispatch_options={"countdown": 5})
    airlock.enqueue(charge, 1, _name="charge later")
    airlock.enqueue(charge, 1, _origin=Origin("shop.py", 1, "checkout"))
    airlock.enqueue(charge, 1, _dispatch_options=5)  # type: ignore
    airlock.enqueue(charge, 1, _name=5)  # type: ignore


def options_keep_the_arguments_checked() -> None:
    later = options(queue="mail", countdown=5)
    assert_type(later.enqueue(charge, 1, currency="USD"), Intent)
    later.enqueue(email, 1)
    later.enqueue(charge, "1")  # type: ignore
    later.enqueue(charge, 1, countdown=5)  # type: ignore


def intents_are_immutable(intent: Intent) -> None:
    intent.args = ()  # type: ignore
    intent.kwargs["x"] = 1  # type: ignore
    intent.dispatch_options["x"] = 1  # type: ignore


class LoudScope(Scope):
    def __init__(self, volume: int = 0) -> None:
        super().__init__(DropAll())
        self.volume = volume


def scopes_keep_their_class() -> None:
    with airlock.scope() as plain:
        assert_type(plain, Scope)
    with airlock.scope(_cls=LoudScope) as loud:
        assert_type(loud, LoudScope)
    with LoudScope(3) as own:
        assert_type(own.volume, int)
    airlock.scope(policy="drop")  # type: ignore
    airlock.scope(executor=5)  # type: ignore


async def scopes_are_async_too() -> None:
    async with airlock.scope() as scope:
        airlock.enqueue(email, 1)
    assert_type(scope, Scope)
    assert_type(scope.dispatched, list[Intent])


def the_body_of_a_scope_is_not_swallowed() -> int:
    with airlock.scope():
        return 1


@airlock.scoped()
def checkout(order: int, *, rush: bool = False) -> str:
    return f"{order} {rush}"


@airlock.scoped(policy=DropAll())
async def checkout_later(order: int) -> str:
    return str(order)


@airlock.policy(DropAll())
def quietly(order: int) -> str:
    return str(order)


async def decorators_keep_the_signature() -> None:
    assert_type(checkout(1, rush=True), str)
    assert_type(await checkout_later(1), str)
    assert_type(quietly(1), str)
    checkout("1")  # type: ignore
    quietly("1")  # type: ignore
    airlock.enqueue(checkout, 1)
    airlock.enqueue(checkout, "1")  # type: ignore


class OnlyBigOnes:
    def on_enqueue(self, intent: Intent) -> None: ...

    def allows(self, intent: Intent) -> bool:
        return bool(intent.args)


class HalfAPolicy:
    def allows(self, intent: Intent) -> bool:
        return True


def a_policy_is_any_object_with_the_two_methods() -> None:
    airlock.scope(policy=OnlyBigOnes())
    airlock.policy(OnlyBigOnes())
    airlock.configure(policy=OnlyBigOnes())
    airlock.CompositePolicy(OnlyBigOnes(), airlock.AllowAll(), airlock.DropDuplicates(), airlock.LimitIntents(3))
    airlock.scope(policy=HalfAPolicy())  # type: ignore
    airlock.policy(DropAll)  # type: ignore


def configuration_is_checked() -> None:
    sent: list[Intent] = []
    airlock.configure(executor=sent.append, scope_cls=LoudScope, scope_kwargs={"volume": 3}, capture_origin=True)
    airlock.configure(executor="celery")
    airlock.configure(exector=print)  # type: ignore
    airlock.configure(scope_cls=int)  # type: ignore


request_id: ContextVar[str] = ContextVar("request_id")


class Tenant:
    def capture(self) -> str | None:
        return None

    @contextmanager
    def restore(self, value: str) -> Generator[None, None, None]:
        yield


class OnlyCaptures:
    def capture(self) -> str | None:
        return None


def what_travels_is_a_variable_or_an_object_with_the_two_methods() -> None:
    providers = {"request_id": request_id}
    airlock.configure(context=providers)
    airlock.configure(context={"request_id": request_id, "tenant": Tenant()})
    airlock.configure(context={"tenant": Tenant})  # type: ignore
    airlock.configure(context={"tenant": OnlyCaptures()})  # type: ignore
    assert_type(airlock.enqueue(charge, 7).context, Mapping[str, Any])


class Independent(Scope):
    def before_descendant_flushes(self, exiting_scope: Scope, intents: list[Intent]) -> list[Intent]:
        return intents

    def should_flush(self, error: BaseException | None) -> bool:
        return True

    def dispatch_all(self, intents: list[Intent]) -> None:
        super().dispatch_all(intents[:1])
