import pytest

import airlock
from airlock import AllowAll, BlockTasks, DropAll, Scope, UsageError


class Tenant(Scope):
    def __init__(self, tenant="none", **kwargs):
        super().__init__(**kwargs)
        self.tenant = tenant


def test_an_option_that_is_not_given_keeps_its_value():
    policy = BlockTasks({"a"})
    airlock.configure(policy=policy, capture_origin=True)
    airlock.configure(executor=print)
    assert airlock.get_configuration() == (policy, print, None, {}, True, "ignore", {})


def test_none_gives_back_the_default():
    airlock.configure(policy=DropAll(), executor=print, scope_cls=Tenant)
    airlock.configure(policy=None, executor=None, scope_cls=None)
    assert airlock.get_configuration() == (None, None, None, {}, False, "ignore", {})


def test_reset_forgets_everything():
    airlock.configure(policy=DropAll(), executor=print, capture_origin=True)
    airlock.configure(scope_cls=Tenant, scope_kwargs={"tenant": "a"})
    airlock.reset_configuration()
    assert airlock.get_configuration() == airlock.Configuration()


def test_explicit_arguments_win(charge):
    airlock.configure(policy=DropAll(), executor=print)
    sent = []
    with airlock.scope(policy=AllowAll(), executor=sent.append) as scope:
        airlock.enqueue(charge)
    assert len(sent) == 1
    assert type(scope.policy) is AllowAll


def test_a_scope_built_directly_takes_the_same_defaults(charge):
    sent = []
    airlock.configure(policy=BlockTasks({"email"}), executor=sent.append)
    with Scope() as scope:
        airlock.enqueue(charge)
    assert len(sent) == 1
    assert repr(scope.policy) == "BlockTasks({'email'})"


def test_scope_arguments_go_to_the_configured_class():
    airlock.configure(scope_cls=Tenant, scope_kwargs={"tenant": "acme"})
    assert airlock.scope().tenant == "acme"
    assert airlock.scope(tenant="other").tenant == "other"


def test_scope_arguments_are_left_out_for_another_class():
    airlock.configure(scope_cls=Tenant, scope_kwargs={"tenant": "acme"})
    assert type(airlock.scope(_cls=Scope)) is Scope


def test_the_configuration_is_a_snapshot_that_nobody_can_change():
    given = {"tenant": "acme"}
    airlock.configure(scope_cls=Tenant, scope_kwargs=given)
    given["tenant"] = "other"
    configuration = airlock.get_configuration()
    with pytest.raises(TypeError):
        configuration.scope_kwargs["tenant"] = "other"
    with pytest.raises(AttributeError):
        configuration.policy = None
    assert airlock.scope().tenant == "acme"


def test_an_unknown_option_is_a_type_error_that_names_it():
    with pytest.raises(TypeError, match="exector"):
        airlock.configure(exector=print)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("policy", DropAll),
        ("policy", "drop"),
        ("executor", 5),
        ("scope_cls", int),
        ("scope_cls", Scope()),
        ("scope_kwargs", None),
        ("scope_kwargs", {1: 2}),
        ("capture_origin", "yes"),
        ("bypass", "rais"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_and_changes_nothing(option, value):
    with pytest.raises(TypeError):
        airlock.configure(**{"capture_origin": True, option: value})
    assert airlock.get_configuration() == airlock.Configuration()


def test_an_executor_name_that_is_not_installed_is_refused_at_once():
    with pytest.raises(UsageError, match="No executor named 'celry'"):
        airlock.configure(executor="celry")
    assert airlock.get_configuration().executor is None
