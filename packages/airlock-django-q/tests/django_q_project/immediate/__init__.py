"""SQLite for several processes: Django before 5.1 has no setting for it."""
