"""What the rest of a project can listen to."""

from django.dispatch import Signal

intents_undispatched: Signal = Signal()
"""Sent when intents were due and could not be dispatched: the last chance to keep them.

The sender is the class of the scope. Receivers are called in the thread of the database connection, one that raises
does not keep the others from being called, and they get these keyword arguments:

- `scope`: the `DjangoScope` that had them.
- `intents`: the list of what was not dispatched, in order.
- `errors`: the list of what kept them from it; it is empty where Django dropped the commit hook because the hook of
  another app had raised.
"""
