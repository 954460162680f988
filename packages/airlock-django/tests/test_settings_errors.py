"""A wrong setting is an error in one line: which key, what was found, what was meant."""

import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

import airlock


def error_for(**keys):
    """Return the one line that Django is stopped with."""
    before = airlock.get_configuration()
    with pytest.raises(ImproperlyConfigured) as info:
        with override_settings(AIRLOCK=keys):
            pass
    assert airlock.get_configuration() == before
    (line,) = str(info.value).splitlines()
    return line


not_callable = 3
text = "sync"


@pytest.mark.parametrize(
    ("keys", "found", "meant"),
    [
        ({"EXECUTR": "sync"}, "AIRLOCK has no key 'EXECUTR'", "Did you mean 'EXECUTOR'?"),
        ({"executor": "sync"}, "AIRLOCK has no key 'executor'", "Did you mean 'EXECUTOR'?"),
        ({"COLOUR": "red"}, "AIRLOCK has no key 'COLOUR'", "The keys are BYPASS, CAPTURE_ORIGIN, COMMANDS"),
        ({"EXECUTOR": "auot"}, "AIRLOCK['EXECUTOR'] is 'auot'", "Did you mean 'auto'?"),
        ({"EXECUTOR": "nosuchqueue"}, "no executor named 'nosuchqueue' is installed", "Installed: auto"),
        ({"EXECUTOR": "airlock.DropAll"}, "is a class, not an executor", "Give an object: DropAll()"),
        ({"EXECUTOR": f"{__name__}.not_callable"}, "not_callable', which is not callable", "called with an intent"),
        ({"EXECUTOR": f"{__name__}.text"}, "text', which is not callable", "called with an intent"),
        ({"EXECUTOR": 3}, "AIRLOCK['EXECUTOR'] is 3, which is not callable", "called with an intent"),
        ({"EXECUTOR": "nosuchmodule.x"}, "which cannot be imported: there is no module 'nosuchmodule'", ""),
        ({"EXECUTOR": "airlok.x"}, "there is no module 'airlok'", "Did you mean 'airlock'?"),
        ({"EXECUTOR": "django_project.modls.x"}, "there is no module 'django_project.modls'", "Did you mean 'models'?"),
        ({"POLICY": "DropAll"}, "AIRLOCK['POLICY'] is 'DropAll', which is no dotted path", "Write 'airlock.DropAll'."),
        ({"POLICY": "airlock.Drop All"}, "which is no dotted path", ""),
        ({"POLICY": "airlock.DropAl"}, "airlock has no 'DropAl'", "Did you mean 'DropAll'?"),
        ({"POLICY": "airlock.DropAll.x.y"}, "cannot be imported", ""),
        ({"POLICY": "airlock.BlockTasks"}, "cannot be built: TypeError", "Give an object, such as BlockTasks(...)"),
        ({"POLICY": 3}, "AIRLOCK['POLICY'] is 3, which is no policy", "on_enqueue(intent) and allows(intent)"),
        ({"SCOPE": "airlock.DropAll"}, "is no subclass of airlock.Scope", "DjangoScope"),
        ({"SCOPE": 3}, "AIRLOCK['SCOPE'] is 3, which is no subclass", "DjangoScope"),
        ({"SCOPE": "airlock.Scop", "SCOPE_KWARGS": {"colour": 1}}, "airlock has no 'Scop'", "Did you mean 'Scope'?"),
        ({"SCOPE_KWARGS": ["using"]}, "AIRLOCK['SCOPE_KWARGS'] is ['using'], which is no dictionary", ""),
        ({"SCOPE_KWARGS": {1: 2}}, "which is no dictionary with text as its keys", ""),
        ({"SCOPE_KWARGS": {"colour": 1}}, "AIRLOCK['SCOPE_KWARGS'] cannot be given to DjangoScope", "using"),
        ({"SCOPE": "airlock.Scope", "USING": "default"}, "AIRLOCK['USING'] cannot be given to Scope", "policy, exec"),
        ({"USING": "default", "SCOPE_KWARGS": {"using": "other"}}, "AIRLOCK has 'USING': 'default' and", "Leave one"),
        ({"USING": "othr"}, "AIRLOCK['USING'] is 'othr', which is no alias in DATABASES", "Did you mean 'other'?"),
        ({"SCOPE_KWARGS": {"using": "othr"}}, "AIRLOCK['SCOPE_KWARGS']['using'] is 'othr'", "Did you mean 'other'?"),
        ({"USING": "zzz"}, "which is no alias in DATABASES", "DATABASES has 'default', 'other'"),
        ({"USING": 3}, "AIRLOCK['USING'] is 3, which is not the alias of a database", "'default'"),
        ({"CAPTURE_ORIGIN": "yes"}, "AIRLOCK['CAPTURE_ORIGIN'] is 'yes', which is neither True nor False", ""),
        ({"BYPASS": "rais"}, "AIRLOCK['BYPASS'] is 'rais', which is no mode", "Did you mean 'raise'?"),
        ({"BYPASS": True}, "AIRLOCK['BYPASS'] is True, which is no mode", "It is one of 'ignore', 'warn', 'raise'."),
        ({"COMMANDS": ["loaddata"]}, "AIRLOCK['COMMANDS'] is ['loaddata'], which is no dictionary", ""),
        ({"COMMANDS": {"lodadata": "airlock.DropAll"}}, "there is no such command", "Did you mean 'loaddata'?"),
        ({"COMMANDS": {"loaddata": "airlock.Drop"}}, "AIRLOCK['COMMANDS']['loaddata'] is 'airlock.Drop'", "'DropAll'"),
        ({"CONTEXT": ["tenant"]}, "AIRLOCK['CONTEXT'] is ['tenant'], which is no dictionary", ""),
        ({"CONTEXT": {"tenant": 3}}, "AIRLOCK['CONTEXT']['tenant'] is 3, which is no provider", "has the methods"),
        ({"CONTEXT": {"tenant": f"{__name__}.text"}}, "text', which is no provider", "a ContextVar"),
        ({"CONTEXT": {"tenant": "airlock.BlockTasks"}}, "cannot be built: TypeError", "such as BlockTasks(...)"),
        ({"CONTEXT": {"tenant": "airlock.DropAl"}}, "airlock has no 'DropAl'", "Did you mean 'DropAll'?"),
        ({"COMMANDS": {"loaddata": None}}, "AIRLOCK['COMMANDS']['loaddata'] is None, which is no policy", ""),
    ],
    ids=str,
)
def test_a_wrong_value_is_named_with_what_was_found_and_what_was_meant(keys, found, meant):
    line = error_for(**keys)
    assert found in line
    assert meant in line


def test_a_setting_that_is_no_dictionary_is_an_error():
    with pytest.raises(ImproperlyConfigured, match=r"AIRLOCK is \['sync'\], which is no dictionary"):
        with override_settings(AIRLOCK=["sync"]):
            pass


def test_all_errors_are_named_at_once():
    with pytest.raises(ImproperlyConfigured, match=r"(?s)AIRLOCK has 2 errors:.*'A'.*\n.*'othr'"):
        with override_settings(AIRLOCK={"A": 1, "USING": "othr"}):
            pass


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module that can be imported by its name."""
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def write(name, source):
        (tmp_path / f"{name}.py").write_text(source)
        names.append(name)

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import no_such_thing", "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("raise KeyError('REDIS_URL')", "KeyError: 'REDIS_URL'"),
        ("def", "SyntaxError: invalid syntax"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
    ],
)
def test_a_module_that_fails_to_import_says_why_in_one_line_and_keeps_its_traceback(module, source, found):
    module("broken_effects", source)
    with pytest.raises(ImproperlyConfigured) as info:
        with override_settings(AIRLOCK={"POLICY": "broken_effects.policy"}):
            pass
    assert "AIRLOCK['POLICY'] is 'broken_effects.policy', which cannot be imported" in str(info.value)
    assert found in str(info.value)
    assert len(str(info.value).splitlines()) == 1
    assert info.value.__cause__ is not None


def test_a_long_value_is_cut():
    assert len(error_for(POLICY="x" * 10_000)) < 300
