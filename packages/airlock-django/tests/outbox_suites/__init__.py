"""What the tests of the outbox have in common."""
