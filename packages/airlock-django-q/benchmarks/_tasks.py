"""The task of the benchmark; a worker would import it."""


def task(order: int, user: int) -> None:
    """Do nothing."""
