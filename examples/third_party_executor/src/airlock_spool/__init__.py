"""Jobs as files in a folder, and the executor that puts them there."""

from airlock_spool._executor import SpoolExecutor, spool_executor
from airlock_spool._spool import Job, job, pending, run_due

__all__ = ["Job", "SpoolExecutor", "job", "pending", "run_due", "spool_executor"]
