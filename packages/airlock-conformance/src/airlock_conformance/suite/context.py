"""What an intent carries for its worker."""

from __future__ import annotations

from typing import Any

from airlock import Executor, Intent
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, not_with, requires
from airlock_conformance.suite._hooks import Hooks


class ContextTests(Hooks):
    """An executor hands `intent.context` over, or says that it does not."""

    @requires(Capability.CONTEXT)
    def test_what_an_intent_carries_is_in_its_message(self, executor: Executor) -> None:
        """Each message has the context of its own intent, whole and as it is, and none where there is none.

        If it fails, check that `prepare` gives the queue a header with `dict(intent.context)`, and that `queued` reads
        the same one.
        """
        task = self.make_task(tasks.note)
        contexts: list[dict[str, Any]] = [
            {"request": "r-1", "tenant": {"name": "é", "roles": ["a", None, 1.5]}},
            {},
            {"request": "r-2"},
        ]
        for number, context in enumerate(contexts):
            executor(Intent(task, (number,), context=context))
        assert {message.args[0]: dict(message.context) for message in self.arrivals(3)} == dict(enumerate(contexts))

    @not_with(Capability.PERFORMS)
    def test_an_executor_says_whether_it_carries_context(self, executor: Executor) -> None:
        """`carries_context` is true for an executor that hands the context over, and only for such a one.

        If it fails, check the attribute, which keeps airlock from warning of what is lost, against `CONTEXT`.
        """
        declared = Capability.CONTEXT in set(self.capabilities)
        assert bool(getattr(executor, "carries_context", False)) is declared

    @not_with(Capability.PERFORMS)
    def test_what_an_intent_carries_is_no_argument(self, executor: Executor) -> None:
        """The task is called with the arguments that it was enqueued with, whatever travels besides.

        If it fails, check that the context is in a header of the message, and not among its arguments or options.
        """
        executor(Intent(self.make_task(tasks.note), (1,), {"two": 2}, context={"request": "r-1"}))
        message = self.only_arrival()
        assert (tuple(message.args), dict(message.kwargs)) == ((1,), {"two": 2})
