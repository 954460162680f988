"""The same units, each of them with `@airlock.scoped()`."""

import airlock
from django_q_project import units

succeed = airlock.scoped()(units.succeed)
crash = airlock.scoped()(units.crash)
slow = airlock.scoped()(units.slow)
bad_effect = airlock.scoped()(units.bad_effect)
leak = airlock.scoped()(units.leak)
fan_out = airlock.scoped()(units.fan_out)
calls_by_hand = airlock.scoped()(units.calls_by_hand)
calls_by_hand_and_fails = airlock.scoped()(units.calls_by_hand_and_fails)
calls_sync = airlock.scoped()(units.calls_sync)
calls_sync_and_fails = airlock.scoped()(units.calls_sync_and_fails)
fail_first = airlock.scoped()(units.fail_first)
flush_fails_first = airlock.scoped()(units.flush_fails_first)
exit_first = airlock.scoped()(units.exit_first)
die_first = airlock.scoped()(units.die_first)
wait = airlock.scoped()(units.wait)
