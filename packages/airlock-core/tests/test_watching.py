"""When executors are told to report what is published without airlock, and to cease."""

import sys
import types

import pytest

import airlock
from airlock.integrations.bypass import called_by, collect, top_level


class Watcher:
    """An executor that notes when it is told."""

    def __init__(self):
        self.told = []

    def __call__(self, intent):
        pass

    def watch(self):
        self.told.append("watch")

    def unwatch(self):
        self.told.append("unwatch")


def silent(intent):
    """An executor that has nothing to watch."""


@pytest.fixture
def watcher(monkeypatch):
    watcher = Watcher()
    monkeypatch.setattr("airlock._executors.others", lambda: iter([silent, watcher]))
    return watcher


def flush():
    with airlock.scope(executor=silent):
        airlock.enqueue(len, ())


@pytest.mark.parametrize("mode", ["warn", "raise"])
def test_a_mode_begins_and_ends_it(watcher, mode):
    airlock.configure(bypass=mode)
    assert watcher.told == ["watch"]
    airlock.configure(bypass="ignore")
    assert watcher.told == ["watch", "unwatch"]


def test_it_ends_with_the_configuration(watcher):
    airlock.configure(bypass="warn")
    airlock.reset_configuration()
    assert watcher.told == ["watch", "unwatch"]


def test_nobody_is_told_where_nothing_is_wanted(watcher):
    airlock.configure(bypass="ignore", capture_origin=True)
    flush()
    airlock.reset_configuration()
    assert watcher.told == []


def test_to_collect_is_reason_enough(watcher):
    with collect():
        assert watcher.told == ["watch"]
        with collect():
            assert watcher.told == ["watch", "watch"]
        assert watcher.told == ["watch", "watch"]
    assert watcher.told == ["watch", "watch", "unwatch"]


def test_a_mode_outlasts_what_is_collected_and_the_other_way_round(watcher):
    airlock.configure(bypass="warn")
    with collect():
        pass
    assert "unwatch" not in watcher.told
    with collect():
        airlock.configure(bypass="ignore")
        assert "unwatch" not in watcher.told
    assert watcher.told[-1] == "unwatch"


def test_a_flush_watches_what_has_been_loaded_since(watcher, monkeypatch):
    airlock.configure(bypass="warn")
    flush()
    watcher.told.clear()
    flush()
    assert watcher.told == []
    monkeypatch.setitem(sys.modules, "airlock_loaded_since", types.ModuleType("airlock_loaded_since"))
    flush()
    assert watcher.told == ["watch"]


def test_an_executor_that_cannot_be_imported_leaves_nothing_collected(monkeypatch):
    def others():
        raise ImportError("no such queue")

    monkeypatch.setattr("airlock._executors.others", others)
    with pytest.raises(ImportError), collect():
        raise AssertionError("it does not begin")
    monkeypatch.setattr("airlock._executors.others", lambda: iter([]))
    from airlock import _watching

    assert _watching.collectors == []


def functions(package, source):
    """Return functions of a module of that name."""
    namespace = {"__name__": package, "called_by": called_by}
    exec(source, namespace)
    return namespace


def test_the_functions_of_a_backend_are_named_up_to_the_application():
    queue = functions("queue.api", "def hook(): return called_by({'queue'})\ndef publish(call=hook): return call()")
    worker = functions("queue.worker", "def work(task): return task()")
    assert queue["publish"]() == [("queue.api", "hook"), ("queue.api", "publish")]
    # The worker's own functions are beyond those of the application, which it calls.
    assert worker["work"](lambda: queue["publish"]()) == [("queue.api", "hook"), ("queue.api", "publish")]
    assert worker["work"](queue["publish"])[-1] == ("queue.worker", "work")


def test_what_traces_a_backend_does_not_hide_who_calls_it():
    queue = functions("queue.api", "def hook(): return called_by({'queue'})\ndef work(call): return call()")
    tracer = functions("sentry_sdk.integrations", "def wrapper(call): return lambda: call()")
    assert queue["work"](tracer["wrapper"](queue["hook"])) == [("queue.api", "hook"), ("queue.api", "work")]


def test_where_all_frames_are_the_backends_the_last_is_the_program():
    packages = set()
    frame = sys._getframe()
    while frame is not None:
        packages.add(str(frame.f_globals.get("__name__")).partition(".")[0])
        frame = frame.f_back
    assert called_by(packages)[0][1] == "test_where_all_frames_are_the_backends_the_last_is_the_program"


def test_what_stands_at_the_top_level_of_a_module_is_found(monkeypatch):
    class Queue:
        pass

    class Special(Queue):
        pass

    module = types.ModuleType("airlock_shop")
    module.queue, module.special, module.other = Queue(), Special(), [Queue()]
    monkeypatch.setitem(sys.modules, "airlock_shop", module)
    monkeypatch.setitem(sys.modules, "airlock_no_module", None)
    assert list(top_level(Queue)) == [module.queue, module.special]
