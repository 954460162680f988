"""The preview of a dry run on every kind of output."""

import fcntl
import os
import struct
import sys
import termios
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand

import airlock
from airlock.integrations.django import AirlockCommand

GREEN, END = "\x1b[32", "\x1b[0m"


def mail(*args): ...


class Command(AirlockCommand, BaseCommand):
    arguments = (("a",),)

    def handle(self, *args, **options):
        for arguments in self.arguments:
            airlock.enqueue(mail, *arguments)


class Many(Command):
    arguments = tuple((number,) for number in range(10_000))


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")


def printed(command, out=None, **options):
    out = out or StringIO()
    call_command(command, dry_run=True, stdout=out, **options)
    return out.getvalue()


def printed_in(encoding, command, errors="strict"):
    raw = BytesIO()
    out = TextIOWrapper(raw, encoding=encoding, errors=errors, write_through=True)
    call_command(command, dry_run=True, stdout=out)
    return raw.getvalue().decode(encoding)


def test_ten_thousand_intents_are_a_hundred_lines_and_a_count():
    lines = printed(Many()).splitlines()
    assert len(lines) == 102
    assert lines[0] == "DjangoScope: 10,000 to dispatch, 0 to drop"
    assert lines[-1] == "... and 9,900 more"


def test_all_of_them_are_shown_where_the_command_is_verbose():
    lines = printed(Many(), verbosity=2).splitlines()
    assert len(lines) == 10_001
    assert lines[-1] == "`-- dispatch mail(9999)"


def test_only_their_number_is_shown_where_the_command_is_silent():
    assert printed(Many(), verbosity=0) == "DjangoScope: 10,000 to dispatch, 0 to drop\n"


def test_nothing_enqueued_is_one_line():
    class Nothing(Command):
        arguments = ()

    assert printed(Nothing()) == "DjangoScope: 0 to dispatch, 0 to drop\n"


class Long(Command):
    arguments = (("x" * 25, "y" * 25, "z" * 25),)


def test_a_long_line_is_cut_to_the_terminal(narrow):
    lines = printed(Long(), Terminal(), no_color=True).splitlines()
    assert max(map(len, lines)) == 30
    assert lines[1].endswith("…")


def test_a_long_line_is_whole_where_nobody_looks_at_it(narrow):
    assert printed(Long()).splitlines()[1].endswith(f"'{'z' * 25}')")


def test_the_dots_of_a_cut_line_are_in_the_encoding_of_the_terminal(narrow):
    class Ascii(Terminal):
        encoding = "ascii"

    line = printed(Long(), Ascii(), no_color=True).splitlines()[1]
    assert len(line) == 30
    assert line.endswith("...")


def test_a_pipe_has_no_colours():
    assert "\x1b" not in printed(Command())


def test_a_terminal_has_colours_unless_told_not_to(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("DJANGO_COLORS", raising=False)
    assert GREEN in printed(Command(), Terminal())
    assert "\x1b" not in printed(Command(), Terminal(), no_color=True)
    assert "\x1b" not in printed(Command(), StringIO())


def test_colours_can_be_forced_into_a_pipe(monkeypatch):
    monkeypatch.delenv("DJANGO_COLORS", raising=False)
    out = printed(Command(), force_color=True)
    assert GREEN in out
    assert out.rstrip().endswith(END)


class Foreign(Command):
    arguments = (("naïve ✓ 北",),)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", r"mail('na\xefve \u2713 \u5317')"),
        ("latin-1", r"mail('naïve \u2713 \u5317')"),
        ("cp1252", r"mail('naïve \u2713 \u5317')"),
        ("utf-8", "mail('naïve ✓ 北')"),
    ],
)
def test_what_the_terminal_cannot_show_is_escaped(encoding, shown):
    assert shown in printed_in(encoding, Foreign())


def test_half_a_character_is_escaped_too():
    class Surrogate(Command):
        arguments = (("\udc80",),)

    assert r"\udc80" in printed_in("utf-8", Surrogate())


def test_what_would_move_the_cursor_is_escaped():
    class Moving:
        def __repr__(self):
            return "\x1b[2J\rgone"

    class Evil(Command):
        arguments = ((Moving(),),)

    assert r"mail(\x1b[2J\rgone)" in printed(Evil())


def test_a_real_terminal_is_measured(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    main, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    with os.fdopen(terminal, "w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "__stdout__", out)
        call_command(Long(), dry_run=True, no_color=True, stdout=out)
        out.flush()
        read = b""
        while read.count(b"\n") < 2:
            read += os.read(main, 10_000)
    os.close(main)
    assert [len(line) for line in read.decode().splitlines()] == [len("DjangoScope: 1 to dispatch, 0 to drop"), 40]
