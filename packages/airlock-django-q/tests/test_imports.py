"""What happens where Django is installed and not used."""

import subprocess
import sys

import pytest

LOADED = "print(sorted({'django', 'django_q', 'redis'} & set(sys.modules)))"


def output(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_executor_can_be_asked_about_a_task_without_importing_django() -> None:
    program = "import sys; from airlock.integrations.executors.django_q import django_q_executor as executor;"
    assert output(f"{program} executor.accepts(print); executor.takes(print); {LOADED}") == "[]\n"


def test_auto_works_without_a_django_project() -> None:
    program = "import airlock, sys\nwith airlock.scope(executor='auto'): airlock.enqueue(print, 'ran here')\n"
    assert output(f"{program}{LOADED}") == "ran here\n[]\n"


def test_the_errors_that_mean_unavailable_are_known_without_a_django_project() -> None:
    program = "from airlock.integrations.executors.django_q import django_q_executor as executor;"

    assert "Error" in output(f"{program} print(executor.unavailable)")


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        ("", "django.core.exceptions.ImproperlyConfigured"),
        (
            "from django.conf import settings; settings.configure(SECRET_KEY='secret')",
            "django.core.exceptions.AppRegistryNotReady",
        ),
    ],
)
def test_a_project_that_is_not_set_up_is_no_fault_of_the_intent(project: str, expected: str) -> None:
    program = f"import airlock\n{project}\nwith airlock.scope(executor='django-q'): airlock.enqueue(len, 'x')"
    assert expected in output(program)
