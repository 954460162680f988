"""The tests need the distribution installed, as `tests/test_third_party_executor.py` of the checkout does."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("airlock_spool") else ["*"]
