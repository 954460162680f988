"""Transactions that lock the database at their beginning.

Where one reads first and writes later, SQLite refuses at once if another process has written in between, and django-q2
drops the result of a task that it cannot store.
"""

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Begins transactions as those do that are going to write."""

    def _start_transaction_under_autocommit(self) -> None:
        self.cursor().execute("BEGIN IMMEDIATE")
