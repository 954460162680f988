"""A policy around commands that are not ours, in this process."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, ManagementUtility, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db.models.signals import post_migrate, post_save
from django.test import override_settings
from django_project.models import Entry

import airlock
from airlock.integrations.django import AirlockCommand
from airlock.integrations.django._command_policies import GuardedCommand, installed

sent = []


@pytest.fixture(autouse=True)
def clean():
    sent.clear()
    before = dict(get_commands())
    yield
    assert get_commands() == before
    assert not any(isinstance(command, BaseCommand) for command in get_commands().values())
    Entry.objects.all().delete()


@pytest.fixture
def fixture(tmp_path):
    """A fixture whose rows enqueue when they are saved."""

    def saved(instance, **_):
        airlock.enqueue(sent.append, instance.text)

    rows = [{"model": "django_project.entry", "pk": pk, "fields": {"text": f"row {pk}"}} for pk in (1, 2)]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    post_save.connect(saved, sender=Entry)
    yield str(path)
    post_save.disconnect(saved, sender=Entry)


def commands(**policies):
    return override_settings(AIRLOCK={"COMMANDS": policies})


def test_loaddata_is_silent_where_its_policy_says_so(fixture):
    with commands(loaddata="airlock.DropAll"):
        call_command("loaddata", fixture, verbosity=0)
    assert Entry.objects.count() == 2
    assert sent == []


def test_loaddata_has_a_scope_where_its_policy_lets_effects_out(fixture):
    with commands(loaddata=airlock.AllowAll):
        call_command("loaddata", fixture, verbosity=0)
    assert sent == ["row 1", "row 2"]


def test_a_command_that_is_not_listed_has_no_scope(fixture):
    with commands(migrate="airlock.DropAll"), pytest.raises(airlock.NoScopeError):
        call_command("loaddata", fixture, verbosity=0)


def test_migrate_is_silent_where_its_policy_says_so():
    def migrated(app_config, **_):
        if app_config.label == "django_project":
            sent.append("receiver")
            airlock.enqueue(sent.append, "effect")

    post_migrate.connect(migrated)
    try:
        with commands(migrate="airlock.DropAll"):
            call_command("migrate", verbosity=0)
        assert sent == ["receiver"]
        with commands(migrate=airlock.AllowAll()):
            call_command("migrate", verbosity=0)
        assert sent == ["receiver", "receiver", "effect"]
    finally:
        post_migrate.disconnect(migrated)


def test_a_policy_that_refuses_speaks_through_the_command(fixture):
    with commands(loaddata=airlock.AssertNoEffects), pytest.raises(airlock.PolicyViolation):
        call_command("loaddata", fixture, verbosity=0)
    assert airlock.get_current_scope() is None


def test_a_policy_that_remembers_starts_anew_each_time(fixture):
    with commands(loaddata=airlock.LimitIntents(2)):
        for _ in range(2):
            call_command("loaddata", fixture, verbosity=0)
    assert len(sent) == 4


def test_a_policy_holds_inside_the_scope_of_the_caller(fixture):
    with commands(loaddata="airlock.DropAll"), airlock.scope() as scope:
        call_command("loaddata", fixture, verbosity=0)
        airlock.enqueue(sent.append, "own")
    assert [str(intent) for intent in scope.intents] == ["append('own')"]
    assert sent == ["own"]


def test_the_output_of_one_call_is_not_that_of_the_next(fixture, capsys):
    out = StringIO()
    with commands(loaddata="airlock.DropAll"):
        call_command("loaddata", fixture, stdout=out)
        call_command("loaddata", fixture)
    assert out.getvalue() == capsys.readouterr().out == "Installed 2 object(s) from 1 fixture(s)\n"


def test_options_and_their_errors_are_those_of_the_command(fixture):
    with commands(loaddata="airlock.DropAll"):
        with pytest.raises(CommandError, match="fixture"):
            call_command("loaddata")
        with pytest.raises(TypeError, match=r"Unknown option\(s\) for loaddata command: colour"):
            call_command("loaddata", fixture, colour="red")
        with pytest.raises(CommandError, match="No fixture named 'nosuch' found"):
            call_command("loaddata", "nosuch")


def test_a_stealth_option_of_the_command_is_still_one():
    with commands(flush="airlock.DropAll"):
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False, inhibit_post_migrate=True)


def test_help_lists_the_command_where_it_was_and_shows_its_own(capsys):
    before = ManagementUtility(["manage.py"]).main_help_text()
    with commands(loaddata="airlock.DropAll"):
        assert ManagementUtility(["manage.py"]).main_help_text() == before
        ManagementUtility(["manage.py"]).fetch_command("loaddata").print_help("manage.py", "loaddata")
    assert "Installs the named fixture(s) in the database." in capsys.readouterr().out


def test_nothing_is_imported_before_the_command_is_used(monkeypatch):
    monkeypatch.setitem(get_commands(), "broken", "no.such.app")
    with commands(broken="airlock.DropAll"):
        assert list(installed()) == ["broken"]
        with pytest.raises(ModuleNotFoundError, match="No module named 'no'") as info:
            call_command("broken")
    assert "'broken', which AIRLOCK['COMMANDS'] puts a policy on" in info.value.__notes__[0]
    monkeypatch.delitem(get_commands(), "broken")


def test_overrides_nest_and_end_in_turn():
    with commands(loaddata="airlock.DropAll"):
        with commands(migrate="airlock.DropAll"):
            assert list(installed()) == ["migrate"]
        assert list(installed()) == ["loaddata"]
    assert installed() == {}


class Held(BaseCommand):
    """A command that somebody else has put among the commands, with its state."""

    def handle(self, *args, **options):
        airlock.enqueue(sent.append, id(self))


def test_a_command_that_another_app_has_replaced_by_an_object_keeps_being_it(monkeypatch):
    held = Held()
    get_commands()["held"] = held
    try:
        with commands(held=airlock.AllowAll):
            call_command("held")
            call_command("held")
        assert len(sent) == 2
        assert get_commands()["held"] is held
        assert "execute" not in vars(held)
    finally:
        del get_commands()["held"]


def test_a_subcommand_is_called_on_the_object_that_made_the_parser():
    class Parts(BaseCommand):
        def add_arguments(self, parser):
            parts = parser.add_subparsers()
            parts.add_parser("one").set_defaults(method=self.one)

        def handle(self, *args, method, **options):
            method()

        def one(self):
            self.stdout.write("one")

    get_commands()["parts"] = Parts()
    out = StringIO()
    try:
        with commands(parts=airlock.DropAll):
            call_command("parts", "one", stdout=out)
    finally:
        del get_commands()["parts"]
    assert out.getvalue() == "one\n"


def test_threads_that_call_a_command_at_once_have_one_each():
    together = threading.Barrier(2, timeout=30)

    class Meeting(BaseCommand):
        def handle(self, *args, **options):
            together.wait()
            self.stdout.write(threading.current_thread().name)
            together.wait()

    get_commands()["meeting"] = Meeting()
    outs = {name: StringIO() for name in ("a", "b")}
    threads = [
        threading.Thread(target=call_command, name=name, args=("meeting",), kwargs={"stdout": out})
        for name, out in outs.items()
    ]
    try:
        with commands(meeting=airlock.DropAll):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
    finally:
        del get_commands()["meeting"]
    assert {name: out.getvalue() for name, out in outs.items()} == {"a": "a\n", "b": "b\n"}


def test_a_command_may_call_itself():
    class Calling(BaseCommand):
        def add_arguments(self, parser):
            parser.add_argument("depth", type=int)

        def handle(self, *args, depth, **options):
            airlock.enqueue(sent.append, depth)
            if depth:
                call_command("calling", depth - 1)

    get_commands()["calling"] = Calling()
    try:
        with commands(calling=airlock.AllowAll):
            call_command("calling", 2)
    finally:
        del get_commands()["calling"]
    assert sent == [2, 1, 0]


def test_a_dry_run_shows_that_the_policy_of_the_command_would_drop():
    class Own(AirlockCommand, BaseCommand):
        def handle(self, *args, **options):
            airlock.enqueue(sent.append, "a")

    get_commands()["own"] = Own()
    out = StringIO()
    try:
        with commands(own="airlock.DropAll"):
            call_command("own", dry_run=True, stdout=out)
    finally:
        del get_commands()["own"]
    assert "drop     append('a')  [DropAll()]" in out.getvalue()


def test_who_wants_the_name_of_the_app_finds_it():
    with commands(loaddata="airlock.DropAll"):
        command = get_commands()["loaddata"]
        assert isinstance(command, GuardedCommand)
        assert command == "django.core"
