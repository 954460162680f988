"""The worker: runs jobs until it is interrupted."""

import time

from airlock_spool._spool import run_due

while True:
    run_due()
    time.sleep(0.02)
