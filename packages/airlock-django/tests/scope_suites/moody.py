"""An executor that fails on demand."""

import airlock
from scope_suites.shop import Shop


class Unreachable(Exception):
    """The backend is down."""


class Moody:
    """An executor that fails as the name of the order says."""

    unavailable = (Unreachable,)

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def __call__(self, intent: airlock.Intent) -> str:
        name = intent.args[0]
        if name.startswith("bad"):
            raise ValueError(f"cannot send {name}")
        if name.startswith("down"):
            raise Unreachable(f"for {name}")
        if name.startswith("exit"):
            raise SystemExit(3)
        if name.startswith("interrupt"):
            raise KeyboardInterrupt
        self.shop.executor(intent)
        return f"handle of {name}"
