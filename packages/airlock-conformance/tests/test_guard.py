"""The suite defends itself: nothing of it is overridden, deleted or excused in silence."""

import textwrap
from collections.abc import Callable

import pytest
from airlock_conformance import Capability, ExecutorSuite, WorkerSuite
from conformance_proof.suites import MemoryHooks

NAME = "test_nothing_is_sent_when_the_block_raises"
pytest_plugins = ["pytester"]
strict = pytest.mark.xfail(strict=True, reason="the queue has no memory")


HEAD = f"""
    import pytest
    from airlock_conformance import Capability, ExecutorSuite
    from conformance_proof.executor import Sends
    from conformance_proof.broken_sending import FlushesWhatIsDiscarded
    from conformance_proof.suites import MemoryHooks

    NAME = "{NAME}"

    class Base(MemoryHooks, ExecutorSuite):
        capabilities = {{Capability.CONTEXT}}

        @pytest.fixture
        def executor(self):
            return Sends(self.queue)
"""


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Return a function that collects and runs a module of tests."""

    def run(source: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(textwrap.dedent(HEAD) + textwrap.dedent(source))
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    return run


def other() -> Callable[[object], None]:
    """A function to put in the place of a test of the suite."""

    def test(self: object) -> None:
        raise AssertionError("this is not the test of the suite")

    return test


def define(**members: object) -> type:
    """Define a subclass of the suite."""
    return type("TestMine", (MemoryHooks, ExecutorSuite), members)


@pytest.mark.parametrize("suite", [ExecutorSuite, WorkerSuite])
def test_a_test_may_not_be_overridden(suite):
    name = next(name for name in dir(suite) if name.startswith("test_"))
    with pytest.raises(TypeError, match=rf"TestMine.{name} .* was overridden. .*xfail\(strict=True"):
        type("TestMine", (suite,), {name: other()})


def test_a_test_may_not_be_deleted():
    with pytest.raises(TypeError, match="was deleted"):
        define(**{NAME: None})


def test_a_test_may_not_be_overridden_by_a_class_that_is_mixed_in():
    mixin = type("Mixin", (), {NAME: other()})
    with pytest.raises(TypeError, match="was overridden"):
        type("TestMine", (mixin, ExecutorSuite), {})


def test_a_skip_is_no_excuse():
    with pytest.raises(TypeError, match="was overridden"):
        define(**{NAME: pytest.mark.skip(reason="no time")(other())})


@pytest.mark.parametrize(
    "mark",
    [
        pytest.mark.xfail,
        pytest.mark.xfail(reason="lenient"),
        pytest.mark.xfail(strict=False, reason="lenient"),
        pytest.mark.xfail(strict=True),
        pytest.mark.xfail(strict=True, reason=""),
        pytest.mark.xfail(strict=True, reason="not run", run=False),
    ],
)
def test_an_xfail_is_strict_gives_its_reason_and_runs_the_test(mark):
    with pytest.raises(TypeError, match="must be strict"):
        define(**{NAME: mark(other())})


def test_an_expected_failure_runs_the_test_of_the_suite_and_not_the_one_given():
    override = strict(other())
    suite = define(**{NAME: override})
    ours = vars(suite)[NAME]
    assert ours is not override
    assert ours.__code__ is getattr(ExecutorSuite, NAME).__code__
    assert ours.__doc__ == getattr(ExecutorSuite, NAME).__doc__


def test_an_expected_failure_may_be_inherited_and_leaves_other_classes_alone():
    suite = define(**{NAME: strict(other())})
    heir = type("TestHeir", (suite,), {})
    assert vars(suite)[NAME] is getattr(heir, NAME)
    assert not hasattr(getattr(ExecutorSuite, NAME), "pytestmark")


def test_what_is_declared_is_a_capability():
    with pytest.raises(TypeError, match="declares 'bulk', which is no member of Capability"):
        define(capabilities={"bulk"})


def test_an_override_ends_the_collection(run):
    result = run(
        "class TestMine(Base):\n        def test_nothing_is_sent_when_the_block_raises(self):\n            pass\n"
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*TypeError: TestMine.test_nothing_is_sent_when_the_block_raises is a test of*"])


def test_a_deletion_after_the_class_was_defined_ends_the_collection(run):
    result = run("class TestMine(Base): pass\nsetattr(TestMine, NAME, None)\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*is a test of the conformance suite and was deleted*"])


def test_a_lenient_xfail_on_the_class_ends_the_collection(run):
    result = run('@pytest.mark.xfail(reason="all of it")\nclass TestMine(Base): pass\n')
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the xfail on *TestMine* must be strict*"])


EXPECTED = """
    class TestMine(Base):
        {fixture}

        @pytest.mark.xfail(strict=True, reason="it flushes what is discarded")
        def test_nothing_is_sent_when_the_block_raises(self): ...
"""


def test_an_unexpected_pass_fails(run):
    result = run(EXPECTED.format(fixture=""), "-k", NAME)
    result.assert_outcomes(failed=1, deselected=len(promised()) - 1)


def test_an_expected_failure_is_reported_as_one(run):
    broken = "executor = pytest.fixture(lambda self: FlushesWhatIsDiscarded(self.queue))"
    run(EXPECTED.format(fixture=broken), "-k", NAME).assert_outcomes(xfailed=1, deselected=len(promised()) - 1)


def promised() -> list[str]:
    """The items of the suite, by name and parameters, as collected once."""
    from airlock_conformance.suite import arguments, kinds, values

    variants = {
        "test_plain_values_arrive_as_they_are": len(arguments.PLAIN),
        "test_a_keyword_argument_may_have_any_name": len(arguments.NAMES),
        "test_an_awkward_value_arrives_as_declared_or_is_a_clear_error": len(values.AWKWARD),
        "test_what_is_not_its_kind_is_not_accepted": len(kinds.STRANGERS),
    }
    names = [name for name in dir(ExecutorSuite) if name.startswith("test_")]
    return [name for name in names for _ in range(variants.get(name, 1))]


def test_tests_of_other_capabilities_are_deselected_and_not_skipped(run):
    result = run("class TestMine(Base): pass\n")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed", "deselected"}
    assert sum(outcomes.values()) == len(promised())


def test_a_hook_that_is_missing_says_so(run):
    source = """
    class TestMine(Base):
        def queued(self):
            return ExecutorSuite.queued(self)
    """
    result = run(source, "-k", NAME)
    result.stdout.fnmatch_lines(["*NotImplementedError: TestMine needs queued(); see the README*"])


def test_every_capability_decides_about_a_test():
    from airlock_conformance._capability import needs_of
    from airlock_conformance._guard import promises_of

    needs = [needs_of(test) for suite in (ExecutorSuite, WorkerSuite) for test in promises_of(suite).values()]
    assert set().union(*(need.all_of | need.none_of for need in needs)) == set(Capability)
