from collections.abc import Callable, Iterator

import pytest

import airlock


class Recorder:
    """Tasks that leave a trace: `recorder.task("charge")` is a function that notes each call of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[object, ...], dict[str, object]]] = []

    def task(self, name: str) -> Callable[..., None]:
        def call(*args: object, **kwargs: object) -> None:
            self.calls.append((name, args, kwargs))

        call.__name__ = call.__qualname__ = name
        return call

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.calls]

    @property
    def args(self) -> list[tuple[object, ...]]:
        return [args for _, args, _ in self.calls]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def charge(recorder: Recorder) -> Callable[..., None]:
    return recorder.task("charge")


@pytest.fixture
def email(recorder: Recorder) -> Callable[..., None]:
    return recorder.task("email")


@pytest.fixture(autouse=True)
def default_configuration() -> Iterator[None]:
    airlock.reset_configuration()
    yield
    airlock.reset_configuration()
    assert airlock.get_current_scope() is None
