"""A process that outlives the script which started it, known again by its number and the moment it began."""

import os
import pwd
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


def run_as(user: str) -> list[str]:
    """Return what to put before a command so that it runs as that user, which is nothing if we are."""
    if pwd.getpwnam(user).pw_uid == os.geteuid():
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]


def began(pid: int) -> str | None:
    """Return when a process began, in the kernel's own count, or None if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name of the program is in parentheses and may hold anything.
    state, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


@dataclass(frozen=True)
class Process:
    """One that was started here; the file holds its number and when it began, lest a number be mistaken."""

    file: Path

    @classmethod
    def start(
        cls, file: Path, command: list[str], *, folder: Path | None = None, environment: dict[str, str] | None = None
    ) -> "Process":
        """Start the command in a session of its own, with its output in a log beside the file."""
        process = cls(file)
        with process.log.open("wb") as log:
            started = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=folder or file.parent,
                env=os.environ | (environment or {}),
            )
        file.write_text(f"{started.pid} {began(started.pid)}\n")
        return process

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.file.with_suffix(".log")

    @property
    def pid(self) -> int:
        """Its number."""
        return int(self.file.read_text().split()[0])

    def is_running(self) -> bool:
        """Whether the process with that number is still the one that was started."""
        pid, since = self.file.read_text().split()
        return began(int(pid)) == since

    def stop(self, patience: float = 30) -> None:
        """Ask the whole session to end, insist after a while, and forget it."""
        for number in (signal.SIGINT if self.file.stem == "postgres" else signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + patience
            if self.is_running():
                os.killpg(self.pid, number)
            while self.is_running() and time.monotonic() < deadline:
                time.sleep(0.05)
        self.file.unlink()
