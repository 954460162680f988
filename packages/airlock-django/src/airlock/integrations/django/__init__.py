"""airlock in Django: effects wait for the transaction they belong to, request by request and command by command."""

__all__: list[str] = []
