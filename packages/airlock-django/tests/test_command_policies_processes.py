"""A policy around commands that are not ours, from the command line."""

import pytest
from startable import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("policies"))
    run = project.manage("migrate", "--run-syncdb", "-v0")
    assert (run.returncode, run.stderr) == (0, "")
    project.command("import_stock", "raise LookupError('no stock here')")
    project.command(
        "loaddata",
        """
        from django.core.management.commands.loaddata import Command as Django


        class Command(Django):
            help = "Load the stock."

            def handle(self, *args, **options):
                super().handle(*args, **options)
                self.stdout.write(self.style.SUCCESS("stock is in"))
        """,
    )
    project.settings(
        """
        import os

        COMMANDS = {"migrate": "airlock.AllowAll", "import_stock": "airlock.DropAll"}
        if os.environ.get("LOADDATA"):
            COMMANDS["loaddata"] = os.environ["LOADDATA"]
        AIRLOCK = {"COMMANDS": COMMANDS}
        """
    )
    return project


def effects_of(project, *arguments, **environment):
    before = len(project.effects)
    run = project.manage(*arguments, **environment)
    assert (run.returncode, run.stderr) == (0, "")
    return project.effects[before:], run.stdout


def test_loaddata_is_silent(project):
    effects, out = effects_of(project, "loaddata", "lamp.json", LOADDATA="airlock.DropAll")
    assert effects == []
    assert out == "Installed 1 object(s) from 1 fixture(s)\nstock is in\n"


def test_loaddata_lets_effects_out_with_another_policy(project):
    assert effects_of(project, "loaddata", "lamp.json", LOADDATA="airlock.AllowAll")[0] == ["saved lamp"]


def test_loaddata_without_a_policy_has_no_scope(project):
    run = project.manage("loaddata", "lamp.json")
    assert run.returncode == 1
    assert "NoScopeError" in run.stderr


def test_migrate_runs_in_its_scope(project):
    assert effects_of(project, "migrate", "-v0")[0] == ["migrated"]


@pytest.mark.parametrize("flag", ["--force-color", "--no-color"])
def test_colours_are_those_of_the_command(project, flag):
    out = effects_of(project, "loaddata", "lamp.json", flag, LOADDATA="airlock.DropAll")[1]
    assert ("\x1b[" in out) is (flag == "--force-color")


@pytest.mark.parametrize("arguments", [["loaddata", "--help"], ["help", "loaddata"]], ids=" ".join)
def test_help_is_that_of_the_command(project, arguments):
    assert "Load the stock." in effects_of(project, *arguments, LOADDATA="airlock.DropAll")[1]


def test_help_lists_all_commands(project):
    out = effects_of(project, "help", LOADDATA="airlock.DropAll")[1]
    assert "[stock]\n    import_stock\n    loaddata\n" in out
    assert out == effects_of(project, "help")[1]


def test_an_error_of_the_command_is_shown_as_ever(project):
    run = project.manage("loaddata", "nosuch.json", LOADDATA="airlock.DropAll")
    assert run.returncode == 1
    assert run.stderr.startswith("CommandError: No fixture named 'nosuch' found")


def test_a_command_that_cannot_be_imported_stops_only_itself_and_says_why(project):
    assert effects_of(project, "check")[1].startswith("System check identified no issues")
    run = project.manage("import_stock")
    assert run.returncode == 1
    assert "LookupError: no stock here" in run.stderr
    assert "airlock: raised while loading 'import_stock', which AIRLOCK['COMMANDS'] puts a policy on" in run.stderr


def test_completion_in_the_shell_still_works(project):
    run = project.manage(
        DJANGO_AUTO_COMPLETE="1", COMP_WORDS="manage.py loaddata --ig", COMP_CWORD="2", LOADDATA="airlock.DropAll"
    )
    assert "--ignorenonexistent" in run.stdout


def test_no_listed_command_is_imported_before_it_is_used(project):
    script = (
        "import sys, django; django.setup(); "
        "print([name for name in sys.modules if name.endswith(('commands.migrate', 'commands.loaddata'))])"
    )
    run = project.python("-c", script, DJANGO_SETTINGS_MODULE="site_settings", LOADDATA="airlock.DropAll")
    assert run.stdout == "[]\n"
