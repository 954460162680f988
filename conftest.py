"""What holds for every test: documented code runs, and nothing is skipped where everything should be there."""

import os
import tomllib
from collections.abc import Generator
from contextlib import redirect_stdout
from doctest import ELLIPSIS
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.evaluators.python import PythonEvaluator
from sybil.example import NotEvaluated
from sybil.parsers.markdown import CodeBlockParser
from sybil.parsers.rest import DocTestParser

import airlock

ROOT = Path(__file__).parent
TESTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["airlock"]["tests"]
LEFT_OUT = {ROOT / path for paths in TESTS["processes"] for path in paths}

run_python = PythonEvaluator()


class Docstrings(PythonDocStringDocument):
    """The docstrings of a module, which may be in a folder that other distributions ship to as well."""

    def import_document(self, example: Example) -> None:
        """Import the module by its name from below `src`."""
        file = Path(self.path).with_suffix("")
        parts = file.parts[len(file.parts) - file.parts[::-1].index("src") :]
        module = import_module(".".join(parts).removesuffix(".__init__"))
        self.namespace.update(vars(module))
        self.pop_evaluator(self.import_document)
        raise NotEvaluated


def run_block(example: Example) -> None:
    """Run a block and keep what it printed for the block of text after it."""
    with redirect_stdout(StringIO()) as printed:
        run_python(example)
    example.namespace["printed"] = printed.getvalue(), example.end


def compare_output(example: Example) -> None:
    """A block of text right after one of Python shows what that printed; one further down, if it printed at all."""
    printed, end = example.namespace.pop("printed", ("", 0))
    is_right_after = not example.document.text[end : example.start].strip()
    assert not (printed or is_right_after) or printed == example.parsed


def enter(namespace: dict[str, Any]) -> None:
    """What a page defines belongs to a module, as in any program."""
    namespace["__name__"] = "__main__"
    remember(namespace)


def remember(namespace: dict[str, Any]) -> None:
    """Keep the configuration, which is that of the settings in a Django project."""
    namespace["__configuration__"] = airlock.get_configuration()


def restore(namespace: dict[str, Any]) -> None:
    """No page configures the next one."""
    airlock.configure(**namespace["__configuration__"]._asdict())


pages = Sybil(
    parsers=[CodeBlockParser("python", run_block), CodeBlockParser("text", compare_output)],
    patterns=["*.md"],
    setup=enter,
    teardown=restore,
)
docstrings = Sybil(
    parsers=[DocTestParser(ELLIPSIS)],
    # Before Python 3.13 a pattern cannot say "at any depth".
    patterns=[f"packages/*/src/{'*/' * depth}*.py" for depth in range(1, 8)],
    document_types={".py": Docstrings},
    setup=remember,
    teardown=restore,
)
pytest_collect_file = (pages + docstrings).pytest()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what needs a process of its own; pytest does not ask about what it was told by name to run."""
    return True if collection_path in LEFT_OUT else None


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure in CI, where every backend and tool is meant to be."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but nothing may be skipped in CI: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report)
    return report
