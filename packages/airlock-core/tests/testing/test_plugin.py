"""The plugin, in runs of pytest of its own."""

import pytest

import airlock
from airlock._region import OUTSIDE, get_region

pytest_plugins = ["pytester"]

SHOP = """
import threading
import unittest

import pytest

import airlock
from airlock.integrations.bypass import report


def charge(order): print("charged", order)


def place(order):
    with airlock.scope():
        airlock.enqueue(charge, order)
"""


@pytest.fixture
def run(pytester):
    """Run tests of a shop in this process."""

    def run(source, ini="", *arguments):
        pytester.makeini(f"[pytest]\nfilterwarnings = error\n{ini}")
        pytester.makepyfile(SHOP + source)
        return pytester.runpytest_inprocess(
            "-p", "no:cacheprovider", "-p", "no:randomly", "--strict-markers", *arguments
        )

    yield run
    assert get_region() is OUTSIDE
    assert airlock.get_configuration() == airlock.Configuration()


def test_the_fixture_is_the_recording(run):
    result = run("""
def test_place(airlock_effects, capsys):
    place(41)
    airlock_effects.assert_enqueued_with(charge, order=41)
    assert capsys.readouterr().out == ""
""")
    result.assert_outcomes(passed=1)


def test_a_test_that_asks_for_nothing_is_left_alone(run):
    result = run("""
def test_place(capsys, request):
    place(41)
    assert capsys.readouterr().out == "charged 41\\n"
    assert "airlock_effects" not in request.fixturenames
    assert airlock.get_configuration() == airlock.Configuration()
    with pytest.raises(airlock.NoScopeError):
        airlock.enqueue(charge, 1)
""")
    result.assert_outcomes(passed=1)


def test_every_test_is_recorded_where_the_option_says_so(run):
    result = run(
        """
def test_place(capsys):
    place(41)
    assert capsys.readouterr().out == ""


class TestCase(unittest.TestCase):
    def test_place(self):
        assert isinstance(airlock.enqueue(charge, 1), airlock.Intent)


@pytest.mark.airlock(record=False)
def test_for_real(capsys):
    place(41)
    assert capsys.readouterr().out == "charged 41\\n"


@pytest.mark.airlock(False)
def test_for_real_in_short(capsys):
    place(41)
    assert capsys.readouterr().out == "charged 41\\n"
""",
        "airlock_autouse = true",
    )
    result.assert_outcomes(passed=4)


def test_what_fixtures_enqueue_is_recorded_too_where_the_option_says_so(run):
    result = run(
        """
@pytest.fixture
def order():
    place(41)


def test_place(order, airlock_effects):
    airlock_effects.assert_enqueued_with(charge, 41)
""",
        "airlock_autouse = true",
    )
    result.assert_outcomes(passed=1)


def test_a_marker_records_too(run):
    result = run("""
@pytest.mark.airlock
def test_place(capsys):
    place(41)
    assert capsys.readouterr().out == ""


@pytest.mark.airlock
class TestPlace:
    def test_place(self, capsys):
        place(41)
        assert capsys.readouterr().out == ""
""")
    result.assert_outcomes(passed=2)


def test_threads_are_recorded_unless_the_marker_says_no(run):
    result = run("""
def serve():
    thread = threading.Thread(target=place, args=(41,))
    thread.start()
    thread.join()


def test_all_threads(airlock_effects, capsys):
    serve()
    airlock_effects.assert_enqueued(charge)


@pytest.mark.airlock(process_wide=False)
def test_own_thread(airlock_effects, capsys):
    serve()
    assert capsys.readouterr().out == "charged 41\\n"
    airlock_effects.assert_nothing_enqueued()
""")
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("marker", ["airlock(recod=True)", "airlock(True, True, True)", "airlock_strict(1, 2)"])
def test_a_marker_with_wrong_arguments_says_what_it_takes(run, marker):
    result = run(f"""
@pytest.mark.{marker}
def test_place(airlock_effects):
    pass
""")
    assert result.ret != 0
    result.stdout.fnmatch_lines([f"*the marker is {marker.partition('(')[0]}(*=True*"])


def test_the_configuration_is_what_it_was_after_each_test(run):
    result = run("""
def test_one(airlock_effects):
    airlock.configure(policy=airlock.DropAll(), capture_origin=False)


def test_two():
    assert airlock.get_configuration() == airlock.Configuration()


@pytest.fixture(scope="module")
def configured():
    airlock.configure(policy=airlock.BlockTasks({"charge"}))
    yield
    airlock.reset_configuration()


def test_three(configured, airlock_effects):
    airlock.reset_configuration()


def test_four(configured):
    assert repr(airlock.get_configuration().policy) == "BlockTasks({'charge'})"
""")
    result.assert_outcomes(passed=4)


def test_origins_are_on(run):
    result = run("""
def test_place(airlock_effects):
    assert airlock.get_configuration().capture_origin
    place(41)
    assert airlock_effects[0].origin.function == "place"
""")
    result.assert_outcomes(passed=1)


def test_a_scope_left_open_is_an_error_of_the_test_that_left_it(run):
    result = run("""
def test_one(airlock_effects):
    airlock.scope().enter()
    airlock.enqueue(charge, 41)


def test_two(airlock_effects):
    place(42)
    airlock_effects.assert_count(1)


def test_three():
    assert airlock.get_current_scope() is None
""")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_one*", "<Scope active, 1 intents> was left open*charge*"])


def test_a_test_that_failed_is_not_blamed_for_the_scope_it_left_open(run):
    result = run("""
def test_one(airlock_effects):
    airlock.scope().enter()
    assert False
""")
    result.assert_outcomes(failed=1)


def test_a_failure_shows_the_message_and_no_frame_of_the_library(run):
    result = run(
        """
def test_place(airlock_effects):
    place(41)
    airlock_effects.assert_enqueued_with(charge, 42)


def test_failing_task(airlock_effects):
    def fail():
        raise LookupError("no stock")

    airlock.enqueue(fail)
    airlock_effects.run()
"""
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            ">*airlock_effects.assert_enqueued_with(charge, 42)",
            "E*airlock.testing.EffectsAssertionError: charge(42) was not enqueued.",
            "E *charge was enqueued with other arguments (enqueued != expected).",
            "E *Enqueued, in order:",
            "E *1. charge(41)  *.py:* place",
            "E *order: 41 != 42",
        ]
    )
    result.stdout.no_fnmatch_line("*_recording.py*")


def test_the_options_and_markers_are_documented(run, pytester):
    result = run("", "", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.airlock(record=True, *", "@pytest.mark.airlock_strict(*"])


def test_a_task_sent_without_airlock_fails_a_strict_test_although_the_backend_swallows_the_error(run):
    result = run(
        """
def swallow(order):
    try:
        report("queue", "charge")
    except Exception:
        pass


def test_swallowed():
    swallow(41)


def test_raised():
    report("queue", "charge")


def test_through_airlock(airlock_effects):
    place(41)


def test_dispatched_by_airlock():
    with airlock.scope(executor=lambda intent: report("queue", "charge")):
        airlock.enqueue(charge, 41)


@pytest.mark.airlock_strict(False)
def test_not_strict():
    report("queue", "charge")
""",
        "airlock_strict = true",
    )
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*test_swallowed*",
            "The test sent without airlock:",
            "  charge was sent to queue without airlock at *:* swallow",
            "*test_raised*",
            "E*airlock.BypassError: charge was sent to queue without airlock at *",
        ]
    )


def test_a_marker_makes_one_test_strict(run):
    result = run("""
def swallow():
    with pytest.raises(airlock.BypassError):
        report("queue", "charge")


@pytest.mark.airlock_strict
def test_strict():
    swallow()


@pytest.mark.airlock_strict
class TestCase(unittest.TestCase):
    def test_strict(self):
        swallow()


def test_lenient():
    report("queue", "charge")
""")
    result.assert_outcomes(passed=1, failed=2)


def test_the_plugin_comes_with_the_distribution(pytester):
    pytester.makepyfile(
        SHOP + "\n\ndef test_place(airlock_effects):\n    place(41)\n    assert len(airlock_effects) == 1\n"
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["plugins:*airlock-core*"])
