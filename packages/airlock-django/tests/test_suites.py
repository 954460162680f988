"""The tests of a project with Django and Celery, run as its developers would, without a broker."""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree, which
from textwrap import dedent

import django
import pytest

PACKAGES = Path(__file__).parents[2]
OURS = [PACKAGES / name for name in ("airlock-core", "airlock-celery", "airlock-django")]
THEIRS = ["django-tasks>=0.12", "pytest>=9", "pytest-asyncio>=1", "pytest-django>=4.11", "pytest-xdist>=3", "tblib>=3"]
FOREIGN = ("CI", "COV", "DJANGO_SETTINGS_MODULE", "PYTEST", "PYTHON", "VIRTUAL_ENV")


def run(*command, cwd=PACKAGES):
    variables = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An interpreter with what the project needs, and the Django that these tests run with."""
    uv = PACKAGES.parent / "scripts" / "uv"
    uv = uv if uv.exists() else which("uv")
    folder = tmp_path_factory.mktemp("suites") / "environment"
    wanted = [*OURS, f"django=={django.__version__}", *THEIRS]
    for command in (
        ("venv", "--python", sys.executable, folder),
        ("pip", "install", "--no-sources", "--python", folder, *wanted),
    ):
        done = run(uv, "--quiet", *command)
        assert done.returncode == 0, done.stderr
    return folder / "bin" / "python"


@pytest.fixture
def project(tmp_path):
    return copytree(Path(__file__).parent / "bookshop", tmp_path / "bookshop")


@pytest.fixture
def run_pytest(python, project):
    def run_pytest(*arguments):
        done = run(python, "-m", "pytest", "-p", "no:cacheprovider", *arguments, cwd=project)
        return done.returncode, done.stdout + done.stderr

    return run_pytest


@pytest.fixture
def run_django(python, project):
    def run_django(*arguments):
        done = run(python, "-W", "error", "manage.py", "test", *arguments, cwd=project)
        return done.returncode, done.stdout + done.stderr

    return run_django


@pytest.mark.parametrize(
    "arguments", [(), ("-n", "4"), ("-o", "airlock_autouse=true")], ids=["one process", "four processes", "autouse"]
)
def test_a_suite_passes_under_pytest(run_pytest, arguments):
    status, output = run_pytest(*arguments)
    assert status == 0, output
    assert re.search(r"^=* \d\d passed(, \d+ subtests passed)? in ", output, re.MULTILINE), output


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_suite_passes_under_the_runner_of_django(run_django, processes):
    status, output = run_django("--parallel", processes, "tests.test_unittest")
    assert status == 0, output
    assert re.search(r"^Ran \d\d tests in .*\n\nOK\n", output, re.MULTILINE), output


SAID_BY_PYTEST = {
    "test_other_arguments": """
        send_receipt(42, copy=True) was not enqueued.
        send_receipt was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. send_receipt(1)  books/signals.py:12 order_saved
               order_id: 1 != 42
               copy: False != True
    """,
    "test_refused": """
        count_mail was not enqueued.
        It was dropped, see below.

        Nothing was enqueued.

        Dropped:
          count_mail([99])  books/views.py:26 cancel
            discarded with its DjangoScope: the response was 404
    """,
    "test_savepoint": """
        send_update(1, status='redeemed') was not enqueued.
        send_update was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. send_update(1, status='paid')  books/views.py:37 redeem
               status: 'paid' != 'redeemed'

        Dropped:
          send_update(1, status='redeemed')  books/views.py:40 redeem
            rolled back
    """,
    "test_policy": """
        send_receipt was not enqueued.
        It was dropped, see below.

        Nothing was enqueued.

        Dropped:
          send_receipt(7)  books/signals.py:12 order_saved
            dropped by DropAll()
    """,
    "test_scope_still_open": """
        send_receipt was not enqueued.
        It has not been let out yet, see below.

        Nothing was enqueued.

        Not let out:
          send_receipt(1)  books/signals.py:12 order_saved
            its DjangoScope is still open
    """,
    "test_argument_that_no_queue_takes": """
        send_receipt(<Order: Order object (None)>) would not reach a worker: argument 'order_id' is <Order: Order \
object (None)>, which does not survive json (TypeError: Object of type Order is not JSON serializable). Enqueue \
something plain that identifies it, such as an id, or give run() the `serialize` that your queue uses.
        airlock: raised while performing send_receipt(<Order: Order object (None)>)  failing/test_with_pytest.py:40 \
test_argument_that_no_que...
    """,
    "test_tasks_without_end": """
        run(recursive=True) has performed 20 tasks that tasks enqueued, and there are more:

             repeat(1)  failing/test_with_pytest.py:45 test_tasks_without_end
          -> repeat(2)  books/tasks.py:34 repeat
          -> repeat(3)  books/tasks.py:34 repeat
          -> (16 more)
          -> repeat(20)  books/tasks.py:34 repeat
          -> repeat(21)  books/tasks.py:34 repeat
          -> repeat(22)  books/tasks.py:34 repeat

        End the chain in the tasks, name those to perform with `only=`, or give a higher `limit=`.
    """,
}


def test_failures_under_pytest_say_what_happened_and_show_no_frame_of_the_library(run_pytest):
    _, output = run_pytest("failing/test_with_pytest.py")
    parts = re.split(r"^_+ (test_\w+) _+$", output, flags=re.MULTILINE)
    said = {
        name: dedent("\n".join(line[1:] for line in text.splitlines() if line.startswith("E")))
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    shown = {name: text.partition(": ")[2].rstrip() for name, text in said.items()}
    assert shown == {name: dedent(text).strip() for name, text in SAID_BY_PYTEST.items()}
    assert "site-packages" not in output


SAID_BY_UNITTEST = [
    "AssertionError: send_receipt(42) was not enqueued.\nsend_receipt was enqueued with other arguments",
    "    discarded with its DjangoScope: the response was 400\n",
    "AssertionError: send_update was enqueued once, not 2 times.\n",
    "AssertionError: Nothing should have been enqueued, and 1 effect was.\n",
    "airlock.testing.EffectsAssertionError: send_reciept was not enqueued.\nDid you mean 'send_receipt'?\n",
    "airlock.testing.EffectsAssertionError: send_receipt was enqueued once, and should not have been.\n",
    "airlock.InvalidIntentError: send_receipt(<Order: Order object (None)>) would not reach a worker: argument",
    "airlock: raised while performing send_receipt(<Order: Order object (None)>)  failing/test_with_unittest.py:37 ",
    "airlock.ScopeStateError: <DjangoScope active, 1 intents> was left open while effects were recorded, which holds",
    "assertEnqueued() at failing/test_with_unittest.py:46 Failing.test_block_that_w... has checked nothing: write",
]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_failures_under_the_runner_of_django_say_what_happened_from_other_processes_too(run_django, processes):
    # With one class Django takes one process, however many it is offered.
    _, output = run_django("--parallel", processes, "failing.test_with_unittest", "tests.test_unittest")
    assert [text for text in SAID_BY_UNITTEST if text not in output] == [], output
    assert "FAILED (failures=7, errors=2)" in output


def test_the_tests_on_the_page_about_django_pass(python, tmp_path):
    page = (PACKAGES.parent / "docs" / "django.md").read_text(encoding="utf-8")
    started = run(python, "-m", "django", "startproject", "mysite", tmp_path)
    assert started.returncode == 0, started.stderr
    captioned = r"^```\{code-block\} python\n:caption: (\S+)\n\n(.*?)^```$"
    for name, text in re.findall(captioned, page, re.DOTALL | re.MULTILINE):
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}")
    tests = ("mysite/test_sign_up.py", "mysite/tests.py")
    done = run(python, "-m", "pytest", "-p", "no:cacheprovider", "--ds=mysite.settings", *tests, cwd=tmp_path)
    assert "4 passed" in done.stdout, done.stdout
