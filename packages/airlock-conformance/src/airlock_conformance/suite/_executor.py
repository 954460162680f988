"""The suite for an executor and its queue."""

from __future__ import annotations

from airlock_conformance.suite.arguments import ArgumentTests
from airlock_conformance.suite.bulk import BulkTests
from airlock_conformance.suite.context import ContextTests
from airlock_conformance.suite.errors import ErrorTests
from airlock_conformance.suite.fork import ForkTests
from airlock_conformance.suite.greenlets import GreenletTests
from airlock_conformance.suite.identity import IdentityTests
from airlock_conformance.suite.kinds import KindTests
from airlock_conformance.suite.options import OptionTests
from airlock_conformance.suite.order import OrderTests
from airlock_conformance.suite.partial import PartialFailureTests
from airlock_conformance.suite.routing import RoutingTests
from airlock_conformance.suite.scopes import ScopeTests
from airlock_conformance.suite.threads import ThreadTests
from airlock_conformance.suite.unavailable import UnavailableTests
from airlock_conformance.suite.values import ValueTests


class ExecutorSuite(
    OrderTests,
    ScopeTests,
    ArgumentTests,
    ValueTests,
    OptionTests,
    IdentityTests,
    ContextTests,
    ErrorTests,
    KindTests,
    RoutingTests,
    UnavailableTests,
    BulkTests,
    PartialFailureTests,
    ThreadTests,
    ForkTests,
    GreenletTests,
):
    """What every executor promises: subclass it once for each backend, and override the hooks.

    A test looks at the queue by another road than the executor, with `queued`. Say what the queue is able to do in
    `capabilities`; tests of other abilities are deselected.
    """
