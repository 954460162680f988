"""Commands of ours: a scope around `handle()`, and a dry run that changes and sends nothing."""

import asyncio
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, LabelCommand
from django.db import connections, transaction
from django.test import override_settings
from django_project.models import Entry

import airlock
from airlock.integrations.django import AirlockCommand

sent = []


@pytest.fixture(autouse=True)
def quiet():
    sent.clear()
    yield
    for alias in ("default", "other"):
        Entry.objects.using(alias).all().delete()


class Command(AirlockCommand, BaseCommand):
    """Enqueues an effect for each word."""

    def add_arguments(self, parser):
        parser.add_argument("words", nargs="*")

    def handle(self, *args, words=(), **options):
        for word in words:
            Entry.objects.create(text=word)
            airlock.enqueue(sent.append, word)
        self.seen = list(sent), options


def run(command, *args, **options):
    """Run a command and return what it printed."""
    out = StringIO()
    call_command(command, *args, stdout=out, **options)
    return out.getvalue()


def texts(alias="default"):
    return sorted(Entry.objects.using(alias).values_list("text", flat=True))


def test_effects_go_out_when_the_command_has_ended():
    command = Command()
    assert run(command, "a", "b") == ""
    assert command.seen[0] == []
    assert sent == ["a", "b"]
    assert texts() == ["a", "b"]


def test_no_effect_goes_out_when_the_command_fails():
    class Failing(Command):
        def handle(self, *args, **options):
            super().handle(*args, **options)
            raise CommandError("no more words")

    with pytest.raises(CommandError, match="no more words"):
        run(Failing(), "a")
    assert sent == []
    assert airlock.get_current_scope() is None


def test_a_command_in_a_scope_leaves_its_effects_to_it():
    with airlock.scope():
        run(Command(), "a")
        assert sent == []
    assert sent == ["a"]


def test_what_the_command_returns_is_printed_and_returned():
    class Returning(Command):
        def handle(self, *args, **options):
            airlock.enqueue(sent.append, "a")
            return "done"

    out = StringIO()
    assert call_command(Returning(), stdout=out) == "done"
    assert out.getvalue() == "done\n"
    assert sent == ["a"]


def test_a_label_command_may_be_one_of_ours():
    class Labelled(AirlockCommand, LabelCommand):
        def handle_label(self, label, **options):
            airlock.enqueue(sent.append, label)

    run(Labelled(), "a", "b")
    assert sent == ["a", "b"]


def test_the_mix_in_may_stand_alone_but_not_behind_the_base():
    assert issubclass(AirlockCommand, BaseCommand)
    with pytest.raises(TypeError, match="MRO"):
        type("Wrong", (BaseCommand, AirlockCommand), {})


def test_a_command_may_do_its_work_on_an_event_loop():
    class Async(Command):
        def handle(self, *args, **options):
            async_to_sync(self.work)()

        async def work(self):
            await asyncio.gather(*(self.one(word) for word in "ab"))

        async def one(self, word):
            await asyncio.sleep(0)
            airlock.enqueue(sent.append, word)

    assert "2 to dispatch" in run(Async(), dry_run=True)
    assert sent == []
    run(Async())
    assert sorted(sent) == ["a", "b"]


def test_a_dry_run_prints_what_would_be_sent_and_sends_nothing():
    out = run(Command(), "a", "b", dry_run=True)
    assert out.splitlines() == [
        "DjangoScope: 2 to dispatch, 0 to drop",
        "|-- dispatch append('a')",
        "`-- dispatch append('b')",
    ]
    assert sent == []
    assert airlock.get_current_scope() is None


def test_a_dry_run_may_be_asked_for_on_the_command_line(capsys):
    Command().run_from_argv(["manage.py", "words", "a", "--dry-run"])
    assert "dispatch append('a')" in capsys.readouterr().out
    assert sent == []
    assert texts() == []


def test_the_command_knows_that_it_is_tried_out():
    command = Command()
    run(command, dry_run=True)
    assert command.seen[1]["dry_run"] is True
    run(command)
    assert command.seen[1]["dry_run"] is False


def test_a_dry_run_shows_what_policies_would_drop():
    with override_settings(AIRLOCK={"POLICY": airlock.BlockTasks({"append"})}):
        assert "drop     append('a')  [BlockTasks({'append'})]" in run(Command(), "a", dry_run=True)


def test_a_dry_run_shows_what_scopes_inside_the_command_hand_over():
    class Nesting(Command):
        def handle(self, *args, **options):
            with airlock.scope():
                airlock.enqueue(sent.append, "inner")

    assert "captured from DjangoScope" in run(Nesting(), dry_run=True)
    assert sent == []


def test_a_dry_run_holds_back_what_a_scope_of_the_project_would_let_through():
    class Eager(airlock.Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            return intents

        def should_flush(self, error):
            return True

    class Nesting(Command):
        def handle(self, *args, **options):
            with airlock.scope():
                airlock.enqueue(sent.append, "inner")
            airlock.enqueue(sent.append, "outer")

    with override_settings(AIRLOCK={"SCOPE": Eager}):
        out = run(Nesting(), dry_run=True)
        assert sent == []
        assert "Eager: 2 to dispatch" in out
        run(Nesting())
    assert sent == ["inner", "outer"]


def test_a_dry_run_shows_what_was_rolled_back():
    class Retrying(Command):
        def handle(self, *args, **options):
            try:
                with transaction.atomic():
                    airlock.enqueue(sent.append, "undone")
                    raise KeyError
            except KeyError:
                airlock.enqueue(sent.append, "kept")

    command = Retrying()
    out = run(command, dry_run=True)
    assert "DjangoScope: 1 to dispatch, 1 to drop" in out
    assert "drop     append('undone')  [rolled back]" in out
    assert "dispatch append('kept')" in out
    run(command)
    assert sent == ["kept"]


@pytest.mark.parametrize("names", [("default",), ("default", "other")], ids=len)
def test_a_dry_run_leaves_every_database_as_it_was(names):
    class Writing(Command):
        def handle(self, *args, **options):
            for name in names:
                Entry.objects.using(name).create(text="tried")
                assert texts(name) == ["tried"]

    run(Writing(), dry_run=True)
    assert [texts(name) for name in names] == [[]] * len(names)


def test_a_dry_run_runs_no_hook_for_a_commit():
    class Hooking(Command):
        def handle(self, *args, **options):
            transaction.on_commit(lambda: sent.append("hook"))

    run(Hooking(), dry_run=True)
    assert sent == []


def test_a_dry_run_in_a_transaction_leaves_that_alone():
    with transaction.atomic():
        Entry.objects.create(text="before")
        run(Command(), "tried", dry_run=True)
        assert texts() == ["before"]
    assert texts() == ["before"]


def test_a_dry_run_that_fails_prints_nothing_and_leaves_nothing():
    class Failing(Command):
        def handle(self, *args, **options):
            super().handle(*args, **options)
            raise CommandError("no more words")

    out = StringIO()
    with pytest.raises(CommandError, match="no more words"):
        call_command(Failing(), "a", dry_run=True, stdout=out)
    assert (out.getvalue(), sent, texts()) == ("", [], [])
    assert airlock.get_current_scope() is None
    assert not connections["default"].in_atomic_block


class Durable(Command):
    def handle(self, *args, **options):
        with transaction.atomic(durable=True):
            super().handle(*args, **options)


def test_a_dry_run_of_a_durable_transaction_says_what_to_do():
    with pytest.raises(RuntimeError, match="durable") as info:
        run(Durable(), "a", dry_run=True)
    assert "AirlockCommand.dry_run_rolls_back" in info.value.__notes__[0]


def test_a_command_may_run_dry_without_a_transaction_around_it():
    class Own(Durable):
        dry_run_rolls_back = False

    assert "dispatch append('a')" in run(Own(), "a", dry_run=True)
    assert sent == []
    assert texts() == ["a"]


def test_a_flag_of_the_same_name_that_a_command_has_already_does_both():
    class Careful(Command):
        def add_arguments(self, parser):
            parser.add_argument("-n", "--dry-run", action="store_true", dest="dry_run")
            super().add_arguments(parser)

    assert "dispatch append('a')" in run(Careful(), "a", dry_run=True)
    assert "dispatch append('a')" in run(Careful(), "a", "-n")
    assert sent == []


@pytest.mark.parametrize("how", [{"type": int}, {"action": "store_true", "dest": "pretend"}], ids=["value", "dest"])
def test_an_option_of_the_same_name_that_means_something_else_is_an_error(how):
    class Other(Command):
        def add_arguments(self, parser):
            parser.add_argument("--dry-run", **how)

    with pytest.raises(CommandError, match="has an option --dry-run that is no flag stored as 'dry_run'"):
        run(Other())


def test_a_command_that_makes_its_own_parser_keeps_it():
    class Parsing(Command):
        def create_parser(self, prog_name, subcommand, **kwargs):
            parser = super().create_parser(prog_name, subcommand, epilog="the end", **kwargs)
            parser.add_argument("--twice", action="store_true")
            return parser

    assert "dispatch append('a')" in run(Parsing(), "a", dry_run=True, twice=True)


def test_a_command_whose_parser_is_not_ours_has_no_dry_run():
    class Parsing(Command):
        def create_parser(self, prog_name, subcommand, **kwargs):
            return BaseCommand.create_parser(self, prog_name, subcommand, **kwargs)

    run(Parsing(), "a")
    assert sent == ["a"]


def test_sql_that_a_command_prints_keeps_its_transaction():
    class Printing(Command):
        output_transaction = True

        def handle(self, *args, **options):
            airlock.enqueue(sent.append, "a")
            return "SELECT 1;"

    assert run(Printing()) == "BEGIN;\nSELECT 1;\nCOMMIT;\n"
    out = run(Printing(), dry_run=True)
    assert out.startswith("BEGIN;\nSELECT 1;\nCOMMIT;\nDjangoScope: 1 to dispatch")
