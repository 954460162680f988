"""Broken in what a message says: its arguments, options and id."""

from __future__ import annotations

import inspect
import itertools
import json
import uuid
from collections import Counter

from airlock import InvalidIntentError
from conformance_proof.executor import Sends
from conformance_proof.registry import caught_by


class Rewrites(Sends):
    """Changes the message before it is encoded."""

    def rewrite(self, intent, message):
        raise NotImplementedError

    def encode(self, intent, identity, options):
        message = json.loads(super().encode(intent, identity, options))
        self.rewrite(intent, message)
        return json.dumps(message)


@caught_by("test_plain_values_arrive_as_they_are")
class MakesTextOfEverything(Rewrites):
    def rewrite(self, intent, message):
        message["args"] = [str(value) for value in message["args"]]


@caught_by("test_positional_and_keyword_arguments_stay_what_they_are")
class BindsArguments(Rewrites):
    def rewrite(self, intent, message):
        bound = inspect.signature(intent.task.func).bind(*message["args"], **message["kwargs"])
        message["args"], message["kwargs"] = bound.args, bound.kwargs


@caught_by("test_a_task_without_arguments_gets_none")
class RemembersArguments(Rewrites):
    last = ()

    def rewrite(self, intent, message):
        message["args"] = self.last = message["args"] or self.last


@caught_by("test_a_keyword_argument_may_have_any_name")
class TakesArgumentsForOptions(Rewrites):
    def rewrite(self, intent, message):
        for name in self.options:
            if name in message["kwargs"]:
                message["options"][name] = message["kwargs"].pop(name)


@caught_by("test_an_option_is_not_passed_to_the_task")
class PassesOptionsToTheTask(Rewrites):
    def rewrite(self, intent, message):
        message["kwargs"] = {**message["options"], **message["kwargs"]}


@caught_by("test_an_argument_and_an_option_may_have_the_same_name")
class LetsTheOptionWin(Rewrites):
    def rewrite(self, intent, message):
        for name in message["options"]:
            message["kwargs"].pop(name, None)


@caught_by("test_what_is_queued_does_not_change_with_the_callers_objects")
class KeepsReferences(Sends):
    def prepare(self, intent):
        prepare = super().prepare
        return lambda: prepare(intent)


@caught_by("test_an_intent_is_the_same_after_it_was_sent")
class EmptiesTheIntent(Sends):
    def prepare(self, intent):
        message = super().prepare(intent)
        intent._kwargs.clear()
        return message


@caught_by("test_an_awkward_value_arrives_as_declared_or_is_a_clear_error")
class MakesTextOfTheUnknown(Sends):
    def encode(self, intent, identity, options):
        kwargs = json.loads(json.dumps(dict(intent.kwargs), default=str))
        message = {"task": intent.name, "args": intent.args, "kwargs": kwargs, "id": identity, "options": options}
        return json.dumps(message)


@caught_by("test_an_option_reaches_the_queue")
class IgnoresOptions(Rewrites):
    def rewrite(self, intent, message):
        message["options"] = {}


@caught_by("test_options_belong_to_one_intent_only")
class KeepsOptions(Rewrites):
    def __init__(self, queue):
        super().__init__(queue)
        self.kept = {}

    def rewrite(self, intent, message):
        self.kept.update(message["options"])
        message["options"] = self.kept


class Anything(tuple):
    __slots__ = ()

    def __contains__(self, option):
        return True


@caught_by("test_an_unknown_option_is_an_error_before_anything_is_sent")
class KnowsEveryOption(Sends):
    options = Anything()


@caught_by("test_a_slip_in_an_option_names_the_close_match")
class KnowsNoCloseMatch(Sends):
    def prepare_all(self, intents):
        try:
            return super().prepare_all(intents)
        except InvalidIntentError as error:
            raise InvalidIntentError("unknown option", intent=error.intent) from None


@caught_by("test_a_wrong_value_of_an_option_is_an_error_before_anything_is_sent")
class TakesAnyValue(Sends):
    def prepare(self, intent):
        options = {name: str(value) for name, value in intent.dispatch_options.items()}
        return self.encode(intent, str(intent.id), options)


@caught_by("test_the_id_of_an_intent_is_the_id_of_its_message")
class MakesItsOwnIds(Rewrites):
    def rewrite(self, intent, message):
        message["id"] = str(uuid.uuid4())


@caught_by("test_an_intent_that_is_sent_again_has_the_same_id")
class CountsItsMessages(Rewrites):
    def __init__(self, queue):
        super().__init__(queue)
        self.sent = Counter()

    def rewrite(self, intent, message):
        self.sent[intent] += 1
        message["id"] += "-again" * (self.sent[intent] - 1)


@caught_by("test_what_an_intent_carries_is_in_its_message")
class KeepsWhatTheFirstCarried(Rewrites):
    def __init__(self, queue):
        super().__init__(queue)
        self.kept = None

    def rewrite(self, intent, message):
        self.kept = message["context"] = self.kept or message["context"]


@caught_by("test_an_executor_says_whether_it_carries_context")
class SaysNothingOfContext(Sends):
    carries_context = False


@caught_by("test_what_an_intent_carries_is_no_argument")
class PassesWhatIsCarriedToTheTask(Rewrites):
    def rewrite(self, intent, message):
        message["kwargs"].update(message["context"])


@caught_by("test_a_positional_argument_that_cannot_be_serialised_is_named")
class SaysNotWhichArgument(Sends):
    def serialise(self, intent, value):
        return value


@caught_by("test_a_keyword_argument_that_cannot_be_serialised_is_named")
class LooksOnlyAtTheOutside(Sends):
    def serialise(self, intent, value):
        return value if isinstance(value, dict | list) else super().serialise(intent, value)


@caught_by("test_nothing_of_a_flush_is_sent_if_one_intent_cannot_be")
class SerialisesAsItGoes(Sends):
    def dispatch_many(self, intents):
        return itertools.chain.from_iterable(super(SerialisesAsItGoes, self).dispatch_many([one]) for one in intents)


@caught_by("test_the_error_carries_the_intent_that_is_to_blame")
class BlamesNobody(Sends):
    def prepare_all(self, intents):
        try:
            return super().prepare_all(intents)
        except InvalidIntentError as error:
            raise InvalidIntentError(str(error)) from None


@caught_by("test_an_intent_that_cannot_be_sent_does_not_mean_that_the_backend_is_down")
class TakesEveryErrorForALostConnection(Sends):
    unavailable = (Exception,)
