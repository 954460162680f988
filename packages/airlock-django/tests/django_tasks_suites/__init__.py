"""What the tests of Django's tasks share."""
