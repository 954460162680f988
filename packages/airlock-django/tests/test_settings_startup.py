"""A wrong setting stops every kind of process, and `manage.py check` lists all of them."""

import pytest
from startable import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("startup"))
    project.settings("AIRLOCK = {'EXECUTR': 'sync', 'POLICY': 'airlock.DropAl'}")
    return project


BOTH = (
    "AIRLOCK has no key 'EXECUTR'",
    "Did you mean 'EXECUTOR'?",
    "airlock has no 'DropAl'",
    "Did you mean 'DropAll'?",
)


@pytest.mark.parametrize("entry", ["wsgi", "asgi"])
def test_a_server_does_not_start(project, entry):
    run = project.python(
        "-c",
        f"from django.core.{entry} import get_{entry}_application as make; make()",
        DJANGO_SETTINGS_MODULE="site_settings",
    )
    assert run.returncode == 1
    assert "ImproperlyConfigured: AIRLOCK has 2 errors" in run.stderr
    assert all(part in run.stderr for part in BOTH)


def test_one_error_is_the_one_last_line(tmp_path):
    project = Project(tmp_path)
    project.settings("AIRLOCK = {'EXECUTR': 'sync'}")
    run = project.python("-c", "import django; django.setup()", DJANGO_SETTINGS_MODULE="site_settings")
    assert run.stderr.splitlines()[-1].endswith("AIRLOCK has no key 'EXECUTR'. Did you mean 'EXECUTOR'?")


@pytest.mark.parametrize("command", [["runserver", "--noreload", "--skip-checks"], ["shell", "-c", "1"], ["migrate"]])
def test_a_command_does_not_start(project, command):
    run = project.manage(*command)
    assert run.returncode == 1
    assert all(part in run.stderr for part in BOTH)


def test_check_lists_all_errors_with_ids_and_hints_and_no_traceback(project):
    run = project.manage("check")
    assert run.returncode == 1
    assert all(part in run.stderr for part in BOTH)
    assert "(airlock.E001)" in run.stderr
    assert "(airlock.E003)" in run.stderr
    assert "Traceback" not in run.stderr


def test_check_does_so_under_any_name_of_manage_py(project):
    run = project.python("-m", "django", "check", DJANGO_SETTINGS_MODULE="site_settings")
    assert "(airlock.E001)" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_script_that_is_merely_given_the_word_check_does_not_start(project):
    project.write("serve.py", "import django; django.setup()")
    run = project.python("serve.py", "check", DJANGO_SETTINGS_MODULE="site_settings")
    assert "ImproperlyConfigured" in run.stderr


def test_a_project_without_the_setting_starts(tmp_path):
    run = Project(tmp_path).manage("check")
    assert (run.returncode, run.stderr) == (0, "")
