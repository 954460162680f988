"""Side effects under control: `enqueue()` says what, a scope decides when, policies whether, an executor how."""

from airlock._configuration import Configuration, configure, get_configuration, reset_configuration
from airlock._context import ContextProvider
from airlock._duplicates import DropDuplicates
from airlock._enqueue import Options, enqueue, options
from airlock._errors import (
    AirlockError,
    BypassError,
    InvalidIntentError,
    NoScopeError,
    PolicyEnqueueError,
    PolicyViolation,
    ScopeStateError,
    UsageError,
)
from airlock._executors import Executor
from airlock._intent import Intent
from airlock._local_policy import LocalPolicy, policy
from airlock._open_scope import scope, scoped
from airlock._origin import Origin
from airlock._policies import (
    AllowAll,
    AllowTasks,
    AssertNoEffects,
    BlockTasks,
    CompositePolicy,
    DropAll,
    LimitIntents,
    LogOnFlush,
)
from airlock._policy import Policy
from airlock._preview import Preview
from airlock._region import get_current_scope
from airlock._scope import Scope
from airlock._verdict import Verdict

__all__ = [
    "AirlockError",
    "AllowAll",
    "AllowTasks",
    "AssertNoEffects",
    "BlockTasks",
    "BypassError",
    "CompositePolicy",
    "Configuration",
    "ContextProvider",
    "DropAll",
    "DropDuplicates",
    "Executor",
    "Intent",
    "InvalidIntentError",
    "LimitIntents",
    "LocalPolicy",
    "LogOnFlush",
    "NoScopeError",
    "Options",
    "Origin",
    "Policy",
    "PolicyEnqueueError",
    "PolicyViolation",
    "Preview",
    "Scope",
    "ScopeStateError",
    "UsageError",
    "Verdict",
    "configure",
    "enqueue",
    "get_configuration",
    "get_current_scope",
    "options",
    "policy",
    "reset_configuration",
    "scope",
    "scoped",
]
