import asyncio
import functools
import importlib
import sys
import textwrap

import pytest

import airlock
from airlock import Intent, UsageError, _executors
from airlock.integrations.executors.auto import auto_executor
from airlock.integrations.executors.sync import sync_executor


@pytest.fixture(autouse=True)
def forget_executors():
    _executors.installed.cache_clear()
    _executors.find_executor.cache_clear()
    yield
    _executors.installed.cache_clear()
    _executors.find_executor.cache_clear()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that installs a distribution: a module, and entry points for executors in it."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = []

    def install(distribution, source, **executors):
        module = distribution.replace("-", "_")
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        information = tmp_path / f"{module}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        lines = [f"{name.replace('_', '-')} = {module}:{attribute}" for name, attribute in executors.items()]
        (information / "entry_points.txt").write_text("\n".join(["[airlock.executors]", *lines]))
        importlib.invalidate_caches()

    yield install
    for module in modules:
        sys.modules.pop(module, None)


ROW = """
    sent = []

    class Task:
        # Not callable, like the task objects of some queues.
        def __init__(self, function):
            self.func = function

    class Executor:
        unavailable = (ConnectionError,)

        def accepts(self, task):
            return isinstance(task, Task)

        def __call__(self, intent):
            sent.append([intent])

        def perform(self, intent):
            return intent.task.func(*intent.args, **intent.kwargs)

    class Batches(Executor):
        def dispatch_many(self, intents):
            yield from range(len(intents))
            sent.append(intents)

    row, batches = Executor(), Batches()
    number, broken_class = 5, Executor
"""


def test_a_name_finds_an_installed_executor(install, charge):
    install("row-queue", ROW, row="row")
    with airlock.scope(executor="row"):
        intent = airlock.enqueue(charge)
    import row_queue

    assert row_queue.sent == [[intent]]


def test_a_name_in_the_configuration_is_imported_only_when_something_is_dispatched(install, charge):
    install("row-queue", ROW, row="row")
    airlock.configure(executor="row")
    with airlock.scope():
        assert "row_queue" not in sys.modules
        airlock.enqueue(charge)
    assert "row_queue" in sys.modules


@pytest.mark.parametrize("name", ["sync", "auto"])
def test_the_executors_of_the_core_have_names(name, charge, recorder):
    with airlock.scope(executor=name):
        airlock.enqueue(charge)
    assert recorder.names == ["charge"]


def test_a_known_name_that_is_not_installed_names_the_distribution(monkeypatch):
    # The workspace installs every one that there is.
    monkeypatch.setitem(_executors._DISTRIBUTIONS, "pigeon", "airlock-pigeon")
    with pytest.raises(UsageError, match=r"Run `pip install airlock-pigeon`. Installed: auto, .*sync"):
        airlock.scope(executor="pigeon")


def test_a_misspelled_name_names_the_close_match():
    with pytest.raises(UsageError, match=r"named 'celry' is installed. Did you mean 'celery'\?"):
        airlock.scope(executor="celry")
    with pytest.raises(UsageError, match=r"named 'snyc' is installed. Did you mean 'sync'\? Installed"):
        airlock.scope(executor="snyc")


def test_a_name_like_no_other_names_what_there_is():
    with pytest.raises(UsageError, match=r"named 'zzz' is installed. Installed: auto, .*sync\.$"):
        airlock.scope(executor="zzz")


def test_two_distributions_with_one_name_are_an_error_that_names_both(install):
    install("row-queue", ROW, row="row")
    install("other-queue", ROW, row="row")
    with pytest.raises(UsageError, match=r"(row|other)_queue:row and (row|other)_queue:row"):
        airlock.scope(executor="row")


def test_an_executor_that_cannot_be_imported_says_which(install, charge):
    install("row-queue", "import a_backend_that_is_missing", row="row")
    scope = airlock.scope(executor="row")
    with pytest.raises(ModuleNotFoundError) as caught, scope:
        intent = airlock.enqueue(charge)
    assert caught.value.__notes__ == ["airlock: raised while importing the executor 'row' from row_queue:row"]
    assert scope.undispatched == [intent]


@pytest.mark.parametrize(("attribute", "message"), [("number", "neither"), ("broken_class", r"write Executor\(\)")])
def test_an_entry_point_that_is_no_executor_is_an_error(install, attribute, message, charge):
    install("row-queue", ROW, row=attribute)
    with pytest.raises(TypeError, match=message), airlock.scope(executor="row"):
        airlock.enqueue(charge)


def test_a_task_object_that_cannot_be_called_is_known_by_its_executor(install, recorder, charge):
    install("row-queue", ROW, row="row")
    import row_queue

    task = row_queue.Task(charge)
    with airlock.scope():
        airlock.enqueue(task, 7)
        with pytest.raises(TypeError, match="neither"):
            airlock.enqueue(object())
    assert recorder.args == [(7,)]


def test_a_task_object_may_be_known_to_the_scopes_executor_alone(install):
    install("row-queue", ROW, row="number")
    import row_queue

    task = row_queue.Task(print)
    with airlock.scope(executor=row_queue.row):
        airlock.enqueue(task)
    assert len(row_queue.sent) == 1


class TestSync:
    def test_it_returns_what_the_task_returns(self):
        assert sync_executor(Intent(max, (3, 4))) == 4

    def test_it_ignores_dispatch_options(self, charge, recorder):
        with airlock.scope():
            airlock.options(queue="mail", countdown=3600).enqueue(charge, 1)
        assert recorder.args == [(1,)]

    @pytest.mark.parametrize(
        "task", [max, functools.partial(max, 3), [3].append, type("Largest", (), {"__call__": max}), str.upper]
    )
    def test_it_accepts_whatever_can_be_called(self, task):
        assert sync_executor.accepts(task)

    def test_it_does_not_accept_what_nobody_can_perform(self):
        assert not sync_executor.accepts("charge")

    def test_it_performs_the_task_of_an_installed_queue_instead_of_sending_it(self, install, charge, recorder):
        install("row-queue", ROW, row="row")
        import row_queue

        task = row_queue.Task(charge)
        assert sync_executor.accepts(task)
        with airlock.scope(executor="sync"):
            airlock.enqueue(task, 1)
        assert recorder.args == [(1,)]
        assert row_queue.sent == []

    def test_it_refuses_a_generator_function_of_which_nothing_would_run(self):
        def rows():
            yield 1

        async def pages():
            yield 1

        for task in (rows, pages, functools.wraps(rows)(lambda: rows())):
            with pytest.raises(UsageError, match="generator function") as caught, airlock.scope():
                intent = airlock.enqueue(task)
            assert caught.value.intent is intent

    def test_it_lets_a_function_return_a_generator_if_it_does_its_work_first(self, recorder):
        def load():
            recorder.calls.append(("load", (), {}))
            return (row for row in ())

        with airlock.scope():
            airlock.enqueue(load)
        assert recorder.names == ["load"]

    def test_it_has_a_telling_repr(self):
        assert (repr(sync_executor), repr(auto_executor)) == ("sync_executor", "auto_executor")


class TestAuto:
    def test_it_performs_a_plain_callable(self, charge, recorder):
        with airlock.scope(executor="auto"):
            airlock.enqueue(charge, 1)
        auto_executor(Intent(charge, (2,)))
        assert recorder.args == [(1,), (2,)]

    def test_it_awaits_a_coroutine_function(self, recorder):
        async def send(number):
            await asyncio.sleep(0)
            recorder.calls.append(("send", (number,), {}))

        async def main():
            async with airlock.scope(executor="auto"):
                airlock.enqueue(send, 1)

        asyncio.run(main())
        assert recorder.args == [(1,)]

    @pytest.mark.parametrize("executor", ["row", "batches"])
    def test_it_sends_a_task_object_with_the_executor_of_its_kind(self, install, executor, charge, recorder):
        install("row-queue", ROW, row=executor)
        import row_queue

        task = row_queue.Task(charge)
        assert auto_executor.accepts(task)
        with airlock.scope(executor="auto") as scope:
            intents = [airlock.enqueue(which, n) for n, which in enumerate([task, task, charge, task])]
        assert scope.dispatched == intents
        first, second, _, fourth = intents
        batches = [[first], [second], [fourth]] if executor == "row" else [[first, second], [fourth]]
        assert row_queue.sent == batches
        assert recorder.args == [(2,)]

    def test_it_asks_by_kind_and_not_by_the_look_of_a_task(self, install, recorder):
        install("row-queue", ROW, row="row")
        import row_queue

        class Looks:
            func = send = delay = enqueue = None

            def __call__(self):
                recorder.calls.append(("looks", (), {}))

        with airlock.scope(executor="auto"):
            airlock.enqueue(Looks())
        assert row_queue.sent == []
        assert recorder.names == ["looks"]

    def test_it_checks_every_batch_before_it_sends_the_first(self, install):
        source = """
            from airlock.integrations.executors import QueueExecutor

            sent = []

            class Row(QueueExecutor):
                kind = "strings"

                def accepts(self, task):
                    return isinstance(task, str)

                def prepare(self, intent):
                    return str(intent.args[0] + 1)

                def send(self, batch):
                    sent.extend(prepared.message for prepared in batch)
                    yield from sent

            row = Row()
        """
        install("row-queue", ROW, other="batches")
        install("next-queue", source, row="row")
        import next_queue
        import row_queue

        task = row_queue.Task(print)
        scope = airlock.Scope(executor="auto")
        with pytest.raises(airlock.InvalidIntentError), scope:
            intents = [airlock.enqueue(which, n) for which, n in [("a", 1), (task, 2), ("a", "not a number")]]
        assert (next_queue.sent, row_queue.sent, scope.undispatched) == ([], [], intents)
        with airlock.scope(executor="auto"):
            airlock.enqueue("a", 1)
        assert next_queue.sent == ["2"]

    def test_it_knows_by_what_the_others_say_that_their_backend_is_down(self, install):
        install("row-queue", ROW, row="row")
        install("silent-queue", "def row(intent): ...", silent="row")
        assert ConnectionError in auto_executor.unavailable

    def test_it_passes_over_an_executor_that_cannot_tell(self, install, charge, recorder):
        install("row-queue", "def row(intent): raise AssertionError", row="row")
        with airlock.scope(executor="auto"):
            airlock.enqueue(functools.partial(charge, 1))
        assert recorder.args == [(1,)]


def test_auto_lets_the_options_be_recorded_that_the_executor_of_a_task_does(install, charge):
    more = """
    class Recordable(Executor):
        def recordable_options(self, task):
            return {"countdown"}

    recordable = Recordable()
"""
    install("row-queue", ROW + more, row="recordable")
    row_queue = importlib.import_module("row_queue")
    assert auto_executor.recordable_options(row_queue.Task(charge)) == {"countdown"}
    assert auto_executor.recordable_options(charge) is sync_executor.recordable_options(charge) is None


def test_auto_lets_no_options_be_recorded_where_an_executor_says_nothing(install, charge):
    install("row-queue", ROW, row="row")
    row_queue = importlib.import_module("row_queue")
    assert auto_executor.recordable_options(row_queue.Task(charge)) == ()


def test_auto_says_who_takes_an_intent(install, charge):
    install("row-queue", ROW, row="row")
    row_queue = importlib.import_module("row_queue")
    assert auto_executor.route(Intent(row_queue.Task(charge), (1,))) is row_queue.row
    assert auto_executor.route(Intent(charge, (1,))) is sync_executor
